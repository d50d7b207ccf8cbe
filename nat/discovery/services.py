"""Names of services in DNS (RFC 2782): where a domain has its STUN servers (RFC 5780 §5, RFC 8489 §8.1)."""

import importlib
import socket
from typing import Any, Final

LIFETIME: Final = 1.5
"""Seconds in which there must be an answer."""
MOST: Final = 4
"""Places that are kept of a service."""


async def find_places(service: str) -> tuple[tuple[str, int], ...]:
    """Look a service up: hosts and ports, those to be preferred first.

    Args:
        service: such as `_stun-behavior._udp.example.org`.

    Raises:
        OSError: there is none (with the number EAI_NONAME), or nobody to ask.
    """
    # only who names a service pays for a resolver of its own
    resolver: Any = importlib.import_module("dns.asyncresolver")
    errors: Any = importlib.import_module("dns.exception")
    try:
        answer = await resolver.resolve(service, "SRV", lifetime=LIFETIME)
    except (resolver.NXDOMAIN, resolver.NoAnswer):
        raise OSError(socket.EAI_NONAME, f"{service} does not resolve: no such service") from None
    except errors.DNSException as error:
        words = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise OSError(f"{service} does not resolve: {words}") from None
    # RFC 2782 has the weight draw lots; a diagnosis rather asks the same one each time
    found = sorted(answer, key=lambda each: (each.priority, -each.weight))
    places = [(each.target.to_text(omit_final_dot=True), each.port) for each in found]
    # RFC 2782: "A Target of "." means that the service is decidedly not available at this domain."
    kept = tuple((host, port) for host, port in places if host not in {"", "."} and port)
    if not kept:
        raise OSError(socket.EAI_NONAME, f"{service} is not offered")
    return kept[:MOST]
