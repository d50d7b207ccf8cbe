"""Checks and nomination: both sides end up on the same pair, a direct one if there is one.

aioice 0.13 nominates aggressively: each side takes the first of its checks that succeeds, so the
two may end up on different pairs, and on a relay although a direct check was under way. Here the
controlling side first learns which pairs work and then nominates one (RFC 8445 §8.1.1). It costs no
time, since data need not wait for it: until a pair is nominated it takes the best one that works
(RFC 8445 §12.1).

Between two sides that both say `a=ice-options:renomination` (draft-thatcher-ice-renomination) the
controlling one nominates again when a direct pair works after a relayed one was nominated. Each
nomination carries a number, and the highest counts: resends of an earlier one, which may arrive
late since a relay is the longer way, change nothing. USE-CANDIDATE alone would have to be decided
by priority, and the sides do not always agree on it, since one may know as peer-reflexive what the
other knows as relayed. Any other remote is nominated to once.
"""

import asyncio
import contextlib
from typing import Any, Final

import aioice.ice
from aioice import stun

from peer.candidates import CandidateType
from peer.configuration import Nomination
from peer.engine.nominationattribute import NOMINATION
from peer.engine.protocol import EARLY_RESENDS, IceProtocol, is_refusal
from peer.engine.recording import Pair, RecordingConnection, State
from peer.report import CheckFailure

#: A pair through a relay is nominated when the direct checks have been under way for as long as its
#: own took, plus the time after which a check was sent again twice. A way through a relay is seldom shorter
#: than the direct one, so a direct check would have been answered by then. What is left to wait when
#: the relayed pair works lies within these bounds (seconds).
LEAST_PATIENCE: Final = 0.020
MOST_PATIENCE: Final = 0.500
_MAX_ROLE_CONFLICTS = 4
#: A nomination is sent again this often before another pair is tried: 3.5 s in all, where aioice
#: would hold on to a pair that has died meanwhile for 63 s.
_NOMINATION_RESENDS = 2


