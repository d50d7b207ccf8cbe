"""Leading a queue, without I/O: when the matcher ticks, what is claimed, what those who wait are told."""
