"""TLS on one connection without its socket: records in, plain bytes out, and the other way round."""

import contextlib
import ssl
from dataclasses import dataclass

READ_SIZE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Decrypted:
    """What came of some bytes.

    Args:
        plain: what the client said.
        reply: what TLS itself has to say to that, of the handshake or an alert.
        ended: the client has said goodbye.
        problem: why this cannot go on.
    """

    plain: bytes
    reply: bytes
    ended: bool = False
    problem: str | None = None


class TlsSession:
    """The server's side of TLS.

    OpenSSL's own object on two buffers in memory, not asyncio's TLS: what waits stays where it is counted, a
    header of a proxy may stand before the first record, and the handshake has its deadline from the stream.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.is_ready = False
        """Whether the handshake is done."""

    def decrypt(self, data: bytes) -> Decrypted:
        """Take in what has arrived, however it was cut on its way."""
        self._incoming.write(data)
        plain: list[bytes] = []
        ended, problem = False, None
        try:
            if not self.is_ready:
                self._tls.do_handshake()
                self.is_ready = True
            while chunk := self._tls.read(READ_SIZE):
                plain.append(chunk)
            ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            problem = error.reason or str(error)
        return Decrypted(b"".join(plain), self._outgoing.read(), ended, problem)

    def encrypt(self, plain: bytes) -> bytes:
        """Turn what the client shall hear into records; the handshake must be done."""
        view = memoryview(plain)
        while view:
            view = view[self._tls.write(view) :]
        return self._outgoing.read()

    def say_goodbye(self) -> bytes:
        """Give the last record: nothing can be encrypted after it."""
        with contextlib.suppress(ssl.SSLError):  # the client may not have said its own yet
            self._tls.unwrap()
        return self._outgoing.read()
