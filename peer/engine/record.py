"""The record behind a report: what each pair of a generation has seen, kept while it happens.

Nothing here costs more than an addition where data passes. A pair that is checked no longer stays in
the record, within a bound. Times go in as the clock has them and come out as seconds since the
origin.
"""

import dataclasses
from typing import Final

from peer.candidates import Address, GatheredCandidate, ServerFailure
from peer.report import (
    CheckFailure,
    GenerationReport,
    IceRole,
    Outcome,
    PairReport,
    PairState,
    RemoteCandidate,
    Selection,
)

MAX_RECORDS: Final = 300
_MAX_SEEN_AS: Final = 16
#: Seconds between two readings of the clock that belong to one request.
_SAME: Final = 0.020
_MAX_SELECTIONS: Final = 100


@dataclasses.dataclass(slots=True)
class RemoteRecord:
    """A remote candidate, which may be learnt first and told later, or told by a name first."""

    candidate: RemoteCandidate


@dataclasses.dataclass(slots=True, eq=False)
class PairRecord:
    """What is known of one pair; the fields are those of `PairReport`."""

    id: str
    local: GatheredCandidate
    remote: RemoteRecord
    priority: int
    created_at: float
    state: PairState = PairState.FROZEN
    nominated: bool = False
    first_request_at: float | None = None
    last_request_at: float | None = None
    requests_sent: int = 0
    responses_received: int = 0
    requests_received: int = 0
    responses_sent: int = 0
    consent_requests_sent: int = 0
    succeeded_at: float | None = None
    failed_at: float | None = None
    failure: CheckFailure | None = None
    detail: str = ""
    seen_as: list[Address] = dataclasses.field(default_factory=list)
    round_trip: float | None = None
    total_round_trip: float = 0.0
    packets_sent: int = 0
    packets_received: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0

    def request_sent(self, now: float) -> None:
        """A check left, for the first time or again."""
        if self.first_request_at is None:
            self.first_request_at = now
        self.last_request_at = now
        self.requests_sent += 1

    def response_received(self, seen_as: Address | None, sent_at: float, now: float) -> None:
        """A check was answered.

        Args:
            seen_as: Where the remote saw it come from.
            sent_at: When it was sent first.
            now: The time.
        """
        self.responses_received += 1
        # Whether an answer belongs to the first request or to one sent again cannot be told
        # (RFC 6298 §3): such a measurement counts only while there is no better one.
        once = self.last_request_at is None or self.last_request_at - sent_at < _SAME
        if self.round_trip is None or once:
            self.round_trip = now - sent_at
        self.total_round_trip += self.round_trip
        known = seen_as is None or seen_as in self.seen_as[-1:]
        if seen_as is not None and not known and len(self.seen_as) < _MAX_SEEN_AS:
            self.seen_as.append(seen_as)

    def succeed(self, now: float) -> None:
        """A check was answered from where it was sent to."""
        self.state = PairState.SUCCEEDED
        if self.succeeded_at is None:
            self.succeeded_at = now
        self.failed_at = self.failure = None
        self.detail = ""

    def fail(self, failure: CheckFailure, detail: str, now: float) -> None:
        """The pair is of no use."""
        self.state = PairState.FAILED
        self.failed_at, self.failure, self.detail = now, failure, detail

    def report(self, origin: float) -> PairReport:
        """The pair as it is now."""
        values = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(PairReport)
            if field.name not in {"remote", "seen_as"}
        }
        for name in (
            "created_at",
            "first_request_at",
            "last_request_at",
            "succeeded_at",
            "failed_at",
        ):
            values[name] = since(values[name], origin)
        return PairReport(
            **values, remote=_shifted(self.remote.candidate, origin), seen_as=tuple(self.seen_as)
        )


