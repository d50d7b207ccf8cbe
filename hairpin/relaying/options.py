"""The flags of `hairpin relay`: each has a field here, and its place in the document that a file would be."""

from dataclasses import dataclass, field
from typing import Annotated

import typer

from relay.configuration import Document, WebhookTable

Texts = list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What the command line says; what it does not say is `None`, empty or false."""

    listen: Annotated[
        Texts,
        typer.Option(
            metavar="ADDRESS:PORT", help="Where to serve clients over UDP and TCP; repeatable."
        ),
    ] = None
    udp_listen: Annotated[
        Texts, typer.Option(metavar="ADDRESS:PORT", help="The same over UDP alone.")
    ] = None
    tcp_listen: Annotated[
        Texts, typer.Option(metavar="ADDRESS:PORT", help="The same over TCP alone.")
    ] = None
    tls_listen: Annotated[
        Texts, typer.Option(metavar="ADDRESS:PORT", help="The same over TLS.")
    ] = None
    dtls_listen: Annotated[
        Texts, typer.Option(metavar="ADDRESS:PORT", help="The same over DTLS.")
    ] = None
    tls_cert: Annotated[
        str | None, typer.Option(metavar="FILE", help="The certificate and its chain, PEM.")
    ] = None
    tls_key: Annotated[str | None, typer.Option(metavar="FILE", help="Its key, PEM.")] = None
    alternate: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS:PORT", help="A second host and port, for NAT discovery (RFC 5780)."
        ),
    ] = None
    relay_ip: Annotated[
        Texts,
        typer.Option(metavar="ADDRESS", help="The address to relay from; one of each family."),
    ] = None
    external_ip: Annotated[
        Texts,
        typer.Option(
            metavar="ADDRESS",
            help="The address to announce, behind a one-to-one NAT; one of each family, or "
            "PUBLIC/PRIVATE for each that is mapped.",
        ),
    ] = None
    realm: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the long-term credentials.")
    ] = None
    user: Annotated[
        Texts, typer.Option(metavar="NAME:PASSWORD", help="A user that may relay; repeatable.")
    ] = field(default=None, repr=False)
    users_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="More users, one a line; see `relay key`.")
    ] = None
    webhook: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Asked for other users; its secret is HAIRPIN_RELAY_WEBHOOK_SECRET.",
        ),
    ] = None
    secret: Annotated[
        Texts,
        typer.Option(
            metavar="SECRET",
            envvar="HAIRPIN_RELAY_SECRET",
            help="Of time-limited credentials, the newest first; repeatable.",
        ),
    ] = field(default=None, repr=False)
    allow_peer: Annotated[
        Texts,
        typer.Option(metavar="CIDR", help="A network that clients may reach; repeatable."),
    ] = None
    deny_peer: Annotated[
        Texts, typer.Option(metavar="CIDR", help="A network that they may not; repeatable.")
    ] = None
    min_port: Annotated[
        int | None, typer.Option(metavar="PORT", help="First relay port [49152].")
    ] = None
    max_port: Annotated[
        int | None, typer.Option(metavar="PORT", help="Last relay port [65535].")
    ] = None
    tcp_relay: Annotated[
        bool | None,
        typer.Option(
            help="Whether TCP and TLS clients may have peers over TCP (RFC 6062) "
            "[in networks of --allow-peer, and each other's relayed addresses]."
        ),
    ] = None
    longest_pause: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="By so much packets may be held up, to take more at once [0.0003]; 0: never.",
        ),
    ] = None
    mobility: Annotated[
        bool,
        typer.Option(
            "--mobility",
            help="Let clients take allocations along to another address (RFC 8016).",
        ),
    ] = False
    metrics: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS:PORT", help="Where to serve /metrics and /healthz."),
    ] = None
    admin: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            envvar="HAIRPIN_RELAY_ADMIN",
            help="A unix socket to answer status, sessions and the like at, for its owner alone.",
        ),
    ] = None

    def document(self) -> Document:
        """Say the same as a file would.

        Raises:
            typer.BadParameter: A user has no name or no password.
        """
        return Document(
            listen=tuple(self.listen or ()),
            udp_listen=tuple(self.udp_listen or ()),
            tcp_listen=tuple(self.tcp_listen or ()),
            tls_listen=tuple(self.tls_listen or ()),
            dtls_listen=tuple(self.dtls_listen or ()),
            tls_cert=self.tls_cert,
            tls_key=self.tls_key,
            alternate=self.alternate,
            realm=self.realm,
            users=dict(_user(text) for text in self.user or ()),
            users_file=self.users_file,
            webhook=WebhookTable() if self.webhook is None else WebhookTable(url=self.webhook),
            rest_secrets=tuple(self.secret or ()),
            relay_ip=self.relay_ip or None,
            external_ip=self.external_ip or None,
            min_port=self.min_port,
            max_port=self.max_port,
            allow_peers=tuple(self.allow_peer or ()),
            deny_peers=tuple(self.deny_peer or ()),
            tcp_relay=self.tcp_relay,
            longest_pause=self.longest_pause,
            mobility=self.mobility,
            metrics=self.metrics,
            admin=self.admin,
        )


def _user(text: str) -> tuple[str, str]:
    name, colon, password = text.partition(":")
    if not colon or not name or not password:
        raise typer.BadParameter("expected NAME:PASSWORD", param_hint="--user")
    return name, password
