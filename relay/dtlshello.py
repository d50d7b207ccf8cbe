"""How a DTLS handshake begins: the ClientHello, its cookie, and the HelloVerifyRequest that asks for it.

This little is read and written here and not by OpenSSL, so that nothing is made for a stranger before it has
shown that it hears what is sent to its address (RFC 6347 §4.2.1). Once it has, OpenSSL gets the same bytes.
"""

import hmac
from dataclasses import dataclass

from stunwire import Address

HANDSHAKE = 22  # the content type
RECORD_HEADER_SIZE = 13
COOKIE_SIZE = 16
COOKIE_PERIOD = 30.0
"""A cookie is good in the period it was made in, and in the next one."""

_VERSION_1_0 = b"\xfe\xff"
_ANY_VERSION = 0xFE  # the first byte of all that have been, for OpenSSL to choose from
_CLIENT_HELLO, _HELLO_VERIFY_REQUEST = 1, 3  # RFC 6347 §4.3.2
_HEADER_SIZE = 12  # of a handshake message
_RANDOM = slice(2, 34)
_LONGEST_SESSION_ID = 32


@dataclass(frozen=True, slots=True)
class ClientHello:
    """What matters of a ClientHello before its sender is known.

    Args:
        record_sequence: epoch and number of its record, 8 bytes.
        message_sequence: 0 for a client's first, 1 for the one with the cookie.
        random: chosen by the client; it stays the same in both.
        cookie: empty in the first.
    """

    record_sequence: bytes
    message_sequence: int
    random: bytes
    cookie: bytes


def is_plain_handshake(datagram: bytes) -> bool:
    """Say whether a datagram begins with a record of a handshake that nothing protects yet."""
    return datagram[:1] == bytes((HANDSHAKE,)) and datagram[3:5] == b"\0\0"


def read_client_hello(datagram: bytes) -> ClientHello | None:
    """Read the ClientHello that a datagram begins with, or its first fragment; None when there is none.

    A long ClientHello may come in fragments. The cookie stands near the beginning, so the first is enough.
    """
    if not is_plain_handshake(datagram) or datagram[1] != _ANY_VERSION:
        return None
    length = int.from_bytes(datagram[11:13], "big")
    message = datagram[RECORD_HEADER_SIZE : RECORD_HEADER_SIZE + length]
    if len(message) < max(length, _HEADER_SIZE) or message[0] != _CLIENT_HELLO:
        return None
    whole, offset, here = (int.from_bytes(message[at : at + 3], "big") for at in (1, 6, 9))
    body = message[_HEADER_SIZE : _HEADER_SIZE + here]
    if offset or here > whole or len(body) < here:
        return None
    found = _read_body(body)
    if found is None:
        return None
    return ClientHello(datagram[3:11], int.from_bytes(message[4:6], "big"), *found)


def hello_verify_request(hello: ClientHello, cookie: bytes) -> bytes:
    """Ask the sender of a ClientHello to send it again with this cookie.

    RFC 6347 §4.2.1: the version is that of DTLS 1.0 whatever will be agreed upon, and the record's number is
    that of the ClientHello. It is 44 bytes long, and the shortest ClientHello 61.
    """
    body = _VERSION_1_0 + bytes((len(cookie),)) + cookie
    length = len(body).to_bytes(3, "big")
    message = bytes((_HELLO_VERIFY_REQUEST,)) + length + bytes(5) + length + body
    size = len(message).to_bytes(2, "big")
    return bytes((HANDSHAKE,)) + _VERSION_1_0 + hello.record_sequence + size + message


class Cookies:
    """Cookies that name a client's address, its random value and the time, so that none is ever kept.

    Args:
        key: secret of the HMAC.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, hello: ClientHello, client: Address, now: float) -> bytes:
        """Make the cookie for a client."""
        return self._make(hello, client, int(now // COOKIE_PERIOD))

    def prove(self, hello: ClientHello, client: Address, now: float) -> bool:
        """Say whether a ClientHello carries a cookie that was made for its sender not long ago."""
        if len(hello.cookie) != COOKIE_SIZE:
            return False
        period = int(now // COOKIE_PERIOD)
        return any(
            hmac.compare_digest(hello.cookie, self._make(hello, client, one))
            for one in (period, period - 1)
        )

    def _make(self, hello: ClientHello, client: Address, period: int) -> bytes:
        named = b"%b %d %d %b" % (client.host.encode(), client.port, period, hello.random)
        return hmac.digest(self._key, named, "sha256")[:COOKIE_SIZE]


def _read_body(body: bytes) -> tuple[bytes, bytes] | None:
    """Read the random value and the cookie of a ClientHello."""
    at = _RANDOM.stop
    if len(body) <= at or body[0] != _ANY_VERSION or body[at] > _LONGEST_SESSION_ID:
        return None
    at += 1 + body[at]
    if len(body) <= at or len(body) < at + 1 + body[at]:
        return None
    return body[_RANDOM], body[at + 1 : at + 1 + body[at]]
