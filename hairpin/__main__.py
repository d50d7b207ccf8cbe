"""`python -m hairpin` is the command `hairpin`."""

from hairpin.cli import main

main()
