"""A QR code for the terminal: two rows of it in each line, in colours of its own, with the quiet zone around it."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

import segno
from rich.text import Text

#: ISO/IEC 18004 §6.3.8: so many light modules around the code.
QUIET_ZONE: Final = 4
_LIGHT_ON_DARK: Final = "#ffffff on #000000"
# By whether the upper and the lower module are dark. Light is what is drawn: dark terminals show it rightly without colours.
_HALVES: Final = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}


def matrix(text: str) -> list[list[int]]:
    """Encode a text: rows of modules with the quiet zone, 1 is dark."""
    code = segno.make(text, micro=False)
    return [[int(module) for module in row] for row in code.matrix_iter(border=QUIET_ZONE)]


def draw(rows: Sequence[Sequence[int]]) -> Text:
    """Draw modules with half blocks."""
    lines = [
        "".join(_HALVES[upper, lower] for upper, lower in zip(above, below, strict=True))
        for above, below in zip_longest(rows[::2], rows[1::2], fillvalue=[0] * len(rows[0]))
    ]
    drawn = Text("\n").join(Text(line, style=_LIGHT_ON_DARK) for line in lines)
    drawn.no_wrap = True
    return drawn
