"""A mix of NATs: the default one, one of the user's, and those that are none."""

import random
from collections import Counter
from pathlib import Path

import pytest

import nat
from hairpin.lab import mix

ONE = """
[[kind]]
name = "home"
share = 3
latency = [10, 20]
source = "a guess"
[[kind.nat]]
share = 1
behaviors = ["full-cone", "symmetric"]
[[kind]]
name = "server"
share = 1
latency = [1, 1]
[[kind.nat]]
share = 1
behaviors = []
"""


def test_the_default_mix_says_for_every_kind_where_its_figures_come_from() -> None:
    made = mix.read(None)
    assert len(made.kinds) == 4
    assert all(kind.source for kind in made.kinds)
    assert sum(kind.share for kind in made.kinds) == pytest.approx(1)


def test_a_file_is_read_with_its_shares_and_milliseconds(tmp_path: Path) -> None:
    path = tmp_path / "mix.toml"
    path.write_text(ONE)
    home, server = mix.read(path).kinds
    assert (home.name, home.share, home.latency) == ("home", 0.75, (0.010, 0.020))
    assert home.nats == ((1.0, (nat.FULL_CONE, nat.SYMMETRIC)),)
    assert (server.nats, server.source) == (((1.0, ()),), "")


def test_places_are_drawn_as_often_as_their_shares_say() -> None:
    made, chance = mix.parse(ONE, "one"), random.Random(1)
    places = [made.draw(chance) for _ in range(1000)]
    assert Counter(place.kind for place in places)["home"] == pytest.approx(750, abs=50)
    assert all(0.001 <= place.latency <= 0.020 for place in places)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("share = 3", "share = -3"), "kind[0].share: expected a number from 0 up, got -3"),
        (("share = 3", "share = 0"), None),
        (("share = 3", 'share = "many"'), "Expected `float`, got `str` - at `$.kind[0].share`"),
        (("share = 3", "weight = 3"), "unknown field `weight` - at `$.kind[0]`"),
        (("[10, 20]", "[20, 10]"), "kind[0].latency: expected [least, most] in milliseconds"),
        (('"symmetric"', '"cosymmetric"'), "kind[0].nat[0].behaviors: 'cosymmetric' names no NAT"),
        (('"full-cone", ', '"full-cone",' * 4), "at most 4 NATs may stand before a peer, got 5"),
        (('name = "server"', 'name = "home"'), "kind[1].name: a kind needs a name of its own"),
        (("[[kind.nat]]", "[[kind.nat"), "ine"),
    ],
    ids=lambda one: one[1] if isinstance(one, tuple) else None,
)
def test_a_mix_that_is_none_is_refused_with_the_place(
    change: tuple[str, str], complaint: str | None
) -> None:
    text = ONE.replace(*change, 1)
    if complaint is None:
        mix.parse(text, "one")
        return
    with pytest.raises(mix.MixError) as refused:
        mix.parse(text, "one")
    assert complaint in str(refused.value)


def test_a_mix_without_any_share_or_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(mix.MixError, match="kind: expected at least one share above 0"):
        mix.parse("kind = []", "none")
    with pytest.raises(mix.MixError, match=r"cannot read .*mix.toml: No such file"):
        mix.read(tmp_path / "mix.toml")


def test_every_pair_of_kinds_is_listed_once() -> None:
    assert mix.pairs_of(["a", "b"]) == [("a", "a"), ("a", "b"), ("b", "b")]
