"""One generation of ICE: an agent with credentials of its own, and how far it has come."""

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Final

import aioice

from peer.configuration import IceTransportPolicy
from peer.engine.connection import TrickleConnection
from peer.engine.gathering import Found, Plan
from peer.report import IceState

_CARRYING: Final = frozenset({IceState.CONNECTED, IceState.COMPLETED, IceState.DISCONNECTED})
_POLICIES: Final = {
    IceTransportPolicy.ALL: aioice.TransportPolicy.ALL,
    IceTransportPolicy.RELAY: aioice.TransportPolicy.RELAY,
    IceTransportPolicy.NO_HOST: aioice.TransportPolicy.ALL,
}


def state_of_two(current: IceState, following: IceState | None) -> IceState:
    """The state of a transport during a restart, as W3C `RTCIceTransportState` has it.

    A restart begins as `connected` where there is a working pair, and as `checking` where it was
    lost, "effectively forgetting that connectivity was previously lost".
    """
    if following is None or following is IceState.NEW:
        return current
    works = current in {IceState.CONNECTED, IceState.COMPLETED}
    return IceState.CONNECTED if works else IceState.CHECKING


class Generation:
    """ICE from one pair of credentials to the next.

    Args:
        plan: What to gather from.
        controlling: The role to begin with.
        on_found: Called with what gathering has found.
        on_data: Called with each datagram.
        on_change: Called when the state is another, or the pair that data takes.
        on_relay_lost: Called with the URL of the server whose allocation is gone.
        number: 0 for the first of a connection.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        controlling: bool,
        on_found: Callable[["Generation", Found], None],
        on_data: Callable[[bytes], None],
        on_change: Callable[["Generation"], None],
        on_relay_lost: Callable[[str], None],
        number: int,
    ) -> None:
        self.state = IceState.NEW
        #: Whether a pair has been selected, not only found to work.
        self.selected = False
        self._finished = False
        self._plan = plan
        self._on_change = on_change
        self._checking: asyncio.Task[None] | None = None
        self.connection = TrickleConnection(
            plan,
            lambda found: on_found(self, found),
            # RFC 8445 §5.3: at least 24 and 128 random bits.
            local_username=secrets.token_hex(4),
            local_password=secrets.token_hex(16),
            policy=_POLICIES[plan.configuration.policy],
            on_data=on_data,
            on_state=self._change,
            on_relay_lost=on_relay_lost,
        )
        self.connection.ice_controlling = controlling
        self.connection.record.number = number
        self.connection.record.started_at = time.monotonic()

    @property
    def ufrag(self) -> str:
        """This side's user name fragment, which names the generation."""
        return self.connection.local_username

    @property
    def described(self) -> bool:
        """Whether the remote's credentials are known, so that the checks run."""
        return self.connection.remote_username is not None

    @property
    def carries(self) -> bool:
        """Whether data may be sent: a pair is selected, and consent for it has not expired."""
        return self.state in _CARRYING

    def has_remote(self, username: str, password: str) -> bool:
        """Whether these are the remote's credentials."""
        known = (self.connection.remote_username, self.connection.remote_password)
        return known == (username, password)

    def check(self, username: str, password: str, *, lite: bool, renomination: bool) -> None:
        """Take the remote's credentials, and what it can do, and run the checks."""
        self.connection.remote_username = username
        self.connection.remote_password = password
        self.connection.remote_is_lite = lite
        self.connection.renominates = renomination and self._plan.configuration.renomination
        self._change(IceState.CHECKING)
        self._checking = asyncio.create_task(self._check())

    async def close(self) -> None:
        """End it, within the configured deadline; no change is told any more."""
        self.state = IceState.CLOSED
        await self.connection.close()
        if self._checking is not None:
            await asyncio.wait([self._checking])

    async def _check(self) -> None:
        try:
            await self.connection.connect()
        except ConnectionError:
            self._change(IceState.FAILED)
        else:
            self.selected = True
            self._on_change(self)

    def _change(self, state: IceState) -> None:
        """Take a state; one that data can be sent in is told again, since the pair may be another."""
        if self.state is IceState.CLOSED:
            return
        if state is IceState.COMPLETED:
            self._finished = True
            if self.state is IceState.DISCONNECTED:
                return
        if state is IceState.CONNECTED and self._finished:
            state = IceState.COMPLETED
        if state is not self.state or state in _CARRYING:
            self.state = state
            self._on_change(self)
