"""Checks and regular nomination: both sides end up on the same pair, a direct one if there is one.

aioice 0.13 nominates aggressively: each side takes the first of its checks that succeeds, so the
two may end up on different pairs, and on a relay although a direct check was under way. Here the
controlling side first learns which pairs work and then nominates one (RFC 8445 §8.1.1). It costs
no time: the controlled side, which is the DTLS client, starts as early as before.
"""

import asyncio
import contextlib
from typing import Any

import aioice.ice
from aioice import stun

from peer.candidates import CandidateType
from peer.engine.protocol import EARLY_RESENDS, IceProtocol

#: A pair through a relay is nominated when the direct checks have been under way for as long as its
#: own took, plus the time after which a check is sent again. A way through a relay is seldom shorter
#: than the direct one, so a direct check would have been answered by then. What is left to wait when
#: the relayed pair works lies within these bounds (seconds).
LEAST_PATIENCE = 0.020
MOST_PATIENCE = 0.500
_MAX_ROLE_CONFLICTS = 4
#: A nomination is sent again this often before another pair is tried: 3.5 s in all, where aioice
#: would hold on to a pair that has died meanwhile for 63 s.
_NOMINATION_RESENDS = 2

Pair = aioice.ice.CandidatePair
State = aioice.ice.CandidatePair.State


class NominatingConnection(aioice.ice.Connection):
    """An ICE agent whose controlling side nominates one pair. Arguments are aioice's."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._nomination: asyncio.Task[None] | None = None
        #: When the last check of a direct pair began.
        self._direct_since = 0.0
        #: Set whenever a pair changes its state or is added.
        self._progress = asyncio.Event()

    def check_state(self, pair: Pair, state: State) -> None:
        """Note a pair's new state."""
        super().check_state(pair, state)
        self._progress.set()

    async def check_start(self, pair: Pair) -> None:
        """Check a pair (RFC 8445 §7.2.4)."""
        self.check_state(pair, State.IN_PROGRESS)
        start = asyncio.get_running_loop().time()
        if not is_relayed(pair):
            self._direct_since = start
        try:
            works = await self._ask(pair, nominate=False)
        except asyncio.CancelledError:
            # The checks are over; should the remote nominate this pair after all, it is checked anew.
            self.check_state(pair, State.WAITING)
            pair.task = None
            raise
        if works:
            pair.nominated = pair.nominated or (pair.remote_nominated and not self.ice_controlling)
            self.check_state(pair, State.SUCCEEDED)
            self._consider(took=asyncio.get_running_loop().time() - start)
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
        super().check_incoming(message, addr, protocol)
        if isinstance(protocol, IceProtocol):
            protocol.resend(addr)

    def check_complete(self, pair: Pair) -> None:
        """Note that a check is over, or that a pair was nominated.

        Of several nominated pairs the one of the highest priority is used (RFC 8445 §8.1.1): a
        remote that follows RFC 5245 may nominate aggressively.
        """
        selected = self._nominated.get(pair.component)
        super().check_complete(pair)
        if selected is not None and self._check_list.index(selected) < self._check_list.index(pair):
            self._nominated[pair.component] = selected

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

    def _check_list_maybe_fail(self) -> None:
        """Fail ahead of the deadline only if nothing can come in, for want of a socket.

        When every check has failed the remote may still reach us, from an address that it could or
        would not tell: RFC 8863 §4 has us wait for that.
        """
        if not self._protocols:
            super()._check_list_maybe_fail()

    def _consider(self, *, took: float) -> None:
        """Begin to nominate, now that a pair works, unless that has begun or is not ours to do."""
        if self.ice_controlling and self._nomination is None and not self._check_list_done:
            self._nomination = asyncio.create_task(self._nominate(took))

    async def _nominate(self, took: float) -> None:
        """Nominate the best pair that works, a relayed one only after some patience.

        Ends without a nomination when no pair works any more, or the remote has taken control.
        """
        await self._await_direct(took)
        while self.ice_controlling and (pair := self._best()) is not None:
            answered = await self._ask(pair, nominate=True)
            if not answered:
                self.check_state(pair, State.FAILED)
            elif self.ice_controlling:
                pair.nominated = True
                self.check_complete(pair)
                return
        self._nomination = None  # a pair that works later may try again

    async def _await_direct(self, took: float) -> None:
        """Wait until a direct pair works, or none can, or patience is at an end."""
        left = self._direct_since + took + EARLY_RESENDS[0] - asyncio.get_running_loop().time()
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
                    return False
                # RFC 8445 §7.2.5.1: take the other role and check again.
                self.switch_role(ice_controlling="ICE-CONTROLLED" in request.attributes)
            else:
                return source == pair.remote_addr
        return False


def is_relayed(pair: Pair) -> bool:
    """Whether either end of a pair is a relayed candidate."""
    return CandidateType.RELAYED.value in (pair.local_candidate.type, pair.remote_candidate.type)
