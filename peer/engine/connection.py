"""An ICE agent that trickles: candidates go out as they come, checks run meanwhile.

aioice 0.13 takes trickled candidates in, but gathers its own in one go. Here `gather_candidates`
fills the list while `connect` already works through it, from any number of servers. Two bounds are
added: at most 100 pairs (RFC 8445 §6.1.2.5; two sides whose mapping depends on the port and whose
filters let everything in would otherwise find new peer-reflexive candidates for ever), and a
deadline for the checks as a whole.
"""

import asyncio
from collections.abc import Callable

import aioice
import aioice.ice
from aioice import stun

from peer.candidates import Address, CandidateType, GatheredCandidate, ServerFailure
from peer.engine.consent import ConsentKeeper, ConsentOutput
from peer.engine.gathering import Found, Gathering, Plan
from peer.engine.nomination import NominatingConnection
from peer.engine.protocol import LAST_STUN_BYTE, IceProtocol
from peer.path import Path
from peer.report import IceState

MAX_PAIRS = 100
PACING = 0.020
MAX_UNREAD = 1024
_UNCHECKED = (aioice.ice.CandidatePair.State.WAITING, aioice.ice.CandidatePair.State.FROZEN)


class TrickleConnection(NominatingConnection):
    """One ICE agent with one component.

    Args:
        plan: What to gather from, and the deadlines.
        on_found: Called with each local candidate and each server that gave none, in order.
        local_username: The ICE user name fragment to use.
        local_password: The ICE password to use.
        policy: aioice's transport policy.
        on_data: Called with each datagram; without it they wait for `recv`.
        on_state: Called with `DISCONNECTED` and `CONNECTED` as signs of life end and come back, and
            with `FAILED` when the selected pair is of no use any more.
    """

    def __init__(
        self,
        plan: Plan,
        on_found: Callable[[Found], None],
        *,
        local_username: str,
        local_password: str,
        policy: aioice.TransportPolicy,
        on_data: Callable[[bytes], None] | None = None,
        on_state: Callable[[IceState], None] = lambda _: None,
    ) -> None:
        super().__init__(
            ice_controlling=False,
            transport_policy=policy,
            local_username=local_username,
            local_password=local_password,
        )
        self._plan = plan
        self._on_found = on_found
        self._on_data = on_data
        self._on_state = on_state
        self._consent: ConsentKeeper | None = None
        self._gathering: asyncio.Task[None] | None = None
        self._gathered = False
        #: Whether the remote lets the controlling side nominate again.
        self.remote_renominates = False

    async def gather_candidates(self) -> None:
        """Gather; returns when the last server has answered or run out of time."""
        if self._local_candidates_start or self._closing:
            return
        self._local_candidates_start = True
        self._local_candidates_end = True  # connect() may begin with what is there
        self._gathering = asyncio.create_task(self._gather())
        await asyncio.wait([self._gathering])
        if not self._gathering.cancelled():
            self._gathering.result()

    async def add_remote_candidate(self, remote_candidate: aioice.Candidate | None) -> None:
        """Add a candidate, or the end of them; ours is component 1, a remote's RTCP has another.

        The end is taken back when candidates come behind it: libwebrtc's description of a restart
        carries an end that belongs to the generation before.
        """
        if remote_candidate is None:
            if not self._remote_candidates_end:
                await super().add_remote_candidate(None)
        elif remote_candidate.component == 1:
            self._remote_candidates_end = False
            await super().add_remote_candidate(remote_candidate)

    async def connect(self) -> None:
        """Run the checks until a pair is selected.

        Unlike aioice's own, this neither polls nor rounds up to its 20 ms: a pair is checked as
        soon as it exists and the pacing allows it, and the end is seen when it happens.

        Raises:
            ConnectionError: No pair works, or the deadline has passed.
        """
        if self.remote_username is None or self.remote_password is None:
            raise ConnectionError("the remote's ICE credentials are missing")
        self._begin_checks()
        pacing = asyncio.create_task(self._pace())
        try:
            async with asyncio.timeout(self._plan.configuration.connect_deadline):
                result = await self._check_list_state.get()
        except TimeoutError:
            result = aioice.ice.ICE_FAILED
        finally:
            self._check_list_done = True
            pacing.cancel()
            await asyncio.wait([pacing])
            await self._cancel_checks()
        if result != aioice.ice.ICE_COMPLETED:
            raise ConnectionError("ICE negotiation failed")
        if self._nominated and not self._closing:
            self._keep_consent(self._nominated[1])

    async def close(self) -> None:
        """End everything within the plan's deadline; relays are given back side by side."""
        self._closing = True
        if self._consent is not None:
            self._consent.stop()
            self._consent = None
        if self._gathering is not None and not self._gathering.done():
            self._gathering.cancel()
            await asyncio.wait([self._gathering])
        # Data sent just before closing still goes out: a relayed socket closes after its sends.
        relays = [
            asyncio.create_task(protocol.close())
            for protocol in self._protocols
            if protocol.local_candidate.type == CandidateType.RELAYED.value
        ]
        await super().close()
        if relays:
            await asyncio.wait(relays)

    @property
    def path(self) -> Path | None:
        """The selected pair, or `None` before one is selected and after closing."""
        pair = self._nominated.get(1)
        if pair is None:
            return None
        remote = pair.remote_candidate
        local_type, local = self._local_end(pair)
        return Path(local_type, local, CandidateType(remote.type), (remote.host, remote.port))

    def check_incoming(
        self, message: stun.Message, addr: tuple[str, int], protocol: aioice.ice.StunProtocol
    ) -> None:
        """Handle an authenticated check, unless it would exceed the bound on pairs.

        One without a priority makes no candidate (RFC 8445 §7.1.1 demands it).
        """
        if self._consent is not None:
            self._consent.hear()
        if "PRIORITY" not in message.attributes:
            return
        if self._is_paired(protocol, addr) or self._has_room_for(addr):
            super().check_incoming(message, addr, protocol)

    def data_received(self, data: bytes, component: int) -> None:
        """Keep data for DTLS to read; broken STUN is none, and a flood is not kept."""
        if data[0] <= LAST_STUN_BYTE:
            return
        if self._consent is not None:
            self._consent.hear()
        if self._on_data is not None:
            self._on_data(data)
        elif self._queue.qsize() < MAX_UNREAD:
            super().data_received(data, component)

    def protocol_lost(self, protocol: aioice.ice.StunProtocol) -> None:
        """A socket or an allocation is gone."""
        super().protocol_lost(protocol)
        if not self._closing and any(p.protocol is protocol for p in self._nominated.values()):
            self._lose()

    def _keep_consent(self, pair: aioice.ice.CandidatePair) -> None:
        """Ask for consent to send on a pair from now on (RFC 7675)."""
        if self._consent is not None:
            self._consent.stop()
        assert self.remote_password is not None
        self._consent = ConsentKeeper(
            pair,
            lambda: self.build_request(pair, nominate=False),
            self.remote_password.encode(),
            deadline=self._plan.configuration.consent_deadline,
            disconnected_after=self._plan.configuration.disconnected_after,
            on_output=self._consent_changed,
        )

    def _consent_changed(self, output: ConsentOutput) -> None:
        match output:
            case ConsentOutput.DISCONNECTED:
                self._on_state(IceState.DISCONNECTED)
            case ConsentOutput.RECONNECTED:
                self._on_state(IceState.CONNECTED)
            case _:
                self._lose()

    def _lose(self) -> None:
        """Send nothing any more on the selected pair (RFC 7675 §5.1)."""
        if self._consent is not None:
            self._consent.stop()
            self._consent = None
        self._nominated.clear()
        self._queue.put_nowait(None)
        self._on_state(IceState.FAILED)

    def _prune_components(self) -> None:
        """There is one component, also when the remote has told no candidate of it.

        aioice would never complete then, although the remote's checks have shown a way.
        """

    def _pair_remote_candidate(self, remote_candidate: aioice.Candidate) -> None:
        """Pair a remote candidate; of too many pairs the best stay (RFC 8445 §6.1.2.5)."""
        super()._pair_remote_candidate(remote_candidate)
        self.sort_check_list()
        while len(self._check_list) > MAX_PAIRS and self._evict():
            pass
        self._progress.set()

    def _remote_candidates_expected(self) -> bool:
        """Whether new pairs may still come, from either side."""
        return not self._gathered or super()._remote_candidates_expected()

    async def _gather(self) -> None:
        try:
            await Gathering(self._plan, self._new_protocol, self._add).run(
                relay_only=self._transport_policy is aioice.TransportPolicy.RELAY
            )
        finally:
            self._gathered = True
            # The pairs may all have failed meanwhile (RFC 8838 §14).
            if self._early_checks_done and not self._check_list_maybe_complete():
                self._check_list_maybe_fail()

    def _new_protocol(self) -> IceProtocol:
        return IceProtocol(
            self, close_deadline=self._plan.configuration.close_deadline, expects=self._expects
        )

    def _expects(self, protocol: aioice.ice.StunProtocol, remote: Address) -> bool:
        """Whether an address was told to us, or has checked us with our password."""
        early = any(p is protocol and source == remote for _, source, p in self._early_checks)
        return early or self._is_paired(protocol, remote)

    def _is_paired(self, protocol: aioice.ice.StunProtocol, remote: Address) -> bool:
        return any(p.protocol is protocol and p.remote_addr == remote for p in self._check_list)

    def _add(self, found: Found) -> None:
        """Take in what gathering has found: a socket to pair, a candidate to tell, a failure."""
        match found:
            case IceProtocol():
                self._protocols.append(found)
                self._pair_all()
            case aioice.Candidate():
                self._local_candidates.append(found)
            case GatheredCandidate() | ServerFailure():
                self._on_found(found)

    def _begin_checks(self) -> None:
        """Form the first pairs and handle the checks that came early (RFC 8445 §6.1.2)."""
        self._pair_all()
        self._unfreeze_initial()
        for early_check in self._early_checks:
            self.check_incoming(*early_check)
        self._early_checks.clear()
        self._early_checks_done = True
        self._check_list_maybe_fail()

    def _pair_all(self) -> None:
        for remote in self._remote_candidates:
            self._pair_remote_candidate(remote)

    async def _pace(self) -> None:
        """Start a check every 20 ms while there is one to start (RFC 8445 §6.1.4.2)."""
        while not self._check_list_done:
            if any(pair.state in _UNCHECKED and pair.task is None for pair in self._check_list):
                self._check_periodic()
                await asyncio.sleep(PACING)
            else:
                self._progress.clear()
                await self._progress.wait()

    async def _cancel_checks(self) -> None:
        tasks = [pair.task for pair in self._check_list if pair.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _has_room_for(self, remote: Address) -> bool:
        """Whether a pair with this remote address may be added, and the address remembered."""
        known = any((c.host, c.port) == remote for c in self._remote_candidates)
        full = len(self._check_list) >= MAX_PAIRS
        return (known or len(self._remote_candidates) < MAX_PAIRS) and (not full or self._evict())

    def _evict(self) -> bool:
        """Remove a pair that has failed, or else the worst unchecked one, if there is one."""
        failed = aioice.ice.CandidatePair.State.FAILED
        for states in ((failed,), _UNCHECKED):
            for pair in reversed(self._check_list):
                if pair.state in states and pair.task is None:
                    self._check_list.remove(pair)
                    return True
        return False

    def _local_end(self, pair: aioice.ice.CandidatePair) -> tuple[CandidateType, Address]:
        """The local candidate as the remote sees it (RFC 8445 §7.2.5.3.1)."""
        local = pair.local_candidate
        base = (local.host, local.port)
        protocol = pair.protocol
        seen = (
            protocol.mapped_address(pair.remote_addr) if isinstance(protocol, IceProtocol) else None
        )
        if local.type != CandidateType.HOST.value or seen is None or seen == base:
            return CandidateType(local.type), base
        told = {(c.host, c.port) for c in self._local_candidates}
        reflexive = CandidateType.SERVER_REFLEXIVE if seen in told else CandidateType.PEER_REFLEXIVE
        return reflexive, seen
