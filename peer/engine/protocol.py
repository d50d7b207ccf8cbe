"""One socket of an ICE agent: aioice's, made deaf to garbage and bounded in closing."""

import asyncio
import contextlib
import struct
from collections.abc import Callable
from typing import Any

import aioice.ice
from aioice import stun

from peer.candidates import Address
from peer.engine.record import PairRecord
from peer.engine.relaylink import RelayedTransport

#: Seconds after which a check is sent again, besides the retransmissions after 0.5 s and more. The
#: first check towards a NAT is regularly lost to its filter, which our side of the way opens only
#: when the remote has sent too; RFC 8445 §14.3's least timeout of 500 ms would then be the largest
#: part of the set-up. Browsers send again after 50 to 100 ms.
EARLY_RESENDS = (0.05, 0.1, 0.25)
#: RFC 7983 §7: a datagram whose first byte is 0 to 3 is STUN.
LAST_STUN_BYTE = 3
_MAX_MAPPED = 256
_MAX_RESENDS = 6
#: asyncio reads each datagram into a buffer of 256 KiB, which the kernel maps anew each time: a
#: third of what receiving costs. No datagram of a peer connection is this long.
_MAX_DATAGRAM = 4096


class IceProtocol(aioice.ice.StunProtocol):
    """A socket that gathers candidates and carries checks and data.

    Args:
        receiver: The ICE agent.
        close_deadline: Seconds that closing may take. aioice waits 63 s for a TURN server that
            no longer answers.
        expects: Whether data may come to this socket from an address. aioice hands on whatever
            comes from wherever, and aiortc's DTLS dies of an empty datagram.
    """

    def __init__(
        self,
        receiver: aioice.ice.Connection,
        *,
        close_deadline: float,
        expects: Callable[["IceProtocol", Address], bool],
    ) -> None:
        super().__init__(receiver)
        self._close_deadline = close_deadline
        self._expects = expects
        self._mapped: dict[Address, Address] = {}
        self._checks: dict[Address, stun.Message] = {}
        self._resends: dict[Address, int] = {}
        self._sending_to: Address | None = None
        self._errors: dict[Address, Exception] = {}
        self._patience: dict[Address, asyncio.Timeout] = {}
        #: What is known of the pairs that send from here, by the remote's address.
        self.pairs: dict[Address, PairRecord] = {}

    def admit(self, remote: Address) -> None:
        """Let a relay know whom we expect packets from, ahead of the first check (RFC 8656 §9)."""
        if isinstance(self.transport, RelayedTransport):
            self.transport.permit(remote)

    def connection_made(self, transport: Any) -> None:
        """The socket is there."""
        super().connection_made(transport)
        if hasattr(transport, "max_size"):
            transport.max_size = _MAX_DATAGRAM

    def mapped_address(self, remote: Address) -> Address | None:
        """Where the remote saw our last answered request come from, if it told."""
        return self._mapped.get(remote)

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        """Take in STUN, and data from where it is expected; what only looks like it is dropped."""
        assert isinstance(data, bytes)
        if not data:
            return
        if data[0] > LAST_STUN_BYTE:
            self._data_received(data, (addr[0], addr[1]))
            return
        # aioice's parser lets struct.error and others through for a truncated attribute.
        with contextlib.suppress(struct.error, IndexError, KeyError, UnicodeDecodeError):
            super().datagram_received(data, addr)

    def _data_received(self, data: bytes, source: Address) -> None:
        pair = self.pairs.get(source)
        if pair is not None:
            pair.packets_received += 1
            pair.bytes_received += len(data)
        elif not self._expects(self, source):
            return
        self.receiver.data_received(data, self.local_candidate.component)

    def send_stun(self, message: stun.Message, addr: tuple[str, int]) -> None:
        """Send a STUN message."""
        pair = self.pairs.get(addr)
        if pair is not None and message.message_class == stun.Class.REQUEST:
            pair.request_sent(asyncio.get_running_loop().time())
        elif pair is not None and message.message_class == stun.Class.RESPONSE:
            pair.responses_sent += 1
        self._sending_to = addr
        super().send_stun(message, addr)
        self._sending_to = None

    def error_received(self, exc: Exception) -> None:
        """Remember what the network, or the relay, says against sending to an address.

        A socket says it while it sends. A relay says it later, of a peer; what it refuses to serve
        need not be asked any longer.
        """
        super().error_received(exc)
        remote: Address | None = getattr(exc, "peer", self._sending_to)
        if remote is None:
            return
        if len(self._errors) < _MAX_MAPPED:
            self._errors[remote] = exc
        # A second refusal may come before the first has ended the wait, which can be ended but once.
        if is_refusal(exc) and (patience := self._patience.pop(remote, None)) is not None:
            patience.reschedule(0.0)

    def error_of(self, remote: Address) -> Exception | None:
        """What was said against sending to an address, if anything."""
        return self._errors.get(remote)

    async def request(
        self,
        request: stun.Message,
        addr: tuple[str, int],
        integrity_key: bytes | None = None,
        retransmissions: int | None = None,
    ) -> tuple[stun.Message, tuple[str, int]]:
        """Ask, and remember from which address the other side saw us ask."""
        self._checks[addr] = request
        self._resends[addr] = _MAX_RESENDS
        timers = self._resend_early(addr) if integrity_key is not None else ()
        sent_at = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(None) as self._patience[addr]:
                response, source = await super().request(
                    request, addr, integrity_key, retransmissions
                )
        except TimeoutError:
            raise stun.TransactionTimeout from None
        finally:
            self._patience.pop(addr, None)
            for timer in timers:
                timer.cancel()
            if self._checks.get(addr) is request:
                del self._checks[addr], self._resends[addr]
        mapped = response.attributes.get("XOR-MAPPED-ADDRESS")
        if mapped is not None and len(self._mapped) < _MAX_MAPPED:
            self._mapped[addr] = mapped
        if (pair := self.pairs.get(addr)) is not None:
            pair.response_received(mapped, sent_at, asyncio.get_running_loop().time())
        return response, source

    def resend(self, remote: Address) -> None:
        """Send the request that waits for this remote's answer again, ahead of its time.

        A few times only, so that two sides which hear each other's requests and not each other's
        answers do not egg each other on.
        """
        request = self._checks.get(remote)
        if request is not None and self._resends[remote] > 0:
            self._resends[remote] -= 1
            self.send_stun(request, remote)

    def _resend_early(self, remote: Address) -> tuple[asyncio.TimerHandle, ...]:
        loop = asyncio.get_running_loop()
        return tuple(loop.call_later(after, self.resend, remote) for after in EARLY_RESENDS)

    async def close(self) -> None:
        """Close the socket, or give back the relay's allocation, within the deadline."""
        try:
            async with asyncio.timeout(self._close_deadline):
                await super().close()
        except TimeoutError:
            self.transport.abort()  # a relay is left to expire: its server does not answer


def is_refusal(error: Exception) -> bool:
    """Whether a relay says that it does not serve a peer: such an error has the STUN code."""
    return getattr(error, "code", None) is not None
