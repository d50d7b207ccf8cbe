"""`hairpin signaling`: the signaling server alone, from flags and a TOML file."""
