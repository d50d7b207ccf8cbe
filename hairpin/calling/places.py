"""Where a call goes: the name of a room, or the link of the video chat that somebody sent."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import signaling

DEFAULT_SIGNALING = "ws://127.0.0.1:8080"
_SCHEMES = {"http": "ws", "https": "wss"}


@dataclass(frozen=True, slots=True)
class Place:
    """A room at a server.

    Attributes:
        room: Its name.
        url: Of the signaling server, with its path.
        key: What is shown to be let in.
    """

    room: str
    url: str
    key: str | None = field(default=None, repr=False)


def read_place(room: str, url: str | None, key: str | None) -> Place:
    """Read what was typed: a room with its server, or a link such as `http://HOST:PORT/?room=blue#key=secret`.

    Raises:
        ValueError: It is neither; the message says what is allowed.
    """
    scheme, colon, _ = room.partition("://")
    if not colon or scheme not in _SCHEMES:
        return Place(room, signaling_url(url), key)
    parts = urlsplit(room)
    named = parse_qs(parts.query).get("room", [""])[0]
    if not named or not parts.hostname:
        raise ValueError(f"{room!r} names no room, as http://HOST:PORT/?room=NAME does")
    told = parse_qs(parts.fragment).get("key", [""])[0]
    there = f"{_SCHEMES[scheme]}://{parts.netloc}"
    return Place(named, signaling_url(url or there), key or told or None)


def signaling_url(text: str | None) -> str:
    """The address of a signaling server, with the path that `hairpin up` serves.

    Args:
        text: `ws://HOST:PORT`, `wss://HOST`, or `None` for a server that `hairpin up` runs here.

    Raises:
        ValueError: It is none; the message says what is allowed.
    """
    given = text or DEFAULT_SIGNALING
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{given!r} is no address: {error}") from None
    if parts.scheme not in {"ws", "wss"} or not parts.hostname or port == 0:
        raise ValueError(f"{given!r} is not ws://HOST:PORT or wss://HOST[:PORT]")
    path = parts.path if parts.path not in {"", "/"} else signaling.PATH
    return parts._replace(path=path).geturl()
