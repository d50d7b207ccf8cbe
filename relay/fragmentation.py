"""Whether packets to peers may be fragmented on their way (DONT-FRAGMENT, RFC 8656 §14, §15)."""

import socket
import sys

from stunwire import Address

CAN_FORBID_FRAGMENTS = sys.platform.startswith("linux")
_IP_MTU_DISCOVER, _IPV6_MTU_DISCOVER = 10, 23  # linux/in.h, linux/in6.h; not in Python's `socket`
_OPTION4 = int(socket.IPPROTO_IP), _IP_MTU_DISCOVER
_OPTION6 = int(socket.IPPROTO_IPV6), _IPV6_MTU_DISCOVER
_MAY_FRAGMENT, _MUST_NOT = 0, 2


def allow_fragments(opened: socket.socket, host: str) -> None:
    """Let routers fragment what a socket sends, as RFC 8656 §14 has it: Linux forbids it unless told.

    Args:
        opened: a relay socket.
        host: what it is bound to.
    """
    if CAN_FORBID_FRAGMENTS:
        level, option = _option(host)
        try:  # an `except` costs a third of `contextlib.suppress`, and each allocation comes by here
            opened.setsockopt(level, option, _MAY_FRAGMENT)
        except OSError:
            return


def send_whole(opened: socket.socket, data: bytes, peer: Address) -> None:
    """Send one packet that nobody may fragment.

    Raises:
        OSError: as `sendto`; EMSGSIZE when the packet is known to be too large for its way.
    """
    option = _option(peer.host)
    opened.setsockopt(*option, _MUST_NOT)
    try:
        opened.sendto(data, peer)
    finally:
        opened.setsockopt(*option, _MAY_FRAGMENT)


def _option(host: str) -> tuple[int, int]:
    return _OPTION6 if ":" in host else _OPTION4
