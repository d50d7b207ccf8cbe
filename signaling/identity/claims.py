"""What a token says: the registered claims (RFC 7519 §4.1), and what it grants here, in `hairpin`.

::

    {"sub": "alice@example.org", "exp": 1700000600, "aud": "signaling.example.org",
     "hairpin": {"rooms": ["team-*", "lobby"], "role": "host", "peer": "alice", "meta": {"name": "Alice"},
                 "mm": {"rating": 1620}}}
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from signaling.parts import Metadata, PeerName, Rating, Role

CLAIM = "hairpin"
MOST_PATTERNS = 64

Pattern = Annotated[str, Meta(min_length=1, max_length=128)]
Moment = Annotated[float, Meta(ge=0, le=2**53)]
"""Seconds since 1970, whole or not (RFC 7519 §2)."""


class MatchGrants(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What a token says for matchmaking: how well its bearer plays, whatever the client says."""

    rating: Rating | None = None


class Grants(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What a token grants; each field may be left out.

    Attributes:
        rooms: The rooms it may join, `*` for any run of characters; all if it is left out, none if empty.
        role: The role it has there: `host` or `member`.
        peer: The name it must bear.
        meta: What the other members are told of it, whatever the client says of itself.
        mm: What counts in queues.
    """

    rooms: Annotated[tuple[Pattern, ...], Meta(max_length=MOST_PATTERNS)] = ("*",)
    role: Role | None = None
    peer: PeerName | None = None
    meta: Metadata | None = None
    mm: MatchGrants = MatchGrants()


class Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The claims that are looked at; others may be there."""

    sub: Annotated[str, Meta(max_length=256)] = ""
    iss: str | None = None
    aud: str | tuple[str, ...] | None = None
    exp: Moment | None = None
    nbf: Moment | None = None
    iat: Moment | None = None
    hairpin: Grants = Grants()


class Header(msgspec.Struct, frozen=True):
    """The header of a token as far as it is looked at before its signature (RFC 7515 §4.1)."""

    alg: str
    kid: str | None = None
    crit: msgspec.Raw | None = None
    b64: msgspec.Raw | None = None
