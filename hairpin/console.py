"""One look for the terminal: colours with one meaning, numbers with units, errors in one line."""

import errno
import os
from typing import NoReturn

import typer
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

#: Green is direct or fine, amber works with help, red does not work; a word always stands beside it.
FINE, HELPED, BROKEN, QUIET = "green", "yellow", "red", "dim"

_PLAIN_WIDTH = 120
_NARROW = 64
"""Columns that a table needs: phones, and panes beside an editor, have less."""
_LONG_IN_SECONDS = 120


def stdout() -> Console:
    """Where results go; a pipe gets plain text, wide enough not to wrap a table."""
    console = Console(highlight=False, emoji=False, markup=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        return Console(highlight=False, emoji=False, markup=False, width=_PLAIN_WIDTH)
    return console


def stderr() -> Console:
    """Where progress and errors go."""
    return Console(stderr=True, highlight=False, emoji=False, markup=False)


def fail(message: str) -> NoReturn:
    """Print one line and exit with status 1."""
    stderr().print(Text.assemble(("error: ", BROKEN), message), soft_wrap=True)
    raise typer.Exit(1)


def table(*columns: str, title: str | None = None, right: tuple[str, ...] = ()) -> Table:
    """A table in the house's style.

    Args:
        columns: Headings.
        title: Above the table.
        right: The headings of columns with numbers.
    """
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for column in columns:
        numeric = column in right
        made.add_column(
            column,
            justify="right" if numeric else "left",
            no_wrap=numeric,
            overflow="fold",
        )
    return made


def put(out: Console, rows: Table) -> None:
    """Print a table; where that would have columns of a few letters, each row as some lines."""
    if out.width >= _NARROW:
        out.print(rows)
        return
    if rows.title is not None:
        out.print(Text(str(rows.title), "bold"))
    for first, *cells in zip(*(column.cells for column in rows.columns), strict=True):
        out.print(Text.assemble(_text(first), style="bold"))
        for column, cell in zip(rows.columns[1:], map(_text, cells), strict=True):
            if cell:
                line = Text.assemble((f"{column.header}: ", QUIET), cell)
                out.print(Padding(line, (0, 0, 0, 2)))


def _text(cell: RenderableType) -> Text:
    return cell if isinstance(cell, Text) else Text(str(cell))


def milliseconds(seconds: float | None) -> str:
    """A duration, without false precision: `0.4 ms`, `41 ms`, `1.2 s`."""
    if seconds is None:
        return "–"
    value = seconds * 1000
    if value < 0.05:
        return "< 0.1 ms"
    if value < 10:
        return f"{value:.1f} ms"
    return f"{value:.0f} ms" if value < 1000 else f"{seconds:.1f} s"


def span(seconds: float) -> str:
    """How long something has been or will be: `41 s`, `12 min`, `3 h 5 min`, `2 d 4 h`."""
    whole = max(0, int(seconds))
    for unit, size, below, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60)):
        if whole >= size:
            rest = whole % size // part
            return f"{whole // size} {unit}" + (f" {rest} {below}" if rest else "")
    return f"{whole // 60} min" if whole >= _LONG_IN_SECONDS else f"{whole} s"


def amount(size: float) -> str:
    """So many bytes: `812 B`, `1.2 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 99.95 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def count(number: int, thing: str) -> str:
    """So many things: `1 packet`, `1,204 packets`."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def printable(text: str) -> str:
    """Text that a stranger chose, with nothing in it that a terminal would obey."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def endpoint(address: tuple[str, int]) -> str:
    """An address in its one form: `203.0.113.7:4711`, `[2001:db8::1]:4711`."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_endpoint(text: str, *, option: str) -> tuple[str, int]:
    """Read `HOST:PORT` or `[IPV6]:PORT`.

    Raises:
        typer.BadParameter: It is neither.
    """
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon or not bare or (":" in bare and not bracketed) or not port.isdecimal():
        raise typer.BadParameter(f"{text!r} is not HOST:PORT or [IPV6]:PORT", param_hint=option)
    if int(port) > 65535:
        raise typer.BadParameter(f"{text!r}: ports are 0 to 65535", param_hint=option)
    return bare, int(port)


def cannot_listen(error: OSError, address: tuple[str, int], *, what: str, option: str) -> str:
    """Why a listener could not be opened, and what to do."""
    host, port = address
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use ({what}). Choose another with {option} HOST:PORT."
    if error.errno == errno.EACCES:
        return f"Port {port} on {host} needs more rights. Choose one above 1023 with {option} HOST:PORT."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine. Choose another with {option} HOST:PORT."
    return f"Cannot listen on {endpoint(address)}: {error.strerror or error}."
