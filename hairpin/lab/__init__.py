"""`hairpin lab`: worlds of NATs, played in virtual time, in the kernel, or between the two."""

from typing import Final

SERVER: Final = "198.51.100.10"
"""Where the STUN server of these worlds is."""
