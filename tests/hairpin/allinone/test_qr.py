"""The QR code as a terminal shows it, read back module by module."""

import re

import pytest
import segno
import zxingcpp
from rich.console import Console

from hairpin.allinone.qr import QUIET_ZONE, draw, matrix

LINKS = ["https://192.168.1.20:8080/?room=abcd-efgh-jkmn", "http://[fd00::1]:8080/", "x" * 120]


def shown(link: str, **terminal: object) -> str:
    console = Console(width=200, **terminal)  # type: ignore[arg-type]
    with console.capture() as captured:
        console.print(draw(matrix(link)), soft_wrap=True)
    return captured.get()


def read(lines: list[str]) -> list[list[int]]:
    """What a camera sees: each character is two modules, one above the other."""
    rows: list[list[int]] = []
    for line in lines:
        rows.append([int(each not in "█▀") for each in line])
        rows.append([int(each not in "█▄") for each in line])
    return rows


@pytest.mark.parametrize("link", LINKS)
def test_the_drawing_is_the_code_with_its_quiet_zone(link: str) -> None:
    expected = [[int(each) for each in row] for row in segno.make(link).matrix_iter(border=4)]
    seen = read(shown(link).splitlines())
    assert seen[: len(expected)] == expected
    assert all(not any(row) for row in seen[len(expected) :])
    assert len({len(row) for row in seen}) == 1
    assert all(not any(row[:QUIET_ZONE] + row[-QUIET_ZONE:]) for row in seen)


@pytest.mark.parametrize("link", LINKS)
def test_a_phone_reads_the_link(link: str) -> None:
    big = [[module for module in row for _ in range(4)] for row in read(shown(link).splitlines())]
    picture = bytes(255 * (1 - module) for row in big for _ in range(4) for module in row)
    pixels = memoryview(picture).cast("B", (4 * len(big), len(big[0])))
    (seen,) = zxingcpp.read_barcodes(pixels)
    assert seen.text == link


def test_both_colours_are_its_own_whatever_those_of_the_terminal_are() -> None:
    drawn = shown(LINKS[0], force_terminal=True, color_system="truecolor")
    for line in drawn.splitlines():
        assert line.startswith("\x1b[38;2;255;255;255;48;2;0;0;0m")
        assert line.endswith("\x1b[0m")
    assert re.sub(r"\x1b\[[^m]*m", "", drawn) == shown(LINKS[0])
