"""NOMINATION: the number of a nomination (draft-thatcher-ice-renomination §4), taught to aioice.

The code point is the one that libwebrtc uses, in the range that whoever does not know it ignores.
"""

from typing import Final

from aioice import stun

NOMINATION: Final = "NOMINATION"
CODE: Final = 0xC001


def teach() -> None:
    """Let aioice read and write the attribute; once is enough, twice does no harm."""
    entry = (CODE, NOMINATION, stun.pack_unsigned, stun.unpack_unsigned)
    stun.ATTRIBUTES_BY_TYPE.setdefault(CODE, entry)
    stun.ATTRIBUTES_BY_NAME.setdefault(NOMINATION, entry)


teach()
