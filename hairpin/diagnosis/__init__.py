"""`hairpin nat`: what a NAT does, and with whom one can connect directly."""
