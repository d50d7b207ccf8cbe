"""Queues of a single node, in memory."""
