"""The queue itself, without I/O: each step that is done at once or not at all, what it says, and what it notes."""
