"""A file that says who comes is understood, or refused with where, what and what is allowed."""

import pytest

from signaling.matchmaking.season.population import (
    Bell,
    Number,
    OneOf,
    Population,
    Ratings,
    SomeOf,
)
from signaling.matchmaking.season.populationfile import PopulationError, parse
from signaling.matchmaking.season.regions import Region

WHOLE = """
patience = 120
decline = 0.1
answer = 2
bots = 3
party-deviation = 90
access = [10, 20]
parties = { 1 = 70, 2 = 20, 3 = 10 }

[rating]
least = 100
most = 2500

[[rating.bell]]
mean = 1200
deviation = 200
share = 4

[[rating.bell]]
mean = 2000
deviation = 100

[[region]]
name = "here"
share = 1
rtt = { here = 5, there = 90 }

[says]
mode = { one-of = { ranked = 3, casual = 1 } }
maps = { some-of = { dust = 0.8, ice = 0.4 } }
level = { mean = 30, deviation = 10, least = 1 }
"""


def test_a_whole_file_is_understood() -> None:
    assert parse(WHOLE) == Population(
        ratings=Ratings((Bell(1200, 200, 4), Bell(2000, 100)), 100, 2500),
        parties={1: 70, 2: 20, 3: 10},
        party_deviation=90,
        regions=(Region("here", 1, {"here": 5, "there": 90}),),
        access=(10, 20),
        patience=120,
        decline=0.1,
        answer=2,
        bots=3,
        says={
            "mode": OneOf({"ranked": 3, "casual": 1}),
            "maps": SomeOf({"dust": 0.8, "ice": 0.4}),
            "level": Number(30, 10, 1),
        },
    )


def test_an_empty_file_is_the_default_and_no_patience_at_all_means_endless() -> None:
    assert parse("") == Population()
    assert parse("patience = 0").patience is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("patience = -1", "patience: expected 0 to 1e+09, got -1"),
        ("patience = nan", "patience: expected 0 to 1e+09, got nan"),
        ("decline = 2", "decline: expected 0 to 1, got 2"),
        ("patiense = 3", "unknown field `patiense`"),
        ('bots = "many"', "Expected `int`, got `str` - at `$.bots`"),
        ("access = [9, 3]", "access: expected least up to most, within 0 and 10000, got 9 and 3"),
        ("parties = { 0 = 1 }", "parties: sizes are 1 to 64, got '0'"),
        ("parties = { two = 1 }", "parties: sizes are 1 to 64, got 'two'"),
        ("parties = { 1 = 0 }", "parties: expected at least one share above 0"),
        ("parties = { 1 = -1 }", "parties: a share is a number from 0 up, got 1 = -1"),
        ("[rating]\nbell = []", "rating.bell: expected at least one share above 0"),
        ("[rating]\nleast = 2000", "rating.bell[0].mean: expected 2000 to 3000, got 1500"),
        (
            '[[region]]\nname = ""\nshare = 1\nrtt = {}',
            "region[0].name: a region needs a name of its own, got ''",
        ),
        (
            '[[region]]\nname = "a"\nshare = 1\nrtt = {}',
            "region[0].rtt: expected milliseconds by region, got none",
        ),
        ('[[region]]\nname = "a"\nshare = 1\nrtt = { a = -4 }', "region[0].rtt.a: expected 0 to"),
        ("[says]\nx = {}", "says.x: expected one-of, some-of or mean, and one of them alone"),
        ("[says]\nx = { mean = 1, one-of = { a = 1 } }", "says.x: expected one-of, some-of or"),
        ("[says]\nx = { one-of = {} }", "says.x.one-of: expected at least one share above 0"),
        ("[says]\nx = { some-of = {} }", "says.x.some-of: expected at least one word"),
        ("[says]\nx = { some-of = { a = 3 } }", "says.x.some-of.a: expected 0 to 1, got 3"),
        ("[says]\nx = { mean = 1, deviation = -1 }", "says.x.deviation: expected 0 to"),
        ("[says]\nx = { mean = 1, least = 3, most = 2 }", "says.x: expected least up to most"),
        ("this is no TOML", "line 1"),
    ],
)
def test_what_cannot_be_is_refused_in_words(text: str, told: str) -> None:
    with pytest.raises(PopulationError) as refused:
        parse(text)
    assert told in str(refused.value)
