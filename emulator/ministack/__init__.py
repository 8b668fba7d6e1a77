"""Everything that knows MiniStack: the names it replaces, and the adapters between it and Lambda.

Imported only after the environment is prepared (`emulator.environment`).
"""
