"""An ICE agent that trickles: candidates go out as they come, checks run meanwhile.

aioice 0.13 takes trickled candidates in, but gathers its own in one go. Here `gather_candidates`
fills the list while `connect` already works through it, from any number of servers. Two bounds are
added: at most 100 pairs (RFC 8445 §6.1.2.5; two sides whose mapping depends on the port and whose
filters let everything in would otherwise find new peer-reflexive candidates for ever), and a
deadline for the checks as a whole.
"""

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable
from typing import Final

import aioice
import aioice.ice
from aioice import stun

from peer.candidates import Address, CandidateType, GatheredCandidate, ServerFailure
from peer.engine.fallback import FallbackConnection
from peer.engine.gathering import Found, Gathering, Plan
from peer.engine.nomination import is_relayed
from peer.engine.protocol import IceProtocol
from peer.engine.recording import State
from peer.engine.resolving import ResolvingConnection
from peer.report import CheckFailure, IceState, Outcome
from peer.servers import ServerKind

MAX_PAIRS: Final = 100
#: RFC 8445 §8.3.1: sockets that are not used are closed 3 s after a pair was selected.
GRACE: Final = 3.0
#: RFC 8445 §14.2: Ta "MUST NOT be less than 5 ms".
LEAST_PACING: Final = 0.005
#: So many checks at the beginning follow each other after that time.
HASTY: Final = 4
#: Once a relayed pair is selected, direct ones are checked this many times more slowly.
_SLOWER: Final = 5
_UNCHECKED = (State.WAITING, State.FROZEN)


