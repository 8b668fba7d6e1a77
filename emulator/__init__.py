"""AWS on this machine: MiniStack, with Lambda invoked the way AWS invokes it."""
