"""Reports made by hand, a line for each candidate and pair."""

from typing import Any

import pytest

from nat import CandidateType
from peer.candidates import GatheredCandidate, ServerFailure
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

PRIORITIES = {"host": 126, "prflx": 110, "srflx": 100, "relay": 0}


class Builder:
    """One side's report. Addresses are `host:port`; times count up by themselves."""

    def __init__(self, base: str = "192.168.1.2:5000") -> None:
        self.candidates: list[GatheredCandidate] = []
        self.failures: list[ServerFailure] = []
        self.remotes: dict[str, RemoteCandidate] = {}
        self.pairs: list[PairReport] = []
        self.selections: list[Selection] = []
        self.base = base
        self.changes: dict[str, Any] = {}
        self.now = 0.0
        if base:
            self.gather("host", base)

    def gather(self, kind: str, where: str, server: str | None = None, base: str = "") -> None:
        self.candidates.append(
            GatheredCandidate(
                CandidateType(kind),
                self.address(where),
                PRIORITIES[kind] << 24,
                self.address(base or (where if kind in {"host", "relay"} else self.base)),
                server,
                "",
                redundant=False,
                at=self.tick(),
            )
        )

    def fail(self, server: str, reason: str = "no answer within 2 s") -> None:
        self.failures.append(ServerFailure(server, None, reason, self.tick()))

    def remote(self, kind: str, where: str, *, told: bool = True) -> None:
        self.remotes[where] = RemoteCandidate(
            CandidateType(kind), self.address(where), PRIORITIES[kind] << 24, told, self.tick()
        )

    def pair(
        self,
        local: str,
        remote: str,
        *,
        sent: int = 5,
        answered: int = 0,
        heard: int = 0,
        seen_as: tuple[str, ...] = (),
        failure: CheckFailure | None = CheckFailure.NO_ANSWER,
        selected: bool = False,
        **more: Any,
    ) -> str:
        name = f"{local}>{remote}"
        mine = next(one for one in self.candidates if one.address == self.address(local))
        theirs = self.remotes[remote]
        works = answered or selected
        state = PairState.SUCCEEDED if works else PairState.FAILED
        if not works and failure is None:
            state = PairState.IN_PROGRESS if sent else PairState.WAITING
        made = PairReport(
            name,
            mine,
            theirs,
            state,
            mine.priority + theirs.priority,
            nominated=selected,
            created_at=self.tick(),
            first_request_at=self.now if sent else None,
            last_request_at=self.now + 5 if sent else None,
            requests_sent=sent,
            responses_received=answered,
            requests_received=heard,
            seen_as=tuple(map(self.address, seen_as)),
            round_trip=0.04 if works else None,
            succeeded_at=self.now if works else None,
            failure=None if works else failure,
        )
        for field, value in more.items():
            object.__setattr__(made, field, value)
        self.pairs.append(made)
        if selected:
            self.selections.append(Selection(name, self.tick(), "nominated here"))
        return name

    def tick(self) -> float:
        self.now = round(self.now + 0.01, 2)
        return self.now

    @staticmethod
    def address(text: str) -> tuple[str, int]:
        host, _, port = text.rpartition(":")
        return host.strip("[]"), int(port)

    def generation(self, **more: Any) -> GenerationReport:
        done = Outcome.COMPLETED if self.selections else Outcome.FAILED
        values: dict[str, Any] = {
            "number": 0,
            "role": IceRole.CONTROLLING,
            "started_at": 0.0,
            "gathered_at": 0.5,
            "checking_at": 0.1,
            "ended_at": 9.0,
            "outcome": done,
            "local_ufrag": "here",
            "remote_ufrag": "there",
            "candidates": tuple(self.candidates),
            "failures": tuple(self.failures),
            "remote_candidates": tuple(self.remotes.values()),
            "remote_ended": True,
            "pairs": tuple(self.pairs),
            "selections": tuple(self.selections),
        }
        return GenerationReport(**values | self.changes | more)

    def report(self, state: IceState | None = None, **more: Any) -> IceReport:
        if state is None:
            state = IceState.COMPLETED if self.selections else IceState.FAILED
        states = ((0.1, IceState.CHECKING), (9.0, state))
        return IceReport(10.0, states, (self.generation(**more),))


@pytest.fixture
def side() -> type[Builder]:
    return Builder


S1, S2 = "stun:198.51.100.10", "stun:198.51.100.20"


@pytest.fixture
def failing() -> Builder:
    """Behind a NAT that keeps its port; the remote told two, and no check is answered."""
    made = Builder()
    made.gather("srflx", "203.0.113.1:6000", S1)
    made.gather("srflx", "203.0.113.1:6000", S2)
    made.remote("host", "10.0.0.7:7000")
    made.remote("srflx", "203.0.113.2:8000")
    made.remote("srflx", "203.0.113.2:8001")
    made.pair("192.168.1.2:5000", "10.0.0.7:7000")
    made.pair("192.168.1.2:5000", "203.0.113.2:8000")
    made.pair("192.168.1.2:5000", "203.0.113.2:8001")
    return made


@pytest.fixture
def direct() -> Builder:
    """The usual: two NATs that keep their ports, and a path between them."""
    made = Builder()
    made.gather("srflx", "203.0.113.1:6000", S1)
    made.fail("turn:198.51.100.30", "401 Unauthorized")
    made.remote("host", "10.0.0.7:7000")
    made.remote("srflx", "203.0.113.2:8000")
    made.pair("192.168.1.2:5000", "10.0.0.7:7000")
    made.pair(
        "192.168.1.2:5000",
        "203.0.113.2:8000",
        answered=2,
        heard=2,
        seen_as=("203.0.113.1:6000",),
        selected=True,
    )
    return made
