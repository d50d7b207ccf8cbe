"""Where the matcher works: here, or in a process of its own."""
