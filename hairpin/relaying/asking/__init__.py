"""What an operator asks of a relay that runs: one module for each subcommand, and the connection they share."""
