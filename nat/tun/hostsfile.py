"""The names of a world for programs in its hosts: a mount namespace whose /etc/hosts knows them.

There is no file to remove: it is in a file system in memory that nobody else sees, and that
vanishes with the namespace, which vanishes with its last descriptor and the last program in it.
"""

import contextlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

from nat.tun.errors import TunLabError

_LOCAL: Final = "127.0.0.1 localhost\n::1 localhost ip6-localhost\n"
_NO_SERVER: Final = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"
"""Nobody answers there, and says so at once; a server of this machine's would be out of reach."""

# /tmp is hidden only while the two files are made in its place.
_SCRIPT: Final = """
mount -t tmpfs hairpin /tmp && printf %s "$1" >/tmp/hosts && printf %s "$2" >/tmp/resolv.conf &&
mount --bind /tmp/hosts /etc/hosts || exit 1
mount --bind /tmp/resolv.conf /etc/resolv.conf 2>/dev/null
umount -l /tmp && echo ready && read -r _
"""


class HostsFile:
    """A mount namespace in which names of the world are known.

    Args:
        names: each with its addresses.

    Raises:
        TunLabError: it could not be made.
    """

    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        # Chromium looks up the names of STUN and TURN servers with the final dot.
        lines = (
            f"{address} {name} {name}.\n" for name, found in names.items() for address in found
        )
        text = _LOCAL + "".join(lines)
        maker = subprocess.Popen(  # noqa: S603 - the script is ours
            ["unshare", "--mount", "--", "sh", "-c", _SCRIPT, "hosts", text, _NO_SERVER],  # noqa: S607 - of util-linux
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert maker.stdout is not None
        try:
            if maker.stdout.readline() != "ready\n":
                _, words = maker.communicate()
                raise TunLabError(f"no /etc/hosts could be made for the lab: {words.strip()}")
            path = f"/proc/{maker.pid}/ns/mnt"
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        finally:
            maker.communicate()

    def command(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs a program where the names are known."""
        path = f"/proc/{os.getpid()}/fd/{self._descriptor}"
        return ["nsenter", f"--mount={path}", "--wd=.", "--", *argv]

    def close(self) -> None:
        """Let go of it; programs that run in it keep it."""
        with contextlib.suppress(OSError):
            os.close(self._descriptor)
