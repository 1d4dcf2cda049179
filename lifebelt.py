"""The front door: the command line, and the one place where everything is built and shut down."""
