"""pystun3 in a process of its own: one question as JSON comes in, one answer as JSON goes out.

pystun3 asks again without end where a server refuses, and raises whatever comes to it where a server says what it does
not know. So it gets a socket that counts, and what it raises becomes words.
"""

import random
import socket
import sys
import time
from typing import Any, Final

import msgspec
import stun  # type: ignore[import-untyped]  # it has no types

from nat.discovery.surroundings import Classic
from stunwire import Address

PORTS: Final = (32768, 60999)
"""From which the own port is drawn: of its own accord pystun3 always takes 54320, where what its last run has left in
the NAT answers for this one."""
MOST_SENT: Final = 40
"""Packets until it is stopped. Four tests send four each when nothing is lost on the way back but the answers."""
_TRIES: Final = 16
_ERROR_RESPONSE: Final = b"\x01\x11"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What pystun3 is to find out.

    Attributes:
        server: whom to ask.
        local: our own address, from which it asks; without it pystun3 can never find that there is no NAT.
        wait: seconds for an answer. It asks four times for each of up to four tests; of its own accord it waits 2 s.
        seconds: after which it is stopped.
    """

    server: Address
    local: str
    wait: float
    seconds: float


class StoppedError(Exception):
    """It was stopped, or could not go on; the message says why."""


class CountingSocket:
    """A UDP socket as far as pystun3 uses one, which ends what would not end.

    Args:
        real: what sends and receives.
        until: the time on the monotonic clock after which nothing more is sent.
    """

    def __init__(self, real: socket.socket, until: float) -> None:
        self._real = real
        self._until = until
        self._sent = 0
        self.last = b""

    def sendto(self, data: bytes, target: tuple[str | None, int | None]) -> int:
        """Send, unless it is enough."""
        host, port = target
        if host is None or port is None:
            raise StoppedError(
                "the server names no CHANGED-ADDRESS, as servers after RFC 3489 need not, and pystun3 cannot go on"
            )
        if self._sent >= MOST_SENT:
            raise StoppedError(self._why_so_many())
        if time.monotonic() >= self._until:
            raise StoppedError("it had to be stopped: it took too long")
        self._sent += 1
        return self._real.sendto(data, (host, port))

    def recvfrom(self, size: int) -> tuple[bytes, Any]:
        """Receive, and remember what."""
        self.last, source = self._real.recvfrom(size)
        return self.last, source

    def _why_so_many(self) -> str:
        if self.last.startswith(_ERROR_RESPONSE):
            return (
                f"it had to be stopped after {self._sent} packets: the server refuses the request, and pystun3 asks"
                " again without end"
            )
        return f"it had to be stopped after {self._sent} packets: what comes is no answer to it"


def ask(question: Question) -> Classic:
    """Ask; whatever happens is an answer."""
    began = time.monotonic()
    name, external, failure = "", None, ""
    counting: CountingSocket | None = None
    try:
        with _open(question) as real:
            counting = CountingSocket(real, began + question.seconds)
            server = question.server
            name, found = stun.get_nat_type(
                counting, question.local, 0, stun_host=server.host, stun_port=server.port
            )
            external = _external(found)
    except Exception as error:  # noqa: BLE001 -- pystun3 raises anything, and all of it is told
        failure = _words(error, b"" if counting is None else counting.last)
    return Classic(
        server=question.server,
        name=name,
        external=external,
        seconds=time.monotonic() - began,
        failure=failure,
    )


def _open(question: Question) -> socket.socket:
    """A socket at a random port."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.settimeout(question.wait)
        _bind(made, question.local)
    except OSError:
        made.close()
        raise
    return made


def _bind(made: socket.socket, host: str) -> None:
    for left in reversed(range(_TRIES)):
        try:
            made.bind((host, random.SystemRandom().randint(*PORTS)))
        except OSError:
            if not left:
                raise
        else:
            return


def _external(found: dict[str, Any]) -> Address | None:
    """What its last test saw, which for most NATs is nothing."""
    host, port = found["ExternalIP"], found["ExternalPort"]
    return None if host is None or port is None else Address(host, port)


def _words(error: Exception, last: bytes) -> str:
    match error:
        case StoppedError():
            return str(error)
        case OSError():
            return f"the system refuses: {error.strerror or error}"
        case KeyError():
            return (
                f"it crashed on a packet that is no STUN answer, beginning with {last[:4].hex(' ')}"
            )
        case ValueError():
            return "it lost its way in an answer: it does not know that attributes are padded to four bytes"
    return f"it crashed: {type(error).__name__}: {error}"


def main() -> int:
    """Answer the question that standard input brings."""
    question = msgspec.json.decode(sys.stdin.buffer.read(), type=Question)
    sys.stdout.buffer.write(msgspec.json.encode(ask(question)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
