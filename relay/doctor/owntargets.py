"""Whom to examine where the relay's own configuration is at hand: every listener, as its first user."""

from relay.doctor.target import Login, Secret, Target
from relay.fivetuple import Transport
from relay.interfaces import family_of, is_wildcard
from relay.settings import Settings
from stunwire import Address, Family

_LOOPBACK = {Family.IPV4: "127.0.0.1", Family.IPV6: "::1"}


def own_targets(settings: Settings, *, name: str | None = None) -> tuple[Target, ...]:
    """Make a target of each listener; one on every address is examined on loopback.

    Args:
        settings: of the relay.
        name: whom its certificate is for.
    """
    access = _access(settings)
    external = _external(settings)
    return tuple(
        Target(
            host=_host(address),
            port=address.port,
            transport=transport,
            access=access,
            realm=settings.realm,
            external=external,
            name=name,
        )
        for transport, addresses in (
            (Transport.UDP, settings.listen),
            (Transport.TCP, settings.listen_tcp),
            (Transport.TLS, settings.listen_tls),
        )
        for address in addresses
    )


def _host(address: Address) -> str:
    return _LOOPBACK[family_of(address.host)] if is_wildcard(address.host) else address.host


def _access(settings: Settings) -> Login | Secret | None:
    if settings.rest_secrets:
        secret = settings.rest_secrets[0]
        text = secret.decode() if isinstance(secret, bytes) else secret
        return Secret(text, algorithm=settings.rest_hashes[0])
    return next((Login(*user) for user in settings.users.items()), None)


def _external(settings: Settings) -> tuple[str, ...]:
    given = settings.external_address
    texts = (given,) if isinstance(given, str) else given or ()
    return tuple(text.partition("/")[0] for text in texts)