class NominatingConnection(RecordingConnection):
    """An ICE agent whose controlling side nominates one pair. Arguments are aioice's.

    Attributes:
        nomination: How it nominates.
        renominates: Whether both sides take a later nomination for a better pair.
        active: The pair that data takes: the nominated one, or until there is one the best that
            works.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.nomination = Nomination.REGULAR
        self.renominates = False
        self.active: Pair | None = None
        #: Whether a pair was lost, so that only a restart helps.
        self.lost = False
        self._nomination: asyncio.Task[None] | None = None
        #: The last number of a nomination of ours, and those that the remote's came with.
        self._number = 0
        self._numbers: dict[tuple[aioice.ice.StunProtocol, tuple[str, int]], int] = {}
        #: When the last check of a direct pair began.
        self._direct_since = 0.0
        #: Set whenever a pair changes its state or is added.
        self._progress = asyncio.Event()

    def forget(self, pair: Pair) -> None:
        """A pair is checked no longer."""
        super().forget(pair)
        self._numbers.pop((pair.protocol, pair.remote_addr), None)

    def check_state(self, pair: Pair, state: State) -> None:
        """Note a pair's new state."""
        super().check_state(pair, state)
        self._progress.set()

    async def check_start(self, pair: Pair) -> None:
        """Check a pair (RFC 8445 §7.2.4)."""
        self.check_state(pair, State.IN_PROGRESS)
        start = self.now()
        if not is_relayed(pair):
            self._direct_since = start
        aggressive = self.nomination is Nomination.AGGRESSIVE and not self.remote_is_lite
        try:
            works = await self._ask(pair, nominate=aggressive)
        except asyncio.CancelledError:
            # The checks are over; should the remote nominate this pair after all, it is checked anew.
            self.check_state(pair, State.WAITING)
            pair.task = None
            raise
        if works:
            by_us = aggressive and self.ice_controlling
            by_remote = pair.remote_nominated and not self.ice_controlling
            pair.nominated = pair.nominated or by_us or by_remote
            self.check_state(pair, State.SUCCEEDED)
            self._consider(took=self.now() - start)
        else:
            self.check_state(pair, State.FAILED)
        self.check_complete(pair)

    def check_incoming(
        self, message: stun.Message, addr: tuple[str, int], protocol: aioice.ice.StunProtocol
    ) -> None:
        """Handle an authenticated check.

        When our own check of the pair is under way it is sent again at once: the one that has just
        come in shows that the way is open now (RFC 8445 §7.3.1.4). aioice would wait for the
        retransmission, half a second.
        """
        if "USE-CANDIDATE" in message.attributes:
            number = message.attributes.get(NOMINATION, 0)
            self._numbers[protocol, addr] = max(number, self._numbers.get((protocol, addr), 0))
        super().check_incoming(message, addr, protocol)
        if isinstance(protocol, IceProtocol):
            protocol.resend(addr)

    def check_complete(self, pair: Pair) -> None:
        """Note that a check is over, or that a pair was nominated."""
        pair.task = None
        if pair.state is State.SUCCEEDED:
            if pair.nominated:
                self._take_nomination(pair)
            self._activate()
            if self._check_list_maybe_complete():
                return
            self._unfreeze_like(pair)
        self._check_list_maybe_fail()

    def build_request(self, pair: Pair, nominate: bool) -> stun.Message:  # noqa: FBT001 - aioice's
        """A check, with a number where it nominates and the remote knows what to do with it."""
        request = super().build_request(pair, nominate)
        if self.renominates and "USE-CANDIDATE" in request.attributes:
            self._number += 1
            request.attributes[NOMINATION] = self._number
        return request

    def switch_role(self, ice_controlling: bool) -> None:  # noqa: FBT001 - aioice's signature
        """Take a role; the one that controls has to nominate what it has found to work."""
        super().switch_role(ice_controlling)
        if self._best() is not None:
            self._consider(took=0.0)

    async def close(self) -> None:
        """Close everything."""
        if self._nomination is not None and not self._nomination.done():
            self._nomination.cancel()
            await asyncio.wait([self._nomination])
        await super().close()

    def may_improve(self) -> bool:
        """Whether a better pair than the selected one may still be found, and taken."""
        selected = self._nominated.get(1)
        return self.renominates and selected is not None and is_relayed(selected)

    def may_replace(self) -> bool:
        """Whether the selected pair is silent, so that any that works is better."""
        return False

    def active_changed(self, pair: Pair) -> None:
        """Data takes another pair from now on."""

    def select(self, pair: Pair, reason: str) -> None:
        """Let data take a pair for good."""
        if self._nominated.get(1) is not pair:
            if self.may_replace():
                reason = f"the pair before fell silent, {reason}"
            elif self.record.selections:
                reason = f"better pair, {reason}"
            elif self.record.number:
                reason = f"restart, {reason}"
            record = self.pair_record(pair)
            record.nominated = True
            self.record.select(record, reason, self.now())
        self._nominated[1] = pair
        self._progress.set()

    def _take_nomination(self, pair: Pair) -> None:
        """Use the pair that was nominated last, of several with the same number the best.

        RFC 8445 §8.1.1 has the one of the highest priority used, for a remote that follows RFC 5245
        and nominates aggressively; its nominations have no number.
        """
        selected = self._nominated.get(1)
        if selected is None or self._rank(pair) > self._rank(selected):
            self.select(
                pair, "nominated here" if self.ice_controlling else "nominated by the remote"
            )

    def _rank(self, pair: Pair) -> tuple[int, int]:
        number = self._numbers.get((pair.protocol, pair.remote_addr), 0)
        return number, -self._check_list.index(pair)

    def _activate(self) -> None:
        """Let data take the nominated pair, or until there is one the best that works."""
        pair = self._nominated.get(1) or self._best()
        usable = not (self.lost or self._closing)
        if pair is not None and pair is not self.active and usable:
            self.active = pair
            self.active_changed(pair)

    def _unfreeze_like(self, pair: Pair) -> None:
        """What has the same foundation may be checked now (RFC 8445 §7.2.5.3.3)."""
        for other in self._check_list:
            same = other.local_candidate.foundation == pair.local_candidate.foundation
            if same and other.state is State.FROZEN:
                self.check_state(other, State.WAITING)

    def _check_list_maybe_fail(self) -> None:
        """Fail ahead of the deadline only if nothing can come in, for want of a socket.

        When every check has failed the remote may still reach us, from an address that it could or
        would not tell: RFC 8863 §4 has us wait for that.
        """
        if not self._protocols:
            super()._check_list_maybe_fail()

    def _consider(self, *, took: float) -> None:
        """Begin to nominate, now that a pair works, unless that has begun or is not ours to do."""
        wanted = not self._check_list_done or self.may_improve() or self.may_replace()
        if self.ice_controlling and self._nomination is None and wanted:
            self._nomination = asyncio.create_task(self._nominate(took))

    async def _nominate(self, took: float) -> None:
        """Nominate the best pair that works, a relayed one only after some patience.

        Ends when the best one is nominated, no pair works any more, or the remote has taken control.
        """
        if not self._nominated:
            await self._await_direct(took)
        while self.ice_controlling and (pair := self._to_nominate()) is not None:
            answered = await self._ask(pair, nominate=True)
            if not answered:
                self.check_state(pair, State.FAILED)
            elif self.ice_controlling:
                pair.nominated = True
                self._numbers[pair.protocol, pair.remote_addr] = self._number
                self.check_complete(pair)
        self._nomination = None  # a pair that works later may try again

    def _to_nominate(self) -> Pair | None:
        """What should be nominated now, if anything."""
        best = self._best()
        if not self._nominated:
            return best
        if self.may_replace():
            working = (p for p in self._check_list if p.state is State.SUCCEEDED)
            return next((pair for pair in working if pair is not self._nominated[1]), None)
        return best if best is not None and self.may_improve() and not is_relayed(best) else None

    async def _await_direct(self, took: float) -> None:
        """Wait until a direct pair works, or none can, or patience is at an end."""
        left = self._direct_since + took + EARLY_RESENDS[1] - self.now()
        patience = min(max(left, LEAST_PATIENCE), MOST_PATIENCE)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self._direct_is_open():
                    self._progress.clear()
                    await self._progress.wait()

    def _direct_is_open(self) -> bool:
        """Whether a direct pair may still work, and none does yet."""
        direct = [pair for pair in self._check_list if not is_relayed(pair)]
        return all(pair.state is not State.SUCCEEDED for pair in direct) and any(
            pair.state is not State.FAILED for pair in direct
        )

    def _best(self) -> Pair | None:
        """The pair of the highest priority that works; the check list is sorted by it."""
        return next((pair for pair in self._check_list if pair.state is State.SUCCEEDED), None)

    async def _ask(self, pair: Pair, *, nominate: bool) -> bool:
        """Send one check and wait for its answer.

        Returns:
            Whether the pair works: answered, and from where it was sent to (RFC 8445 §7.2.5.2.1).
        """
        assert self.remote_password is not None
        key = self.remote_password.encode()
        for _ in range(_MAX_ROLE_CONFLICTS):
            request = self.build_request(pair, nominate=nominate and self.ice_controlling)
            try:
                _, source = await pair.protocol.request(
                    request,
                    pair.remote_addr,
                    integrity_key=key,
                    retransmissions=_NOMINATION_RESENDS if nominate else None,
                )
            except stun.TransactionError as error:
                if error.response is None or error.response.error_code != 487:
                    self.note_failure(pair, *_why(pair, error))
                    return False
                # RFC 8445 §7.2.5.1: take the other role and check again.
                self.switch_role(ice_controlling="ICE-CONTROLLED" in request.attributes)
            else:
                if source == pair.remote_addr:
                    return True
                detail = f"from {source[0]}:{source[1]}"
                self.note_failure(pair, CheckFailure.WRONG_SOURCE, detail)
                return False
        return False


def is_relayed(pair: Pair) -> bool:
    """Whether either end of a pair is a relayed candidate."""
    return CandidateType.RELAYED.value in (pair.local_candidate.type, pair.remote_candidate.type)


def _why(pair: Pair, error: stun.TransactionError) -> tuple[CheckFailure, str]:
    """Why a check was not answered as it should, with the words of whoever said so."""
    if error.response is not None:
        code, reason = error.response.attributes.get("ERROR-CODE", (0, ""))
        return CheckFailure.ERROR, f"{code} {reason}".strip()
    protocol = pair.protocol
    said = protocol.error_of(pair.remote_addr) if isinstance(protocol, IceProtocol) else None
    if said is None:
        return CheckFailure.NO_ANSWER, ""
    failure = CheckFailure.RELAY_REFUSED if is_refusal(said) else CheckFailure.UNREACHABLE
    return failure, str(said)
