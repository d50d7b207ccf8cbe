"""The hub: what a node knows and decides of sessions, rooms and queues, without I/O."""
