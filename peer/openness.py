"""How well others reach us, measured within seconds, for the ticket with which a player waits for a match.

Not loaded with `peer`, since the diagnosis behind it is large: `from peer.openness import measure_openness`.
"""

from collections.abc import Iterable
from typing import Final

import nat.discovery
import signaling
from nat.discovery.network import Network
from peer.servers import IceServerLike, Transport, parse_servers

WITHIN: Final = 3.0
"""Seconds: a filter is known by what does not come, and that is waited for."""
_WISHES: Final = frozenset({nat.discovery.Wish.MAPPING, nat.discovery.Wish.FILTERING})
_WORDS: Final = {each: signaling.Openness(each.value) for each in nat.discovery.Openness}


async def measure_openness(
    servers: Iterable[IceServerLike], *, within: float = WITHIN, network: Network | None = None
) -> signaling.Openness:
    """Find out how well others reach us, over the STUN servers that everybody here gathers candidates from.

    It tells well only with servers at two addresses, or at two ports of one; all filters only with one that answers
    from a second address, too (RFC 5780). Nothing is asked of anybody else.

    Args:
        servers: ICE servers, such as `client.ice_servers`; those at UDP are asked, TURN servers as well.
        within: Seconds in which there is an answer.
        network: The world; None for the real one.

    Returns:
        What is sure; unknown where that is nothing.

    Raises:
        ConfigurationError: A server makes no sense.
        ValueError: `within` is not more than 0.
    """
    if within <= 0:
        raise ValueError(f"within is {within:g}, expected more than 0 seconds")
    asked = tuple(
        nat.discovery.StunServer(each.host, each.port)
        for each in parse_servers(servers)
        if each.transport is Transport.UDP
    )
    if not asked:
        return signaling.Openness.UNKNOWN
    plan = nat.discovery.Plan(servers=tuple(dict.fromkeys(asked)), wishes=_WISHES, deadline=within)
    report = await nat.discovery.discover(plan, network=network)
    return _WORDS[nat.discovery.openness_of(report)]
