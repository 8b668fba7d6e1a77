"""How Lambda invokes a function: rules and drivers that know nothing of MiniStack."""
