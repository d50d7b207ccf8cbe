"""`hairpin match`: queues, seen from the terminal."""
