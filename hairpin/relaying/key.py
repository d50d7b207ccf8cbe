"""`hairpin relay key`: a line for the users file, with keys in place of the password."""

import sys
from pathlib import Path
from typing import Annotated

import typer

import relay
from hairpin.console import fail
from hairpin.relaying.reading import read_or_fail
from relay.configuration import Document
from relay.users import Password, make_keys
from relay.usersfile import check_name, encode_keys


def key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the user.")],
    realm: Annotated[str | None, typer.Option(help="The relay's [hairpin].")] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A TOML file that has the realm.")
    ] = None,
) -> None:
    """Print a line for the users file, with keys in place of the password.

    The password is asked for, or read as one line where standard input is no terminal. Keys are good
    for this name and realm alone; who reads them can relay, but has to guess the password.

    Example: hairpin relay key alice --realm example.org >> users

    Exit status: 0 the line is printed, 1 the name or the password cannot be used, 2 wrong arguments.
    """
    settings = read_or_fail(Document(realm=realm), config).settings
    try:
        prepared = check_name(name)
        keys = make_keys(prepared, settings.realm, Password(_password()).text)
        typer.echo(encode_keys(prepared, settings.realm, keys))
    except relay.RelayError as error:
        fail(str(error))


def _password() -> str:
    if sys.stdin.isatty():
        asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return asked
    return sys.stdin.readline().rstrip("\r\n")
