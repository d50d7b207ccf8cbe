"""The parts of a NAT: its tables, ports, timers, and what it does to each kind of packet."""
