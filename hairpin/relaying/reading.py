"""What a relay is to do: the file, if there is one, with the flags laid over it."""

from pathlib import Path

import relay
from hairpin.console import fail
from relay.configuration import Configuration, Document, make_configuration, read_document


def read(flags: Document, file: Path | None) -> Configuration:
    """Read the file anew and lay the flags over it.

    Raises:
        SettingsError: The file cannot be read, or a value cannot be meant.
    """
    below = Document() if file is None else read_document(file)
    return make_configuration(flags.laid_over(below))


def read_or_fail(flags: Document, file: Path | None) -> Configuration:
    """The same, but exit with one line where something is wrong."""
    try:
        return read(flags, file)
    except relay.SettingsError as error:
        fail(str(error))
