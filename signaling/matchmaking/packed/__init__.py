"""How tickets, matches and what is told of them are packed, on the server and in the pipe to the matcher."""
