"""aioice's ICE agent, made to keep a record: every pair it forms, check it sends, answer it gets."""

import asyncio
from typing import Any

import aioice
import aioice.ice
from aioice import stun

from peer.candidates import Address, CandidateType, GatheredCandidate
from peer.engine.protocol import IceProtocol
from peer.engine.record import GenerationRecord, PairRecord
from peer.report import CheckFailure, IceRole, PairState, RemoteCandidate

Pair = aioice.ice.CandidatePair
State = aioice.ice.CandidatePair.State
_UNAUTHENTICATED = 401


class RecordingConnection(aioice.ice.Connection):
    """An ICE agent with a record. Arguments are aioice's.

    Attributes:
        record: What it has gathered, heard and tried.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.record = GenerationRecord(0, self.local_username, 0.0)
        self._locals: dict[Address, GatheredCandidate] = {}
        self._released: set[aioice.ice.StunProtocol] = set()

    def now(self) -> float:
        """The time, as the event loop has it."""
        return asyncio.get_running_loop().time()

    def add_local(self, gathered: GatheredCandidate) -> None:
        """Note a local candidate."""
        self.record.candidates.append(gathered)
        if gathered.type in {CandidateType.HOST, CandidateType.RELAYED}:
            self._locals[gathered.address] = gathered
            for pair in self.record.pairs:  # it may have been paired before it is told
                if pair.local.address == gathered.address:
                    pair.local = gathered

    def release(self, protocol: aioice.ice.StunProtocol) -> None:
        """A socket is about to be closed because nothing uses it; that is no loss."""
        self._released.add(protocol)
        self._protocols.remove(protocol)

    def early_check_answered(self, protocol: aioice.ice.StunProtocol, source: Address) -> None:
        """A check that was answered before there was a pair belongs to one now."""
        if isinstance(protocol, IceProtocol) and (record := protocol.pairs.get(source)) is not None:
            record.responses_sent += 1

    def pair_record(self, pair: Pair) -> PairRecord:
        """The record of a pair; it begins with the first call."""
        protocol, remote = pair.protocol, pair.remote_addr
        assert isinstance(protocol, IceProtocol)
        record = protocol.pairs.get(remote)
        if record is None:
            local, told = pair.local_candidate, pair.remote_candidate
            record = self.record.add_pair(
                self._gathered_of(local),
                self.record.add_remote(_remote(told, remote, self.now())),
                priority=aioice.ice.candidate_pair_priority(local, told, self.ice_controlling),
                now=self.now(),
            )
            protocol.pairs[remote] = record
        return record

    def forget(self, pair: Pair) -> None:
        """A pair is checked no longer; its record stays, and data from there is not taken any more."""
        assert isinstance(pair.protocol, IceProtocol)
        pair.protocol.pairs.pop(pair.remote_addr, None)

    def check_state(self, pair: Pair, state: State) -> None:
        """Note a pair's new state. What becomes of it in closing says nothing about it."""
        super().check_state(pair, state)
        if self._closing:
            return
        record, now = self.pair_record(pair), self.now()
        if state is State.SUCCEEDED:
            record.succeed(now)
        elif state is State.FAILED:
            if record.failure is None:
                record.fail(CheckFailure.NO_ANSWER, "", now)
        elif record.state is not PairState.FAILED or state is State.IN_PROGRESS:
            record.state = PairState[state.name]
            record.failure = record.failed_at = None

    def note_failure(self, pair: Pair, failure: CheckFailure, detail: str) -> None:
        """Say why a pair is about to fail."""
        self.pair_record(pair).fail(failure, detail, self.now())

    def check_incoming(
        self, message: stun.Message, addr: tuple[str, int], protocol: aioice.ice.StunProtocol
    ) -> None:
        """Handle an authenticated check."""
        super().check_incoming(message, addr, protocol)
        for pair in self._check_list:
            if pair.protocol is protocol and pair.remote_addr == addr:
                record = self.pair_record(pair)
                record.requests_received += 1
                record.nominated = record.nominated or pair.remote_nominated

    def respond_error(
        self,
        request: stun.Message,
        addr: tuple[str, int],
        protocol: aioice.ice.StunProtocol,
        error_code: tuple[int, str],
    ) -> None:
        """Refuse a request; a wrong password or fragment shows that the remote has another description."""
        if error_code[0] == _UNAUTHENTICATED:
            self.record.refused += 1
        super().respond_error(request, addr, protocol, error_code)

    async def add_remote_candidate(self, remote_candidate: aioice.Candidate | None) -> None:
        """Add a candidate, or the end of them."""
        if remote_candidate is None:
            self.record.remote_ended = True
            await super().add_remote_candidate(None)
            return
        named = (remote_candidate.host, remote_candidate.port)
        now = self.now()
        self.record.add_remote(_remote(remote_candidate, named, now))
        await super().add_remote_candidate(remote_candidate)
        if named[0].endswith(".local"):
            for pair in self._check_list:
                told = pair.remote_candidate
                if (told.host, told.port) == named:
                    self.record.resolve(named, pair.remote_addr)

    def _pair_remote_candidate(self, remote_candidate: aioice.Candidate) -> None:
        super()._pair_remote_candidate(remote_candidate)
        for pair in self._check_list:
            self.pair_record(pair)

    def protocol_lost(self, protocol: aioice.ice.StunProtocol) -> None:
        """A socket or an allocation is gone: its pairs are of no use any more."""
        super().protocol_lost(protocol)
        if not self._closing and protocol not in self._released:
            for pair in self._check_list:
                if pair.protocol is protocol and pair.state is not State.FAILED:
                    self.note_failure(pair, CheckFailure.SOCKET_LOST, "")

    def switch_role(self, ice_controlling: bool) -> None:  # noqa: FBT001 - aioice's signature
        """Take a role."""
        super().switch_role(ice_controlling)
        for pair in self._check_list:
            self.pair_record(pair).priority = aioice.ice.candidate_pair_priority(
                pair.local_candidate, pair.remote_candidate, ice_controlling
            )

    def role(self) -> IceRole:
        """This side's role at the moment."""
        return IceRole.CONTROLLING if self.ice_controlling else IceRole.CONTROLLED

    def _gathered_of(self, local: aioice.Candidate) -> GatheredCandidate:
        """The local candidate of a pair as gathering has told it."""
        base = (local.host, local.port)
        if base not in self._locals:
            self._locals[base] = GatheredCandidate(
                type=CandidateType(local.type),
                address=base,
                priority=local.priority,
                base=base,
                server=None,
                line=f"candidate:{local.to_sdp()}",
                redundant=False,
                withheld=True,
            )
        return self._locals[base]


def _remote(candidate: aioice.Candidate, address: Address, now: float) -> RemoteCandidate:
    kind = CandidateType(candidate.type)
    told = kind is not CandidateType.PEER_REFLEXIVE
    return RemoteCandidate(kind, address, candidate.priority, told=told, at=now)