class GenerationRecord:
    """What one generation has gathered, heard and tried.

    Args:
        number: 0 for the first of a connection.
        local_ufrag: This side's user name fragment.
        now: The time.
    """

    def __init__(self, number: int, local_ufrag: str, now: float) -> None:
        self.number = number
        self.local_ufrag = local_ufrag
        self.remote_ufrag: str | None = None
        self.role = IceRole.CONTROLLED
        self.started_at = now
        self.gathered_at: float | None = None
        self.checking_at: float | None = None
        self.ended_at: float | None = None
        self.outcome = Outcome.RUNNING
        self.candidates: list[GatheredCandidate] = []
        self.failures: list[ServerFailure] = []
        self.remotes: list[RemoteRecord] = []
        self.remote_ended = False
        self.pairs: list[PairRecord] = []
        self.selections: list[tuple[PairRecord, float, str]] = []
        self.refused = 0
        self._numbered = 0

    def add_remote(self, candidate: RemoteCandidate) -> RemoteRecord:
        """A candidate was told or learnt; what is known already is made current."""
        for known in self.remotes:
            if known.candidate.address == candidate.address:
                if candidate.told:
                    known.candidate = candidate
                return known
        record = RemoteRecord(candidate)
        if len(self.remotes) < MAX_RECORDS:
            self.remotes.append(record)
        return record

    def resolve(self, name: Address, address: Address) -> None:
        """An mDNS name has turned out to be an address."""
        for known in self.remotes:
            if known.candidate.address == name:
                known.candidate = dataclasses.replace(known.candidate, address=address)

    def add_pair(
        self, local: GatheredCandidate, remote: RemoteRecord, *, priority: int, now: float
    ) -> PairRecord:
        """A pair was formed. Of too many the oldest that sent nothing, or else failed, goes."""
        if self.checking_at is None:
            self.checking_at = now
        if len(self.pairs) >= MAX_RECORDS:
            idle = (one for one in self.pairs if one.first_request_at is None)
            failed = (one for one in self.pairs if one.state is PairState.FAILED)
            self.pairs.remove(next(idle, None) or next(failed, None) or self.pairs[0])
        record = PairRecord(f"{self.number}-{self._numbered}", local, remote, priority, now)
        self._numbered += 1
        self.pairs.append(record)
        return record

    def select(self, pair: PairRecord, reason: str, now: float) -> None:
        """Data takes this pair from now on."""
        if len(self.selections) < _MAX_SELECTIONS:
            self.selections.append((pair, now, reason))

    def end(self, outcome: Outcome, now: float) -> None:
        """The outcome is known; only the first one counts, but that a pair was lost later."""
        if self.outcome is Outcome.RUNNING or outcome is Outcome.FAILED:
            self.outcome, self.ended_at = outcome, now

    def report(self, origin: float) -> GenerationReport:
        """The generation as it is now, the best pair first."""
        pairs = sorted(self.pairs, key=lambda pair: -pair.priority)
        return GenerationReport(
            number=self.number,
            role=self.role,
            started_at=self.started_at - origin,
            gathered_at=since(self.gathered_at, origin),
            checking_at=since(self.checking_at, origin),
            ended_at=since(self.ended_at, origin),
            outcome=self.outcome,
            local_ufrag=self.local_ufrag,
            remote_ufrag=self.remote_ufrag,
            candidates=tuple(dataclasses.replace(c, at=c.at - origin) for c in self.candidates),
            failures=tuple(dataclasses.replace(f, at=f.at - origin) for f in self.failures),
            remote_candidates=tuple(_shifted(r.candidate, origin) for r in self.remotes),
            remote_ended=self.remote_ended,
            pairs=tuple(pair.report(origin) for pair in pairs),
            selections=tuple(
                Selection(pair.id, at - origin, reason) for pair, at, reason in self.selections
            ),
            refused=self.refused,
        )


def since(time: float | None, origin: float) -> float | None:
    """A time as seconds since the origin, if it is known."""
    return None if time is None else time - origin


def _shifted(candidate: RemoteCandidate, origin: float) -> RemoteCandidate:
    return dataclasses.replace(candidate, at=candidate.at - origin)
