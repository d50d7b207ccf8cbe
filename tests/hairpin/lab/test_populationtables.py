"""What came of a population, as a table and as data."""

import io

from rich.console import Console

from hairpin.lab import mix
from hairpin.lab.couples import Met
from hairpin.lab.populationtables import by_kinds, document, show


def met(one: str, other: str, *, direct: bool = True, expected: bool = True) -> Met:
    return Met((one, other), direct, expected, 0.25)


def test_a_pair_of_kinds_counts_whoever_was_drawn_first() -> None:
    groups = by_kinds(mix.read(None), [met("mobile", "home"), met("home", "mobile")])
    assert groups["home", "mobile"].couples == 2
    assert sum(group.couples for group in groups.values()) == 2


def test_pairs_that_the_rule_did_not_foresee_are_told() -> None:
    out = io.StringIO()
    couples = [met("home", "home", direct=False), met("home", "home")]
    show(mix.read(None), couples, Console(file=out, width=200), took=0.1, quiet=False)
    assert "50 % (± 69) of 2 pairs connect directly" in out.getvalue()
    assert "1 pair not as the rule of traversal says" in out.getvalue()


def test_the_document_has_shares_times_and_every_pair_of_kinds() -> None:
    made = document(mix.read(None), [met("home", "home")], seed=1, took=0.1)
    assert made["all"] == {
        "couples": 1,
        "direct": 1,
        "share": 1.0,
        "unexpected": 0,
        "median_ms": 250.0,
        "p95_ms": None,
    }
    assert len(made["pairs"]) == 10
    assert made["pairs"][1]["share"] is None
