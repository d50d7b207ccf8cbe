"""One or two reports become an explanation with everything in it."""

import json
from typing import Any

from peer.explanation import Side, Verdict, document, explain
from peer.report import IceReport, IceState, Outcome


def test_nothing_has_begun() -> None:
    assert explain(IceReport(0.0, (), ())).verdict is Verdict.NOT_STARTED
    assert explain(None).summary == "ICE has not begun."
    closed = IceReport(1.0, ((0.5, IceState.CLOSED),), ())
    assert explain(closed).summary == "Closed before it began."


def test_the_sentences_begin_with_the_verdict_and_end_with_what_would_help(failing: Any) -> None:
    found = explain(failing.report())
    assert found.sentences[0] == found.summary
    assert found.sentences[-1] == f"What would help: {found.advice[-1]}"
    assert len(set(found.sentences)) == len(found.sentences)


def test_candidates_of_both_sides_stand_with_their_times(failing: Any) -> None:
    failing.remote("prflx", "203.0.113.2:8009", told=False)
    found = explain(failing.report()).candidates
    times = [one.at for one in found if one.side is Side.LOCAL]
    assert times == sorted(times)
    assert found[-1].note == "learnt from a check"


def test_earlier_set_ups_are_told_in_a_sentence(direct: Any) -> None:
    report = direct.report()
    later = direct.generation(number=2)
    lost = direct.generation(number=1, outcome=Outcome.ABANDONED, selections=())
    found = explain(IceReport(10.0, report.states, (*report.generations, lost, later)))
    assert found.restarts == (
        "The first set-up selected host to server-reflexive at 0.08 s.",
        "Restart 1 was given up before it was done.",
    )


def test_a_report_cut_anywhere_is_explained(failing: Any) -> None:
    """What is missing from a picture of an early moment breaks nothing."""
    whole = failing.generation()
    for count in range(len(whole.pairs) + 1):
        for state in IceState:
            cut = failing.report(
                state, pairs=whole.pairs[:count], candidates=whole.candidates[:count]
            )
            json.dumps(document(explain(cut)))
