"""A report tells the selected pair and the latest state."""

from peer.candidates import CandidateType, GatheredCandidate
from peer.report import (
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

LOCAL = GatheredCandidate(
    CandidateType.HOST, ("192.0.2.1", 4000), 1, ("192.0.2.1", 4000), None, "", redundant=False
)
REMOTE = RemoteCandidate(CandidateType.HOST, ("192.0.2.2", 4000), 1, told=True, at=0.0)


def pair(name: str) -> PairReport:
    return PairReport(name, LOCAL, REMOTE, PairState.SUCCEEDED, 1, nominated=True, created_at=0.0)


def generation(*selections: Selection) -> GenerationReport:
    return GenerationReport(
        number=0,
        role=IceRole.CONTROLLING,
        started_at=0.0,
        gathered_at=None,
        checking_at=None,
        ended_at=None,
        outcome=Outcome.COMPLETED,
        local_ufrag="abcd",
        remote_ufrag=None,
        candidates=(LOCAL,),
        failures=(),
        remote_candidates=(REMOTE,),
        remote_ended=False,
        pairs=(pair("first"), pair("second")),
        selections=selections,
    )


def test_the_pair_selected_last_is_the_selected_one() -> None:
    changed = generation(Selection("first", 1.0, "nominated"), Selection("second", 2.0, "better"))
    assert changed.selected == pair("second")
    assert generation().selected is None
    assert generation(Selection("gone", 1.0, "nominated")).selected is None


def test_the_state_is_new_until_it_changes() -> None:
    assert IceReport(0.0, (), ()).state is IceState.NEW
    states = ((0.1, IceState.CHECKING), (0.2, IceState.CONNECTED))
    assert IceReport(0.3, states, ()).state is IceState.CONNECTED
