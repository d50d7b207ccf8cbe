"""What a call shows while it lasts: results on standard output, progress on standard error."""

import asyncio
import contextlib
import sys
from typing import TextIO

from rich.text import Text

from hairpin.calling import status
from hairpin.calling.plan import CallPlan, Doing
from hairpin.console import FINE, HELPED, endpoint, stderr
from peer import Path, PathKind, Session
from peer.report import IceReport


class Screen:
    """Where a call prints.

    Args:
        plan: How much to print.
        out: Where chat lines go.
    """

    def __init__(self, plan: CallPlan, out: TextIO | None = None) -> None:
        self._quiet = plan.quiet or plan.as_json
        self._chats = plan.doing is Doing.CHAT
        self._out = sys.stdout if out is None else out
        self._console = stderr()
        self._live = self._console.is_terminal and not self._quiet
        self._shown = False

    def say(self, text: str) -> None:
        """Print a line of progress."""
        if not self._quiet:
            self.clear()
            self._console.print(Text(text), soft_wrap=True)

    def line(self, text: str) -> None:
        """Print a line that the other side wrote."""
        self.clear()
        with contextlib.suppress(BrokenPipeError):
            print(text, file=self._out, flush=True)

    def said(self, name: str, text: str) -> None:
        """Print what somebody said: bare where a chat goes into a pipe, with the name else."""
        if self._chats and not self._out.isatty():
            self.line(text)
        elif self._chats or not self._quiet:
            self.line("\n".join(f"{name}: {line}" for line in text.split("\n")))

    def connected(self, remote: str, path: Path | None) -> None:
        """Print with whom and how."""
        if self._quiet:
            return
        self.clear()
        parts: list[str | tuple[str, str]] = [("Connected", FINE), f" with {remote}"]
        if path is not None:
            colour = HELPED if path.kind is PathKind.RELAYED else FINE
            parts += [": ", (path.kind.words, colour), f", to {endpoint(path.remote)}"]
        self._console.print(Text.assemble(*parts, ". Stop with Ctrl-C."), soft_wrap=True)

    async def watch(self, session: Session) -> None:
        """Keep the status line, on a terminal."""
        loop = asyncio.get_running_loop()
        since: float = loop.time()
        before: IceReport | None = None
        while self._live:
            path, now = session.path, session.report()
            reading = status.read(before, now, None if path is None else path.kind)
            before = now
            self._show(status.line(reading, session.remote or "", loop.time() - since))
            await asyncio.sleep(status.EVERY)

    def clear(self) -> None:
        """Take the status line away."""
        if self._shown:
            self._console.file.write("\r\x1b[2K")
            self._console.file.flush()
            self._shown = False

    def _show(self, text: str) -> None:
        fitting = text[: max(10, self._console.width - 1)]
        self._console.file.write(f"\r\x1b[2K{fitting}")
        self._console.file.flush()
        self._shown = True
