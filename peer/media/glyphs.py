"""Letters for the test picture, five cells wide and seven high."""

import unicodedata

WIDTH, HEIGHT = 5, 7
#: For each letter seven rows of five bits, the leftmost one highest.
_ROWS = {
    "0": "0e11131519110e", "1": "040c040404040e", "2": "0e11010204081f", "3": "1f02040201110e",
    "4": "02060a121f0202", "5": "1f101e0101110e", "6": "0608101e11110e", "7": "1f010204080808",
    "8": "0e11110e11110e", "9": "0e11110f01020c", "A": "0e1111111f1111", "B": "1e11111e11111e",
    "C": "0e11101010110e", "D": "1c12111111121c", "E": "1f10101e10101f", "F": "1f10101e101010",
    "G": "0e11101711110f", "H": "1111111f111111", "I": "0e04040404040e", "J": "0702020202120c",
    "K": "11121418141211", "L": "1010101010101f", "M": "111b1515111111", "N": "11111915131111",
    "O": "0e11111111110e", "P": "1e11111e101010", "Q": "0e11111115120d", "R": "1e11111e141211",
    "S": "0f10100e01011e", "T": "1f040404040404", "U": "1111111111110e", "V": "11111111110a04",
    "W": "1111111515150a", "X": "11110a040a1111", "Y": "1111110a040404", "Z": "1f01020408101f",
    ":": "000c0c000c0c00", ".": "00000000000c0c", "-": "0000001f000000", "_": "0000000000001f",
    " ": "00000000000000",
}  # fmt: skip


def drawable(text: str) -> str:
    """What can be drawn of a text: capitals and figures, without accents; other scripts are left out."""
    plain = unicodedata.normalize("NFKD", text).upper()
    return " ".join("".join(c for c in plain if c in _ROWS).split())


def cells(text: str) -> list[tuple[int, int]]:
    """The cells (column, row) that are white when a drawable text stands at the origin, a cell between letters."""
    found = []
    for place, letter in enumerate(text):
        for row, bits in enumerate(bytes.fromhex(_ROWS[letter])):
            found += [
                (place * (WIDTH + 1) + column, row)
                for column in range(WIDTH)
                if bits >> (WIDTH - 1 - column) & 1
            ]
    return found
