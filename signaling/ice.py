"""ICE servers as members are told of them, with TURN credentials minted for one session."""

from signaling.messages import IceServer
from signaling.settings import IceSettings
from stunwire.credentials import mint


def ice_servers(settings: IceSettings, user: str, unix_now: float) -> tuple[IceServer, ...]:
    """List the servers for `user`, whose TURN credential lives `settings.ttl` seconds from now."""
    servers: list[IceServer] = []
    if settings.stun_urls:
        servers.append(IceServer(settings.stun_urls))
    if settings.turn_urls:
        assert settings.secret is not None
        minted = mint(settings.secret, user, settings.ttl, unix_now)
        servers.append(IceServer(settings.turn_urls, minted.username, minted.password))
    return tuple(servers)
