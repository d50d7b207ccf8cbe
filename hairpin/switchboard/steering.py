"""What is done to a server that runs, by signals and over its admin socket: stop, drain, reload."""

import asyncio
from collections.abc import Callable

from rich.text import Text

import signaling
from hairpin.console import count, stderr
from signaling.faults import OperatorError, SettingsError
from signaling.identity import KeyFile
from signaling.operation.changes import unchangeable
from signaling.operation.configuration import Configuration


class Steering:
    """One server, until it has stopped.

    Args:
        configuration: What the server was started with.
        read_again: Reads the file and the flags as they are now.
    """

    def __init__(
        self,
        server: signaling.Server,
        configuration: Configuration,
        read_again: Callable[[], Configuration],
        *,
        quiet: bool,
    ) -> None:
        self._server = server
        self._configuration = configuration
        self._read_again = read_again
        self._quiet = quiet
        self._drain_for = configuration.drain_for
        self._end_by = float("inf")
        self._stop, self._begun = asyncio.Event(), asyncio.Event()
        self._hurrying: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Stop without further notice."""
        self._stop.set()

    def drain(self, seconds: float | None = None) -> float:
        """Send the clients away, and stop after `seconds` at the latest; say how many are left of these.

        Asked again it may make an earlier end, and no later one.
        """
        now = asyncio.get_running_loop().time()
        self._end_by = min(self._end_by, now + (self._drain_for if seconds is None else seconds))
        left = max(0.0, self._end_by - now)
        if self._begun.is_set():
            hurrying = asyncio.create_task(self._server.drain(left))
            self._hurrying.add(hurrying)
            hurrying.add_done_callback(self._hurrying.discard)
        self._begun.set()
        return left

    def reload(self) -> tuple[str, ...]:
        """Go on with relays, limits, keys and certificate as they are now; name what needs a restart.

        Raises:
            SettingsError: Something of it cannot be used; that stays as it was.
        """
        problems = []
        if not self._server.reload():
            problems.append("the certificate cannot be used; the old one goes on")
        unchanged: tuple[str, ...] = ()
        try:
            wanted = self._read_again()
            for path in wanted.identity.key_files:
                KeyFile(path)
        except OperatorError as error:
            problems.append(f"{error}; the old settings go on")
        else:
            self._server.change_ice(wanted.settings.ice)
            self._server.change_limits(wanted.settings.limits)
            self._drain_for = wanted.drain_for
            unchanged = unchangeable(self._configuration, wanted)
        if problems:
            raise SettingsError(", and ".join(problems))
        return unchanged

    def reload_aloud(self) -> None:
        """The same for SIGHUP: what comes of it is printed."""
        try:
            unchanged = self.reload()
        except OperatorError as error:
            stderr().print(Text(f"error: {error}."), soft_wrap=True)
            return
        if not self._quiet:
            stderr().print("Relays, limits, keys and certificate were read again.")
        if unchanged:
            names = ", ".join(unchanged)
            stderr().print(Text(f"A restart is needed to change: {names}."), soft_wrap=True)

    async def until_stopped(self) -> None:
        """Wait until the server is told to stop, or to drain and has."""
        waits = [asyncio.create_task(one.wait()) for one in (self._stop, self._begun)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        if not self._stop.is_set():
            await self._drain(waits[0])
        for wait in waits:
            wait.cancel()

    async def _drain(self, stopped: asyncio.Task[bool]) -> None:
        left = max(0.0, self._end_by - asyncio.get_running_loop().time())
        if not self._quiet:
            sessions = self._server.hub.sessions
            has = "has" if sessions == 1 else "have"
            who = f"{count(sessions, 'session')} {has} {left:.3g} s to leave"
            stderr().print(f"Draining: {who}. Ctrl-C to stop now.")
        draining = asyncio.create_task(self._server.drain(left))
        await asyncio.wait([draining, stopped], return_when=asyncio.FIRST_COMPLETED)
        if self._stop.is_set():
            await self._server.drain(0.0)
        await draining
