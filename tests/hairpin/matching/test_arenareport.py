"""What is printed of an evening: the verdict first, and the same for programs."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from hairpin.matching.arena import Evening
from hairpin.matching.arenareport import document, show, verdict
from hairpin.matching.game import Ending, Outcome
from peer import CandidateType, Path
from signaling import Openness
from tests.hairpin.matching.test_arena import PLAN, played

HOST = Path(CandidateType.HOST, ("192.0.2.1", 1), CandidateType.HOST, ("192.0.2.2", 2))
RELAY = Path(CandidateType.RELAYED, ("192.0.2.1", 1), CandidateType.HOST, ("192.0.2.2", 2))


def evening(path: Path | None = HOST, *more: object, **said: object) -> Evening:
    pair = (played("a", "m", path=path, round_trip=0.041), played("b", "m", 1, path=path))
    return Evening(PLAN, pair, (), **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (evening(), "1 match, all connected directly."),
        (evening(RELAY), "1 match, all connected, 1 of them by relay."),
        (Evening(PLAN, (played("a", "m"),), ()), "1 match, 1 not connected."),
        (
            Evening(PLAN, evening().played, ("c",)),
            "1 match, all connected directly. Not matched: c.",
        ),
        (Evening(PLAN, (), ("a", "b")), "Nobody was matched."),
        (evening(was_stopped=True), "Stopped. 1 match over by then."),
    ],
)
def test_the_verdict_is_one_sentence(one: Evening, words: str) -> None:
    assert verdict(one).plain == words


def test_the_table_names_who_how_and_what_came_of_it() -> None:
    out = io.StringIO()
    show(evening(), Console(file=out, width=120), quiet=False)
    first, *rest = out.getvalue().splitlines()
    assert first == "1 match, all connected directly."
    table = "\n".join(rest)
    for words in ("a – b", "100 ms", "200 ms", "direct, host, 41 ms", "1:0", "time is up"):
        assert words in table


def test_a_name_of_a_stranger_is_text() -> None:
    out = io.StringIO()
    outcome = Outcome(Ending.LEFT, other="[red]x", reason="[bold]y")
    strange = played("a", "m")
    strange = type(strange)("a", "m", 0.1, outcome, 0.2)
    show(Evening(PLAN, (strange,), ()), Console(file=out, width=120), quiet=False)
    assert "[red]x" in out.getvalue()


def test_quiet_is_the_verdict_alone() -> None:
    out = io.StringIO()
    show(evening(), Console(file=out, width=120), quiet=True)
    assert out.getvalue() == "1 match, all connected directly.\n"


def test_how_well_others_reach_the_machine_is_told_where_it_was_found_out() -> None:
    out = io.StringIO()
    found = replace(
        evening(), plan=replace(PLAN, server="ws://h/v1/ws"), openness=Openness.MODERATE
    )
    show(found, Console(file=out, width=120), quiet=False)
    assert out.getvalue().splitlines()[-1] == "How well others reach this machine: moderate."
    assert document(found)["openness"] == "moderate"


def test_the_document_names_the_host() -> None:
    first, second = evening().played
    told = document(Evening(PLAN, (first, replace(second, hosts=True)), ()))
    assert told["matches"][0]["host"] == "b"


def test_the_document_has_durations_in_milliseconds() -> None:
    told = document(evening())
    assert told["ok"] is True
    (match,) = told["matches"]
    assert match == {
        "match": "m",
        "players": ["a", "b"],
        "host": None,
        "waited_ms": [100, 100],
        "connect_ms": 200,
        "path": "host",
        "rtt_ms": 41,
        "score": [1, 0],
        "end": "time is up",
    }
