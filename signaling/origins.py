"""Which web pages may connect: the Origin that a browser sends with each websocket.

A browser lets any page open a websocket to any server, also to one that listens on this machine or
behind a firewall; the Origin is the only thing that tells them apart. A program sends none, and is let in.

Where nothing is said (`origins=None`), a page may connect from anywhere, as is the custom with servers
of this kind, since nothing here depends on cookies: who a member is stands in its token. Except when
the connection comes from this very machine, without a proxy that says so: then the page must be from
this machine as well (`http://localhost:5173`), so that no page of a stranger uses by accident what was
meant for trying things out. The name in `Host` is no proof, as a stranger's name may resolve to 127.0.0.1;
an address in it is one, so that pages which the server serves itself may connect to it under its address;
and a name is one that the operator says is this server's.
"""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

NULL = "null"
"""What a page has for an origin that is a local file, or sandboxed; to be listed like any other."""


class Origins:
    """The origins that may connect.

    Args:
        allowed: Exact (`https://example.org`), with `*` for a run of characters without a slash or dot
            (`https://*.example.org`), `*` alone for all, or a compiled pattern that must match the whole.
        names: Of the server itself.
    """

    def __init__(
        self, allowed: Iterable[str | re.Pattern[str]] | None, names: Iterable[str] = ()
    ) -> None:
        self._names = frozenset(name.lower() for name in names)
        self._any = allowed is not None and "*" in (allowed := tuple(allowed))
        self._patterns = None if allowed is None else tuple(map(_pattern, allowed))

    def allows(self, origin: str | None, *, local: bool, own: str | None = None) -> bool:
        """Say whether a page from there may connect.

        Args:
            origin: As the browser sent it; None where there is none.
            local: Whether the connection comes from this machine, and for no one else.
            own: Where the server serves pages itself: its `Host`, as the browser wrote it.
        """
        if origin is None or self._any or (own is not None and self._is_own(origin, own)):
            return True
        if self._patterns is None:
            return not local or _is_of_this_machine(origin)
        return any(each.fullmatch(origin) for each in self._patterns)

    def _is_own(self, origin: str, own: str) -> bool:
        """Say whether a page comes from the very address that it connects to, which no stranger's name can pretend."""
        scheme, separator, host = origin.partition("://")
        if not separator or scheme not in {"http", "https"} or host.lower() != own.lower():
            return False
        try:
            name = urlsplit(origin).hostname or ""
        except ValueError:
            return False
        return name in self._names or _is_address(name) or _is_of_this_machine(origin)


def _pattern(allowed: str | re.Pattern[str]) -> re.Pattern[str]:
    if isinstance(allowed, re.Pattern):
        return allowed
    parts = (re.escape(part) for part in allowed.lower().rstrip("/").split("*"))
    return re.compile(r"[^./]+".join(parts), re.IGNORECASE)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_of_this_machine(origin: str) -> bool:
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
