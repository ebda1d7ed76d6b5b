"""The commands: one module each, with `add(commands)`, which adds it to the command line."""
