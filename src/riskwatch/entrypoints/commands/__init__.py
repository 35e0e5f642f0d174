"""One module a command. Each has `run(arguments, console)`, which carries the command out and returns its exit code."""
