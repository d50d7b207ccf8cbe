"""What an operator asks of a signaling server that runs: one module for each subcommand, and the connection they share."""
