"""`hairpin demo`: two peers meet and connect, on real sockets and in a simulated world."""
