"""From what was asked for to where the servers listen, by which certificate, and what others are told."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hairpin.allinone import selfsigned
from hairpin.allinone.certificates import Shown, read
from hairpin.allinone.lan import Lan, is_of_this_machine_alone
from hairpin.allinone.options import LAN, Absent, Address, Tls, UpOptions
from hairpin.console import endpoint
from hairpin.matching.duel import DUEL
from hairpin.pages.site import site
from hairpin.services import Services
from relay import PeerPolicy, Reach
from signaling.tls import TlsFiles

_HERE = "127.0.0.1"
_PORT, _RELAY_PORT, _RELAY_TLS_PORT = 8080, 3478, 5349
_EVERY = {"0.0.0.0", "::"}
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class NoPlanError(ValueError):
    """What was asked for cannot be done on this machine; the message says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is about to be served.

    Attributes:
        services: The two servers.
        tls: Which certificate is shown.
        certificate: What stands in it.
        names: The names and addresses that a certificate made here is for.
        lan: Where this machine is in its network, if that was looked for.
        room: A room that nobody guesses, for the link.
    """

    services: Services
    tls: Tls
    certificate: Shown | None
    names: tuple[str, ...]
    lan: Lan | None
    room: str

    @property
    def is_for_this_machine_alone(self) -> bool:
        """Whether nobody else can open the pages."""
        return is_of_this_machine_alone(self.services.signaling_address[0])

    @property
    def has_local_metrics(self) -> bool:
        """Whether this machine can ask for `/metrics` beside the pages, which others cannot."""
        hosts = {
            host for host, _ in (self.services.signaling_address, *self.services.signaling_besides)
        }
        return any(host in _EVERY or is_of_this_machine_alone(host) for host in hosts)


def make(options: UpOptions, lan: Lan | None, state: Path | None, now: datetime) -> Plan:
    """Decide, and have the certificate ready.

    Args:
        options: What was asked for.
        lan: Where this machine is in its network; it need be known only where `needs_lan` says so.
        state: The directory that a certificate made here is kept in.
        now: With a time zone.

    Raises:
        NoPlanError: There is no such network, or the relay has no address to tell.
        UnusableCertificateError: There is no certificate to serve with.
        ValueError: The options do not fit together.
    """
    host = _host(options, lan)
    signaling, relay = options.signaling or (host, _PORT), options.relay or (host, _RELAY_PORT)
    if relay[0] in _EVERY and options.public_host is None:
        raise NoPlanError(
            f"The relay listens on every address ({endpoint(relay)}), so tell which one "
            "clients should use: --public-host ADDRESS."
        )
    names = _names(options, signaling[0], relay[0], lan)
    files, shown = _certificate(options, names, state, now)
    called = options.names
    if not called and options.tls.kind is Tls.FILES and shown is not None:
        called = shown.names
    return Plan(
        services=Services(
            signaling_address=signaling,
            signaling_besides=_besides(options, signaling),
            tls=files,
            names=called,
            relay_address=relay,
            second=_second(options, relay, lan),
            relay_tls=_relay_tls(options, relay, called),
            secret=options.secret or secrets.token_urlsafe(32),
            public_host=options.public_host,
            relay_ports=options.relay_ports,
            peers=PeerPolicy(reach=Reach.LOCAL if options.allow_private_peers else Reach.PUBLIC),
            pages=site(),
            queues=(DUEL,),
        ),
        tls=options.tls.kind,
        certificate=shown,
        names=names,
        lan=lan,
        room=draw_room(),
    )


def needs_lan(options: UpOptions) -> bool:
    """Say whether the address in the network has to be looked for."""
    return _host_asked(options) == LAN or options.tls.kind is Tls.SELF_SIGNED


def draw_room() -> str:
    """A name for a room that nobody guesses, as the page draws one."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(12))
    return "-".join(letters[at : at + 4] for at in (0, 4, 8))


def _host_asked(options: UpOptions) -> str | None:
    """Phones are what a certificate made here is for."""
    if options.host is None and options.tls.kind is Tls.SELF_SIGNED and options.signaling is None:
        return LAN
    return options.host


def _host(options: UpOptions, lan: Lan | None) -> str:
    asked = _host_asked(options)
    if asked != LAN:
        return asked or _HERE
    if lan is None:
        raise NoPlanError(
            "This machine is in no private network, so phones do not reach it. Tell the address to listen at "
            "with --host ADDRESS, or stay on this machine with --host 127.0.0.1."
        )
    return lan.address


def _names(options: UpOptions, signaling: str, relay: str, lan: Lan | None) -> tuple[str, ...]:
    """What browsers may write for this machine."""
    if signaling not in _EVERY:
        return (signaling, *options.names)
    ours = () if lan is None else (lan.address, *filter(None, [lan.beside]), *lan.others)
    told = options.public_host or relay
    return tuple(dict.fromkeys((told, *ours, *options.names)))


def _certificate(
    options: UpOptions, names: tuple[str, ...], state: Path | None, now: datetime
) -> tuple[TlsFiles | None, Shown | None]:
    match options.tls.kind:
        case Tls.NONE:
            return None, None
        case Tls.SELF_SIGNED:
            kept = selfsigned.keep(state or selfsigned.folder(), names, now)
            return TlsFiles(kept.shown.path, kept.key), kept.shown
        case Tls.FILES:
            files = TlsFiles(options.tls.certificate, options.tls.key)
            return files, read(files.certificate, now)


def _besides(options: UpOptions, signaling: Address) -> tuple[Address, ...]:
    """This machine finds the pages at `localhost`, too, which is where it may ask for metrics."""
    host, port = signaling
    if options.signaling is not None or host in _EVERY or is_of_this_machine_alone(host):
        return ()
    return ((_HERE, port),)


def _second(options: UpOptions, relay: Address, lan: Lan | None) -> Address | None:
    match options.alternate:
        case Absent():
            return None
        case None:
            host, port = relay
            if (
                lan is not None
                and lan.beside
                and host == lan.address
                and options.public_host is None
            ):
                host = lan.beside
            return host, port and port % 65535 + 1
    return options.alternate


def _relay_tls(options: UpOptions, relay: Address, called: tuple[str, ...]) -> Address | None:
    """Browsers take TURN over TLS from a certificate that they trust by themselves, and not from one made here."""
    if options.tls.kind is not Tls.FILES or not called:
        if isinstance(options.relay_tls, tuple):
            raise NoPlanError("--relay-tls needs --tls-cert with a name in it, or --name.")
        return None
    match options.relay_tls:
        case Absent():
            return None
        case None:
            return relay[0], _RELAY_TLS_PORT if relay[1] else 0
    return options.relay_tls
