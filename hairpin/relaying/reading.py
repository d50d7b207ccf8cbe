"""What a relay is to do: the file, if there is one, with the flags laid over it."""

import os
from pathlib import Path

import msgspec
from msgspec import structs

import relay
from hairpin.console import fail
from relay.configuration import Configuration, Document, make_configuration, read_document
from relay.usersfile import UsersFile, UsersRead

WEBHOOK_SECRET = "HAIRPIN_RELAY_WEBHOOK_SECRET"  # noqa: S105 - its name
"""The variable in the environment, which others on this machine cannot read as they can a command line."""


def read(flags: Document, file: Path | None) -> Configuration:
    """Read the file anew and lay the flags over it.

    Raises:
        SettingsError: The file cannot be read, or a value cannot be meant.
    """
    below = Document() if file is None else read_document(file)
    return make_configuration(_with_webhook_secret(flags.laid_over(below)))


def _with_webhook_secret(document: Document) -> Document:
    """Take the secret of a webhook from the environment, where there is one and it has none."""
    secret, table = os.environ.get(WEBHOOK_SECRET), document.webhook
    if not secret or table.url is msgspec.UNSET or table.secret is not msgspec.UNSET:
        return document
    return structs.replace(document, webhook=structs.replace(table, secret=secret))


def read_or_fail(flags: Document, file: Path | None) -> Configuration:
    """The same, but exit with one line where something is wrong."""
    try:
        return read(flags, file)
    except relay.SettingsError as error:
        fail(str(error))


def read_users_or_fail(configuration: Configuration) -> UsersRead | None:
    """Read the users file, if there is to be one, or exit with one line where something is wrong."""
    settings = configuration.settings
    if settings.users_file is None:
        return None
    try:
        return UsersFile(settings.users_file, settings.realm).read()
    except relay.UsersFileError as error:
        fail(str(error))
