"""The sessions that a router in the kernel tracks: shown, and forgotten."""

import socket
import struct
from pathlib import Path
from typing import Final

from nat.kernel.namespaces import Namespace

_NETLINK_NETFILTER: Final = 12
_DELETE: Final = (1 << 8) | 2  # NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE
_REQUEST_WITH_ANSWER: Final = 1 | 4
_HEADER: Final = struct.Struct("=IHHII")
_ERROR: Final = struct.Struct("=i")
_ALL: Final = bytes(4)  # every family, version 0


def flush(namespace: Namespace) -> None:
    """Forget every session there, as a router that restarts does.

    Raises:
        OSError: the kernel refused.
    """
    with namespace.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as line:
        size = _HEADER.size + len(_ALL)
        line.send(_HEADER.pack(size, _DELETE, _REQUEST_WITH_ANSWER, 1, 0) + _ALL)
        answer = line.recv(4096)
    (error,) = _ERROR.unpack_from(answer, _HEADER.size)
    if error:
        raise OSError(-error, "conntrack: the sessions could not be forgotten")


def sessions(namespace: Namespace) -> tuple[str, ...]:
    """The sessions there, one line each."""
    with namespace.entered():
        table = Path("/proc/thread-self/net/nf_conntrack").read_text()
    return tuple(table.splitlines())
