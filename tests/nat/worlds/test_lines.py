"""Tests of `nat.worlds.lines`: on which line of a TOML file a table or a key stands."""

import pytest

from nat.worlds.lines import Lines

TEXT = """\
seed = 1

[nat.home-a] # the first
behavior = "x"
"lan" = "y"
[host.alice]
interfaces.wifi = { network = "home-a" }
[[event]]
at = 1
[[event]]
  at = 2
[link."alice.wifi"]
up.loss = 1
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("seed", 1),
        ("nat.home-a", 3),
        ("nat.home-a.lan", 5),
        ("nat.home-a.filtering", 3),
        ("host.alice.interfaces.wifi.network", 7),
        ("event[1].at", 11),
        ("event[1].reboot", 10),
        ("link.alice.wifi.up.loss", 13),
        ("duration", None),
    ],
)
def test_a_place_is_found_or_else_what_stands_around_it(place, line):
    assert Lines(TEXT).find(place) == line
