"""The file and the flags, made into one configuration; or one line that says what is wrong."""

import os
from pathlib import Path

from hairpin.console import fail
from signaling.faults import OperatorError
from signaling.operation.configuration import Configuration, make_configuration
from signaling.operation.document import Document, read_document


def read(flags: Document, file: Path | None) -> Configuration:
    """Read the file anew and lay the flags over it.

    Raises:
        OperatorError: The file cannot be read, or a value cannot be meant.
    """
    below = Document() if file is None else read_document(file)
    return make_configuration(flags.laid_over(below), os.environ)


def read_or_fail(flags: Document, file: Path | None) -> Configuration:
    """The same, but exit with one line where something is wrong."""
    try:
        return read(flags, file)
    except OperatorError as error:
        fail(f"{error}.")
