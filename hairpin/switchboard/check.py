"""`hairpin signaling check`: is a configuration file right?"""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from hairpin.console import FINE, fail, stdout
from hairpin.switchboard.reading import read_or_fail
from signaling.faults import KeyFileError
from signaling.identity import KeyFile
from signaling.operation.document import Document


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A TOML file.")],
) -> None:
    """Say whether a configuration file is right, the files with keys that it names among it.

    Example: hairpin signaling check /etc/hairpin/signaling.toml

    Exit status: 0 it is right, 1 it is not, 2 wrong arguments.
    """
    configuration = read_or_fail(Document(), file)
    try:
        for path in configuration.identity.key_files:
            KeyFile(path)
    except KeyFileError as error:
        fail(f"{error}.")
    stdout().print(Text.assemble(("Right.", FINE), f" {file} can be used."), soft_wrap=True)
