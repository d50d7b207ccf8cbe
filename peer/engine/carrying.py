"""The part of an ICE agent that carries data: on which pair, for how long, and what is lost with it."""

from collections.abc import Callable
from typing import Any

import aioice.ice

from peer.candidates import Address, CandidateType
from peer.configuration import Configuration
from peer.engine.consent import ConsentKeeper, ConsentOutput
from peer.engine.nomination import NominatingConnection
from peer.engine.protocol import LAST_STUN_BYTE, IceProtocol
from peer.engine.record import PairRecord
from peer.engine.recording import Pair
from peer.path import Path
from peer.report import CheckFailure, IceState, Outcome

MAX_UNREAD = 1024


class CarryingConnection(NominatingConnection):
    """An ICE agent that carries data on its active pair, with consent.

    Args:
        configuration: Deadlines, and how to nominate.
        on_data: Called with each datagram; without it they wait for `recv`.
        on_state: Called with `CONNECTED` when a pair can be used, and whenever it is another; with
            `DISCONNECTED` and `CONNECTED` as signs of life end and come back; and with `FAILED`
            when the pair is of no use any more.
        on_relay_lost: Called with the URL of the server whose allocation is gone.
        options: aioice's.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        on_data: Callable[[bytes], None] | None,
        on_state: Callable[[IceState], None],
        on_relay_lost: Callable[[str], None],
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.nomination = configuration.nomination
        self._configuration = configuration
        self._on_data = on_data
        self._on_state = on_state
        self._on_relay_lost = on_relay_lost
        self._consent: ConsentKeeper | None = None
        self._counted = 0
        self._way: tuple[Callable[[bytes, Address], None], Address, PairRecord] | None = None

    @property
    def path(self) -> Path | None:
        """The pair that data takes, or `None` before one works and after closing."""
        pair = self.active
        if pair is None:
            return None
        remote = pair.remote_candidate
        local_type, local = self._local_end(pair)
        return Path(local_type, local, CandidateType(remote.type), (remote.host, remote.port))

    async def send(self, data: bytes) -> None:
        """Send a datagram on the active pair.

        Raises:
            ConnectionError: There is none.
        """
        if self._way is None:
            raise ConnectionError("Cannot send data, not connected")
        sendto, remote, record = self._way
        record.packets_sent += 1
        record.bytes_sent += len(data)
        sendto(data, remote)

    def data_received(self, data: bytes, component: int) -> None:
        """Keep data for DTLS to read; broken STUN is none, and a flood is not kept."""
        if data[0] <= LAST_STUN_BYTE:
            return
        if self._consent is not None and self._way is not None:
            count = self._way[2].packets_received
            if count != self._counted:  # it came on the pair that it is sent on
                self._counted = count
                self._consent.hear()
        if self._on_data is not None:
            self._on_data(data)
        elif self._queue.qsize() < MAX_UNREAD:
            super().data_received(data, component)

    def active_changed(self, pair: Pair) -> None:
        """Send on this pair from now on, and ask for consent to (RFC 7675)."""
        self._end_consent()
        assert self.remote_password is not None
        record = self.pair_record(pair)
        self._way = (pair.protocol.transport.sendto, pair.remote_addr, record)
        self._consent = ConsentKeeper(
            pair,
            record,
            lambda: self.build_request(pair, nominate=False),
            self.remote_password.encode(),
            deadline=self._configuration.consent_deadline,
            disconnected_after=self._configuration.disconnected_after,
            on_output=self._consent_changed,
        )
        self._on_state(IceState.CONNECTED)

    def check_incoming(
        self, message: aioice.stun.Message, addr: Address, protocol: aioice.ice.StunProtocol
    ) -> None:
        """Handle an authenticated check, which on the active pair is a sign of life."""
        active = self.active
        on_it = active is not None and active.protocol is protocol and active.remote_addr == addr
        if self._consent is not None and on_it:
            self._consent.hear()
        super().check_incoming(message, addr, protocol)

    def protocol_lost(self, protocol: aioice.ice.StunProtocol) -> None:
        """A socket or an allocation is gone."""
        super().protocol_lost(protocol)
        if self._closing or protocol in self._released:
            return
        local = protocol.local_candidate
        if local.type == CandidateType.RELAYED.value:
            self._on_relay_lost(self._gathered_of(local).server or "")
        if self.active is not None and self.active.protocol is protocol:
            self._lose(CheckFailure.SOCKET_LOST)

    async def close(self) -> None:
        """Close everything."""
        self._end_consent()
        self.active = self._way = None
        await super().close()

    def _consent_changed(self, output: ConsentOutput) -> None:
        match output:
            case ConsentOutput.DISCONNECTED:
                self._on_state(IceState.DISCONNECTED)
            case ConsentOutput.RECONNECTED:
                self._on_state(IceState.CONNECTED)
            case _:
                self._lose(CheckFailure.CONSENT_EXPIRED)

    def _lose(self, failure: CheckFailure) -> None:
        """Send nothing any more; only a restart helps (RFC 7675 §5.1)."""
        if self.active is not None:
            self.note_failure(self.active, failure, "")
        self.lost = True
        self._end_consent()
        self.active = self._way = None
        self._nominated.clear()
        self.record.end(Outcome.FAILED, self.now())
        self._queue.put_nowait(None)
        self._on_state(IceState.FAILED)

    def _end_consent(self) -> None:
        if self._consent is not None:
            self._consent.stop()
            self._consent = None

    def _local_end(self, pair: Pair) -> tuple[CandidateType, Address]:
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
