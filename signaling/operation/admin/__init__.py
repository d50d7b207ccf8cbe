"""What an operator may ask of a server that runs, over a unix socket: a line of JSON, one answer of one or more lines."""
