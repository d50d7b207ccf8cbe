"""`hairpin signaling token`: a token for a client."""

import time
from pathlib import Path
from typing import Annotated

import typer

from hairpin.console import fail
from signaling.faults import KeyFileError
from signaling.identity import Grants, mint_token, read_signing_key
from signaling.messages import Role


def token(
    key: Annotated[
        Path, typer.Option(metavar="FILE", help="The secret, or the private key in PEM.")
    ],
    room: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="A room it may join; repeatable (all)."),
    ] = None,
    subject: Annotated[str, typer.Option(metavar="NAME", help="Whom it is for.")] = "",
    peer: Annotated[str | None, typer.Option(metavar="NAME", help="The name it must bear.")] = None,
    role: Annotated[Role | None, typer.Option(help="Its role in the rooms.")] = None,
    ttl: Annotated[int, typer.Option(min=1, metavar="SECONDS", help="How long it is good.")] = 3600,
    kid: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the key in a JWK set.")
    ] = None,
    audience: Annotated[str | None, typer.Option(metavar="NAME", help="Its `aud`.")] = None,
    issuer: Annotated[str | None, typer.Option(metavar="NAME", help="Its `iss`.")] = None,
) -> None:
    """Make a token that a server started with --jwt-key takes, and print it.

    Example: hairpin signaling token --key secret --room 'team-*' --subject alice --ttl 600

    Exit status: 0 it is made, 1 the key cannot be used, 2 wrong arguments.
    """
    try:
        signing = read_signing_key(key, kid)
    except KeyFileError as error:
        fail(f"{error}.")
    grants = Grants(rooms=tuple(room) if room else ("*",), role=role, peer=peer)
    made = mint_token(
        signing,
        grants,
        lifetime=ttl,
        unix_now=time.time(),
        subject=subject,
        audience=audience,
        issuer=issuer,
    )
    typer.echo(made)
