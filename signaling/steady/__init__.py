"""The client without I/O: one steady session over one websocket after the other."""
