"""`hairpin call`: a participant without a browser."""
