"""The `bant` command: one module a subcommand."""
