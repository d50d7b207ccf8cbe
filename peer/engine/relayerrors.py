"""What can go wrong with a relay, and errors in words."""

import os
import ssl

from peer.candidates import Address
from peer.turn import Redirected


class RelayError(OSError):
    """A TURN server gives no allocation. `code` is the STUN error code, or `None`."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.code = code


class RedirectedError(RelayError):
    """Another server is to be asked."""

    def __init__(self, redirected: Redirected) -> None:
        super().__init__("300 another server is to be asked", 300)
        self.server: Address = (redirected.server.host, redirected.server.port)
        self.domain = redirected.domain


class PeerRefusedError(OSError):
    """A TURN server does not relay to `peer`. `code` is the STUN error code."""

    def __init__(self, peer: Address, reason: str, code: int) -> None:
        super().__init__(f"the relay refuses {peer[0]}: {reason}")
        self.peer = peer
        self.code = code


class PeerUnreachableError(OSError):
    """The network told a TURN server that `peer` cannot be reached."""

    def __init__(self, peer: Address, icmp_type: int, icmp_code: int) -> None:
        super().__init__(f"{peer[0]} is unreachable from the relay (ICMP {icmp_type}/{icmp_code})")
        self.peer = peer


def describe(error: Exception) -> str:
    """An error in words, also where the library gives none."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS failed: {getattr(error, 'reason', None) or error}"
        case TimeoutError():
            return "no answer"
        case OSError() if error.errno is not None:
            return os.strerror(error.errno)
    return str(error) or type(error).__name__
