"""`hairpin lab`: worlds of NATs, played in virtual time, in the kernel, or between the two."""
