"""`hairpin relay`: the STUN and TURN server alone, from flags and a TOML file."""
