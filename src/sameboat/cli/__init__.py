"""The commands: one file per command group; each calls one action, query or rule and prints the answer."""
