"""ICE servers as members are told of them: the nearest relays first, with credentials minted for one session."""

from collections.abc import Iterable

from signaling.messages import IceServer
from signaling.settings import IceSettings, TurnRelay
from stunwire.credentials import mint


def ice_servers(
    settings: IceSettings, user: str, unix_now: float, region: str = ""
) -> tuple[IceServer, ...]:
    """List the servers for `user`, whose TURN credentials live `settings.ttl` seconds from now.

    Args:
        settings: The servers there are.
        user: Whom the credentials are for.
        unix_now: Seconds since 1970.
        region: Where the user is, in the words that the relays' regions are written in.
    """
    servers: list[IceServer] = []
    if settings.stun_urls:
        servers.append(IceServer(settings.stun_urls))
    for relay in nearest_first(settings.every_relay, region)[: settings.most]:
        minted = mint(relay.secret, user, settings.ttl, unix_now)
        servers.append(IceServer(relay.urls, minted.username, minted.password))
    return tuple(servers)


def nearest_first(relays: Iterable[TurnRelay], region: str) -> list[TurnRelay]:
    """Put relays in order: the more words a region begins with in common, the nearer; as given otherwise.

    Those that stand anywhere come before those in a region that has nothing in common.
    """
    return sorted(relays, key=lambda relay: -_nearness(relay.region, region))


def _nearness(one: str, other: str) -> float:
    if not one:
        return 0.5
    words = zip(one.lower().split("-"), other.lower().split("-"), strict=False)
    common = 0
    for ours, theirs in words:
        if ours != theirs:
            break
        common += 1
    exact = one.lower() == other.lower()
    return common + 0.5 * exact


class IceList:
    """The servers there are now; the list may change while the server runs.

    Args:
        settings: At first.
        region: Where this node is, for clients that do not say where they are.
    """

    def __init__(self, settings: IceSettings, region: str = "") -> None:
        self.settings = settings
        self._region = region

    def servers(self, user: str, unix_now: float, region: str = "") -> tuple[IceServer, ...]:
        """List the servers for `user`, as they are now."""
        return ice_servers(self.settings, user, unix_now, region or self._region)
