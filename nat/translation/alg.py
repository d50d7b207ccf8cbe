"""A generic application-layer gateway: addresses in payloads are rewritten (RFC 4787 §7)."""

import re
from functools import lru_cache

from nat.checksums import packed
from nat.packets import Address

_MANY = 256


def rewrite(payload: bytes, old: Address, new: Address) -> bytes:
    """Put one endpoint in the place of another, wherever it stands in a payload.

    It is looked for as text, as bytes with its port behind or before it (as in FTP's successors and
    in STUN's MAPPED-ADDRESS), and as bytes without a port. XOR-MAPPED-ADDRESS exists because of
    such gateways (RFC 8489 §14.2).
    """
    old_port, new_port = old.port.to_bytes(2, "big"), new.port.to_bytes(2, "big")
    was, becomes = packed(old.host), packed(new.host)
    if str(old).encode() in payload:  # seldom; and making the pattern takes a while
        payload = _text(old).sub(str(new).encode(), payload)
    for before, after in (
        (was + old_port, becomes + new_port),
        (old_port + was, new_port + becomes),
        (was, becomes),
    ):
        payload = payload.replace(before, after)
    return payload


@lru_cache(_MANY)
def _text(endpoint: Address) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![\d.])" + re.escape(str(endpoint).encode()) + rb"(?!\d)")
