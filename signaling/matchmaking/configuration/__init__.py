"""What a queue wants, as an operator says it: settings, the file they stand in, what they cannot mean, and hooks."""
