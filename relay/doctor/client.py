"""A TURN client as small as an examination needs it: it asks again, shows its credential, and keeps what comes between."""

from collections import deque
from collections.abc import Callable

from relay.doctor.instruments import Line
from relay.doctor.target import Login
from relay.doctor.troubles import LineError, Trouble
from relay.fivetuple import Transport
from stunwire import (
    Address,
    Attribute,
    Carrier,
    ChannelData,
    Class,
    Data,
    DecodeError,
    ErrorCode,
    ErrorCodes,
    LongTermCredential,
    Message,
    Method,
    Nonce,
    Realm,
    XorPeerAddress,
    decode,
    decode_channel_data,
)

WAITS = (0.25, 0.5, 1.0, 1.25)
"""Seconds to wait for an answer over UDP, each time the request is sent (RFC 8489 §6.2.1 waits longer)."""
_MOST_BETWEEN = 32
"""Messages that are no answer and are kept, or passed over, while one is awaited."""


class TurnClient:
    """One client on one line.

    Args:
        line: to the server.
        transport: what the line runs over.
        login: what it shows when it is asked to.
        transaction_id: draws one.
    """

    def __init__(
        self,
        line: Line,
        transport: Transport,
        login: Login | None,
        transaction_id: Callable[[], bytes],
    ) -> None:
        self.challenge: Message | None = None
        """The last response that asked for a credential, with the realm and the nonce."""
        self._credential: LongTermCredential | None = None
        self.show(login)
        self._line = line
        self._is_stream = transport is not Transport.UDP
        self._transaction_id = transaction_id
        self._between: deque[bytes] = deque(maxlen=_MOST_BETWEEN)

    @property
    def realm(self) -> str | None:
        """The server's realm, once it has said it."""
        realm = None if self.challenge is None else self.challenge.get(Realm)
        return None if realm is None else realm.value

    def show(self, login: Login | None) -> None:
        """Show this credential from now on, or none."""
        self._credential = (
            None if login is None else LongTermCredential(login.username, login.password)
        )
        if self._credential is not None and self.challenge is not None:
            self._credential.take(self.challenge)

    async def close(self) -> None:
        """Let go of the line."""
        await self._line.close()

    async def ask(self, method: Method, *attributes: Attribute) -> Message:
        """Ask with the credential where the server wants one, and give its answer, good or bad.

        Raises:
            LineError: there is none.
        """
        response = await self._ask_as_known(method, attributes)
        for code in (ErrorCodes.UNAUTHENTICATED, ErrorCodes.STALE_NONCE):
            # A 401 counts as an answer once it came to a request that showed the credential.
            is_new = code is ErrorCodes.STALE_NONCE or self.challenge is None
            if error_code(response) == code and is_new and response.get(Nonce) is not None:
                self.challenge = response
                if self._credential is not None and self._credential.take(response):
                    response = await self._ask_as_known(method, attributes)
        return response

    async def send_to(self, peer: Address, data: bytes) -> None:
        """Send through the relay without a channel."""
        message = Message.indication(
            Method.SEND, self._transaction_id(), XorPeerAddress(peer), Data(data)
        )
        await self._line.send(message.encode())

    async def send_on(self, channel: int, data: bytes) -> None:
        """Send through the relay on a channel."""
        carrier = Carrier.STREAM if self._is_stream else Carrier.DATAGRAM
        await self._line.send(ChannelData(channel, data).encode(carrier))

    async def receive(self, data: bytes, within: float) -> Address | None:
        """Wait for these data from a peer; give its address. None where they do not come."""
        for _ in range(_MOST_BETWEEN):
            frame = self._between.popleft() if self._between else await self._line.receive(within)
            if frame is None:
                return None
            message = _decoded(frame)
            if message is None or message.method != Method.DATA:
                continue
            payload, peer = message.get(Data), message.get(XorPeerAddress)
            if payload is not None and peer is not None and payload.value == data:
                return peer.address
        return None

    async def receive_on(self, channel: int, data: bytes, within: float) -> bool:
        """Wait for these data on a channel."""
        for _ in range(_MOST_BETWEEN):
            frame = self._between.popleft() if self._between else await self._line.receive(within)
            if frame is None:
                return False
            if _framed(frame) == ChannelData(channel, data):
                return True
        return False

    async def _ask_as_known(self, method: Method, attributes: tuple[Attribute, ...]) -> Message:
        request = Message.request(method, self._transaction_id(), *attributes)
        credential = None if method is Method.BINDING else self._credential
        data = request.encode() if credential is None else credential.sign(request)
        return await self._exchange(data, request.transaction_id)

    async def _exchange(self, data: bytes, transaction_id: bytes) -> Message:
        for wait in (sum(WAITS),) if self._is_stream else WAITS:
            await self._line.send(data)
            response = await self._response(transaction_id, wait)
            if response is not None:
                return response
        raise LineError(Trouble.SILENT)

    async def _response(self, transaction_id: bytes, wait: float) -> Message | None:
        for _ in range(_MOST_BETWEEN):
            frame = await self._line.receive(wait)
            if frame is None:
                return None
            message = _decoded(frame)
            is_answer = message is not None and message.cls in (Class.SUCCESS, Class.ERROR)
            if message is not None and is_answer and message.transaction_id == transaction_id:
                return message
            if not is_answer:
                if message is None and not _is_channel_data(frame):
                    raise LineError(Trouble.NOT_STUN, frame[:8].hex(" "))
                self._between.append(frame)
        return None


def error_code(response: Message) -> int | None:
    """The code of an error response; None for a success."""
    error = response.get(ErrorCode)
    return None if response.cls is Class.SUCCESS or error is None else error.code


def _decoded(frame: bytes) -> Message | None:
    try:
        return decode(frame)
    except DecodeError:
        return None


def _framed(frame: bytes) -> ChannelData | None:
    try:
        return decode_channel_data(frame)
    except DecodeError:
        return None


def _is_channel_data(frame: bytes) -> bool:
    return _framed(frame) is not None
