"""The command line, the all-in-one server and the demos: everything above wired together."""

__version__ = "0.1.0"