class TrickleConnection(FallbackConnection, ResolvingConnection):
    """One ICE agent with one component.

    Args:
        plan: What to gather from, and the deadlines.
        on_found: Called with each local candidate and each server that gave none, in order.
        local_username: The ICE user name fragment to use.
        local_password: The ICE password to use.
        policy: aioice's transport policy.
        on_data: As `CarryingConnection`'s.
        on_state: As `CarryingConnection`'s, and `COMPLETED` when nothing is left to be tried.
        on_relay_lost: As `CarryingConnection`'s.
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
        on_relay_lost: Callable[[str], None] = lambda _: None,
    ) -> None:
        super().__init__(
            plan.configuration,
            on_data=on_data,
            on_state=on_state,
            on_relay_lost=on_relay_lost,
            ice_controlling=False,
            transport_policy=policy,
            local_username=local_username,
            local_password=local_password,
        )
        self._plan = plan
        self._on_found = on_found
        self._gatherer = Gathering(plan, self._new_protocol, self._add)
        self._gathering: asyncio.Task[None] | None = None
        self._gathered = False
        self._settling: asyncio.Task[None] | None = None
        self._replacing: asyncio.Task[None] | None = None
        #: Whether candidates are of no use any more. Servers may still be said not to answer.
        self._settled = False

    async def gather_candidates(self) -> None:
        """Gather; returns when the last server has answered or run out of time."""
        if self._closing:
            return
        if self._gathering is None:
            self._local_candidates_start = True
            self._local_candidates_end = True  # connect() may begin with what is there
            self.record.started_at = self.now()
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
        self.record.remote_ufrag = self.remote_username
        self._begin_checks()
        deadline = self.now() + self._plan.configuration.connect_deadline
        pacing = asyncio.create_task(self._pace())
        try:
            async with asyncio.timeout_at(deadline):
                result = await self._check_list_state.get()
        except TimeoutError:
            result = self._deadline_passed()
        finally:
            self._check_list_done = True
            pacing.cancel()
            await asyncio.wait([pacing])
            if not self.may_improve():
                await self._cancel_checks()
        self.record.role = self.role()
        if result != aioice.ice.ICE_COMPLETED:
            self.record.end(Outcome.FAILED, self.now())
            raise ConnectionError("ICE negotiation failed")
        self.record.end(Outcome.COMPLETED, self.now())
        if not self._closing:
            self._settling = asyncio.create_task(self._settle(deadline))

    async def close(self) -> None:
        """End everything within the plan's deadline; relays are given back side by side."""
        self._closing = True
        self.record.role = self.role()
        self.record.end(Outcome.ABANDONED, self.now())
        for task in (self._gathering, self._settling, self._replacing):
            if task is not None and not task.done():
                task.cancel()
                await asyncio.wait([task])
        # Data sent just before closing still goes out: a relayed socket closes after its sends.
        relays = [
            asyncio.create_task(protocol.close())
            for protocol in self._protocols
            if protocol.local_candidate.type == CandidateType.RELAYED.value
        ]
        await super().close()
        if relays:
            await asyncio.wait(relays)
        await self._gatherer.close()

    def check_incoming(
        self, message: stun.Message, addr: tuple[str, int], protocol: aioice.ice.StunProtocol
    ) -> None:
        """Handle an authenticated check, unless it would exceed the bound on pairs.

        One without a priority makes no candidate (RFC 8445 §7.1.1 demands it).
        """
        if "PRIORITY" not in message.attributes:
            return
        if self._is_paired(protocol, addr) or self._has_room_for(addr):
            super().check_incoming(message, addr, protocol)

    def protocol_lost(self, protocol: aioice.ice.StunProtocol) -> None:
        """A socket or an allocation is gone; a spare relay is replaced by one of another server."""
        super().protocol_lost(protocol)
        relayed = protocol.local_candidate.type == CandidateType.RELAYED.value
        if relayed and self._nominated and not self._closing and protocol not in self._released:
            self._protocols.remove(protocol)
            if self._plan.configuration.spare_relay:
                self._replacing = asyncio.create_task(self._replace(protocol))

    async def _replace(self, lost: aioice.ice.StunProtocol) -> None:
        server = self._gathered_of(lost.local_candidate).server
        others = tuple(one for one in self._plan.of(ServerKind.TURN) if one.url != server)
        plan = dataclasses.replace(self._plan, servers=others)
        await Gathering(plan, self._new_protocol, self._add).run(relay_only=True)

    def _prune_components(self) -> None:
        """There is one component, also when the remote has told no candidate of it.

        aioice would never complete then, although the remote's checks have shown a way.
        """

    def _pair_remote_candidate(self, remote_candidate: aioice.Candidate) -> None:
        """Pair a remote candidate; of too many pairs the best stay (RFC 8445 §6.1.2.5)."""
        before = len(self._check_list)
        super()._pair_remote_candidate(remote_candidate)
        for pair in self._check_list[before:]:
            assert isinstance(pair.protocol, IceProtocol)
            pair.protocol.admit(pair.remote_addr)
        self.sort_check_list()
        while len(self._check_list) > MAX_PAIRS and self._evict():
            pass
        self._progress.set()

    def _remote_candidates_expected(self) -> bool:
        """Whether new pairs may still come, from either side."""
        return not self._gathered or super()._remote_candidates_expected()

    async def _gather(self) -> None:
        try:
            await self._gatherer.run(
                relay_only=self._transport_policy is aioice.TransportPolicy.RELAY
            )
        finally:
            self._gathered = True
            self.record.gathered_at = self.now()
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
                if not self._settled:
                    self._pair_all()
            case aioice.Candidate() | GatheredCandidate() if self._settled:
                pass
            case aioice.Candidate():
                self._local_candidates.append(found)
            case GatheredCandidate():
                found = dataclasses.replace(found, at=self.now())
                self.add_local(found)
                self._on_found(found)
            case ServerFailure():
                found = dataclasses.replace(found, at=self.now())
                self.record.failures.append(found)
                self._on_found(found)

    def _begin_checks(self) -> None:
        """Form the first pairs and handle the checks that came early (RFC 8445 §6.1.2)."""
        self._pair_all()
        self._unfreeze_initial()
        for message, source, protocol in self._early_checks:
            self.check_incoming(message, source, protocol)
            self.early_check_answered(protocol, source)
        self._early_checks.clear()
        self._early_checks_done = True
        self._check_list_maybe_fail()

    def _pair_all(self) -> None:
        for remote in self._remote_candidates:
            self._pair_remote_candidate(remote)

    async def _pace(self) -> None:
        """Start a check every 20 ms or so while there is one to start (RFC 8445 §6.1.4.2).

        The first few are sent without waiting that long: the best pairs are those of host
        candidates, which seldom work, and what comes behind them would wait for nothing.
        """
        started = 0
        while not self._check_list_done:
            if any(pair.state in _UNCHECKED and pair.task is None for pair in self._check_list):
                self._check_periodic()
                started += 1
                pacing = self._plan.configuration.pacing
                await asyncio.sleep(min(pacing, LEAST_PACING) if started < HASTY else pacing)
            else:
                self._progress.clear()
                await self._progress.wait()

    def _deadline_passed(self) -> int:
        """What comes of it when no pair was nominated in time.

        A controlled side whose remote nominates none keeps the pair that works.
        """
        if self.active is not None and not self.ice_controlling:
            self.select(self.active, "it works, and the remote has nominated none")
            return aioice.ice.ICE_COMPLETED
        for pair in self._check_list:
            if pair.state is State.IN_PROGRESS:
                self.note_failure(pair, CheckFailure.NO_ANSWER, "until the deadline")
        return aioice.ice.ICE_FAILED

    async def _settle(self, deadline: float) -> None:
        """Look for a better pair while there may be one, then give back what is not used."""
        if self.may_improve():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await self._improve()
            await self._cancel_checks()
        self._settled = not self._plan.configuration.spare_relay
        self._on_state(IceState.COMPLETED)
        await asyncio.sleep(GRACE)
        if self._settled and self._gathering is not None:
            self._gathering.cancel()
        await self._give_back()

    async def _improve(self) -> None:
        """Go on to check direct pairs, without hurry, until one is selected or none is left."""
        while self.may_improve() and (self._remote_candidates_expected() or self._has_direct()):
            waiting = (
                pair
                for pair in self._check_list
                if pair.state in _UNCHECKED and pair.task is None and not is_relayed(pair)
            )
            if (pair := next(waiting, None)) is not None:
                self.check_start_task(pair)
                await asyncio.sleep(_SLOWER * self._plan.configuration.pacing)
            else:
                self._progress.clear()
                await self._progress.wait()

    def _has_direct(self) -> bool:
        """Whether there is a direct pair that works, or still may."""
        return any(
            pair.state is not State.FAILED and not is_relayed(pair) for pair in self._check_list
        )

    async def _give_back(self) -> None:
        """Close the sockets and relays that no data takes, but for one relay where it is wanted."""
        spare = self._plan.configuration.spare_relay
        unused = []
        for protocol in self._protocols:
            if self.active is not None and protocol is self.active.protocol:
                continue
            if spare and protocol.local_candidate.type == CandidateType.RELAYED.value:
                spare = False
                continue
            unused.append(protocol)
        for protocol in unused:
            self.release(protocol)
        self._check_list = [p for p in self._check_list if p.protocol not in unused]
        if unused:
            await asyncio.wait([asyncio.create_task(protocol.close()) for protocol in unused])

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
        for states in ((State.FAILED,), _UNCHECKED):
            for pair in reversed(self._check_list):
                if pair.state in states and pair.task is None:
                    self._check_list.remove(pair)
                    self.forget(pair)
                    return True
        return False
