"""A session and its ICE report become rows with times on one scale."""

import pytest

from peer import Timeline
from peer.candidates import CandidateType, GatheredCandidate, ServerFailure
from peer.explanation import explain
from peer.report import (
    CheckFailure,
    GenerationReport,
    IceReport,
    IceRole,
    IceState,
    Outcome,
    PairReport,
    PairState,
    RemoteCandidate,
    Selection,
)
from peer.timeline import Step
from peer.waterfall import Group, Row, Tone, waterfall

LOCAL = GatheredCandidate(
    CandidateType.HOST, ("192.0.2.1", 4000), 9, ("192.0.2.1", 4000), None, "", redundant=False, at=1
)
REMOTE = RemoteCandidate(CandidateType.HOST, ("192.0.2.2", 4000), 1, told=True, at=0.2)


def pair(name: str, state: PairState, *times: float | None, **more: object) -> PairReport:
    created, first, succeeded, failed = times
    assert created is not None
    return PairReport(
        name,
        LOCAL,
        REMOTE,
        state,
        1,
        nominated=False,
        created_at=created,
        first_request_at=first,
        last_request_at=first,
        succeeded_at=succeeded,
        failed_at=failed,
        **more,  # type: ignore[arg-type]
    )


PAIRS = (
    pair("good", PairState.SUCCEEDED, 0.3, 0.4, 0.5, None),
    pair("bad", PairState.FAILED, 0.3, 0.3, None, 2.0, failure=CheckFailure.NO_ANSWER),
    pair("expired", PairState.FAILED, 0.3, 0.3, 0.4, 9.0, failure=CheckFailure.CONSENT_EXPIRED),
    pair("untried", PairState.WAITING, 0.3, None, None, None),
    pair("open", PairState.IN_PROGRESS, 0.3, 0.6, None, None),
)


def generation(number: int = 0) -> GenerationReport:
    return GenerationReport(
        number=number,
        role=IceRole.CONTROLLING,
        started_at=0.1,
        gathered_at=1.5,
        checking_at=0.3,
        ended_at=0.6,
        outcome=Outcome.COMPLETED,
        local_ufrag="here",
        remote_ufrag="there",
        candidates=(LOCAL,),
        failures=(ServerFailure("stun:192.0.2.9", None, "no answer within 2 s", 2.1),),
        remote_candidates=(REMOTE,),
        remote_ended=True,
        pairs=PAIRS,
        selections=(Selection("good", 0.5, "nominated here"),),
    )


STATES = ((0.3, IceState.CHECKING), (0.5, IceState.COMPLETED), (9.0, IceState.DISCONNECTED))
REPORT = IceReport(10.0, STATES, (generation(),))


def timeline() -> Timeline:
    made = Timeline(100.0)
    steps = (Step.STARTED, Step.ICE_STARTED, Step.ICE_COMPLETED, Step.DTLS_CONNECTED)
    for number, step in enumerate((*steps, Step.CHANNEL_OPEN)):
        made.mark(step, 100.0 + number / 10)
    made.note("carol left", 103.0)
    return made


def rows(*groups: Group, name: str) -> tuple[Row, ...]:
    return next(group.rows for group in groups if group.name == name)


def test_phases_steps_candidates_checks_and_states_have_their_rows() -> None:
    shown = waterfall(timeline(), REPORT, explain(REPORT))
    names = [group.name for group in shown.groups]
    assert names == [
        "Set-up",
        "Steps",
        "Gathering",
        "The remote's candidates",
        "Checks",
        "States",
        "Happenings",
    ]
    assert [row.label for row in rows(*shown.groups, name="Set-up")][1:3] == ["ICE", "DTLS"]
    assert shown.setup_end == pytest.approx(0.4)
    assert shown.end == 10.0


def test_a_pair_waits_is_checked_and_ends_as_it_did() -> None:
    checks = rows(*waterfall(timeline(), REPORT, explain(REPORT)).groups, name="Checks")
    ends = [[(bar.tone, bar.end) for bar in row.bars] for row in checks]
    assert ends == [
        [(Tone.PLAIN, 0.4), (Tone.FINE, 0.5)],
        [(Tone.BROKEN, 2.0)],
        [(Tone.FINE, 0.4), (Tone.BROKEN, 9.0)],
        [(Tone.PLAIN, None)],
        [(Tone.PLAIN, 0.6), (Tone.HELPED, 0.6)],
    ]
    assert checks[0].marks[0].text == "selected: nominated here"
    assert "0 answered" in checks[1].detail


def test_a_server_that_gave_nothing_has_a_broken_bar_until_it_was_given_up() -> None:
    gathering = rows(*waterfall(timeline(), REPORT).groups, name="Gathering")
    (bar,) = gathering[1].bars
    assert (bar.tone, bar.start, bar.end, bar.text) == (
        Tone.BROKEN,
        0.1,
        2.1,
        "no answer within 2 s",
    )


def test_the_reports_clock_is_shifted_to_the_sessions() -> None:
    states = rows(*waterfall(timeline(), REPORT, offset=2.0).groups, name="States")
    assert [bar.start for bar in states[0].bars] == [2.3, 2.5, 11.0]
    assert states[0].bars[-1].end is None


def test_each_restart_has_groups_of_its_own() -> None:
    report = IceReport(10.0, STATES, (generation(), generation(1)))
    shown = waterfall(timeline(), report)
    names = [group.name for group in shown.groups]
    assert "Checks, first set-up" in names
    assert "Checks, restart 1" in names
    assert rows(*shown.groups, name="States")[1].label == "restart 1"


def test_a_session_that_never_met_anybody_is_drawn_as_well() -> None:
    shown = waterfall(Timeline(0.0))
    assert shown.groups == ()
    assert shown.end > 0
