"""Benchmarks: this project's emulator against MiniStack as shipped, in turn, as ratios."""
