"""What an operator may ask of a relay that runs, over a unix socket: lines of JSON, one answer for each request."""
