"""A generic application-layer gateway: addresses in payloads are rewritten (RFC 4787 §7)."""

import re
from ipaddress import ip_address

from nat.packets import Address


def rewrite(payload: bytes, old: Address, new: Address) -> bytes:
    """Put one endpoint in the place of another, wherever it stands in a payload.

    It is looked for as text, as bytes with its port behind or before it (as in FTP's successors and
    in STUN's MAPPED-ADDRESS), and as bytes without a port. XOR-MAPPED-ADDRESS exists because of
    such gateways (RFC 8489 §14.2).
    """
    old_port, new_port = old.port.to_bytes(2, "big"), new.port.to_bytes(2, "big")
    was, becomes = ip_address(old.host).packed, ip_address(new.host).packed
    text = rb"(?<![\d.])" + re.escape(str(old).encode()) + rb"(?!\d)"
    payload = re.sub(text, str(new).encode(), payload)
    for before, after in (
        (was + old_port, becomes + new_port),
        (old_port + was, new_port + becomes),
        (was, becomes),
    ):
        payload = payload.replace(before, after)
    return payload
