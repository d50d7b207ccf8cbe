"""The flags of `hairpin signaling`: each has a field here, and its place in the document that a file would be."""

from dataclasses import dataclass, field
from typing import Annotated

import typer

from signaling.operation.document import (
    Document,
    IceTable,
    JwtTable,
    LimitsTable,
    LogTable,
    TlsTable,
)

Texts = list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What the command line says; what it does not say is `None`."""

    listen: Annotated[
        Texts,
        typer.Option(
            metavar="HOST:PORT",
            help="Where to serve websockets [127.0.0.1:8080], or unix:PATH; repeatable.",
        ),
    ] = None
    redis: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="HAIRPIN_SIGNALING_REDIS",
            help="The Redis or Valkey that several nodes share: redis://HOST:PORT.",
        ),
    ] = field(default=None, repr=False)
    node: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of this node, which no other has; made up by default."),
    ] = None
    region: Annotated[
        str | None, typer.Option(metavar="NAME", help="Where this node stands, such as eu-west.")
    ] = None
    turn: Annotated[
        Texts,
        typer.Option(
            metavar="turn:HOST:PORT[?transport=tcp]",
            help="A TURN server that clients are told of; repeatable.",
        ),
    ] = None
    turn_secret: Annotated[
        str | None,
        typer.Option(
            metavar="SECRET",
            envvar="HAIRPIN_SIGNALING_TURN_SECRET",
            help="Shared with the TURN servers; credentials are made from it.",
        ),
    ] = field(default=None, repr=False)
    stun: Annotated[
        Texts, typer.Option(metavar="stun:HOST:PORT", help="A STUN server; repeatable.")
    ] = None
    jwt_key: Annotated[
        Texts,
        typer.Option(
            metavar="FILE",
            help="Clients must show a token signed with this: a secret, public keys in PEM, or a "
            "JWK set; read again when it changes; repeatable.",
        ),
    ] = None
    max_message: Annotated[
        int | None, typer.Option(metavar="BYTES", help="The longest message that is taken [65536].")
    ] = None
    transport: Annotated[
        str | None, typer.Option(metavar="NAME", help="websockets, or picows (websockets).")
    ] = None
    tls_cert: Annotated[
        str | None, typer.Option(metavar="FILE", help="The certificate and its chain, PEM.")
    ] = None
    tls_key: Annotated[str | None, typer.Option(metavar="FILE", help="Its key, PEM.")] = None
    origin: Annotated[
        Texts,
        typer.Option(
            metavar="ORIGIN",
            help="Pages that may connect, such as https://example.org; repeatable.",
        ),
    ] = None
    metrics: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="A listener of its own for /metrics and /healthz."),
    ] = None
    admin: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            envvar="HAIRPIN_SIGNALING_ADMIN",
            help="A unix socket for status, rooms, kick, drain and the like; for this user alone.",
        ),
    ] = None
    log: Annotated[
        str | None,
        typer.Option(metavar="LEVEL", help="debug, info, warning or error (info)."),
    ] = None
    log_format: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="console or json (console).")
    ] = None

    def document(self) -> Document:
        """Say the same as a file would."""
        limits = (
            LimitsTable() if self.max_message is None else LimitsTable(message=self.max_message)
        )
        return Document(
            listen=tuple(self.listen or ()),
            redis=self.redis,
            node=self.node,
            region=self.region,
            ice=IceTable(
                stun=tuple(self.stun or ()),
                turn=tuple(self.turn or ()),
                secret=self.turn_secret,
            ),
            jwt=JwtTable(key_files=tuple(self.jwt_key or ())),
            limits=limits,
            transport=self.transport,
            tls=TlsTable(certificate=self.tls_cert, key=self.tls_key),
            origins=tuple(self.origin) if self.origin else None,
            metrics=self.metrics,
            admin=self.admin,
            log=LogTable(level=self.log, format=self.log_format),
        )
