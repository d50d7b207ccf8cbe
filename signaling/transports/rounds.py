"""What is done for all connections together: flushing, deadlines, and asking who is still there."""

import asyncio
import math
from typing import Final

from signaling.transports.connection import Connection, Rounds

_TICKS_TO_A_PING: Final = 4


class Clock(Rounds):
    """Two timers for any number of connections.

    Args:
        open_timeout: Seconds from accept to an open websocket.
        close_timeout: Seconds from the first close frame, or an answer, to the end of the socket.
        ping_interval: Seconds of silence after which a connection is pinged.
        ping_timeout: Seconds after that in which anything must come.
    """

    def __init__(
        self,
        *,
        open_timeout: float,
        close_timeout: float,
        ping_interval: float,
        ping_timeout: float,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._open_timeout = open_timeout
        self._close_timeout = close_timeout
        self._tick = min(ping_interval, ping_timeout) / _TICKS_TO_A_PING
        self._ping_at = math.ceil(ping_interval / self._tick)
        self._dead_at = self._ping_at + math.ceil(ping_timeout / self._tick)
        # All deadlines of a kind are equally far away, so the first to come in is the first due.
        self._opening: dict[Connection, float] = {}
        self._closing: dict[Connection, float] = {}
        self._cut: dict[Connection, None] = {}
        self._open: dict[Connection, None] = {}
        self._waiting: list[Connection] = []
        self._alarm: asyncio.TimerHandle | None = None
        self._heartbeat: asyncio.TimerHandle | None = None
        self._nobody = asyncio.Event()
        self._nobody.set()

    def __len__(self) -> int:
        return len(self._opening) + len(self._open) + len(self._closing) + len(self._cut)

    def everybody(self) -> list[Connection]:
        """List the connections in whatever stage."""
        return [*self._opening, *self._open, *self._closing, *self._cut]

    async def until_nobody(self) -> None:
        """Wait until no socket is left."""
        await self._nobody.wait()

    def stop(self) -> None:
        """Cancel the timers."""
        for timer in (self._alarm, self._heartbeat):
            if timer is not None:
                timer.cancel()

    # --- what connections say ----------------------------------------------------------------------

    def mark(self, connection: Connection) -> None:
        """Have `flush` called at the end of this round."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(connection)

    def expect_open(self, connection: Connection) -> None:
        """Cut the connection unless it is open, or has been answered, by the deadline for opening."""
        self._nobody.clear()
        self._opening[connection] = self._loop.time() + self._open_timeout
        self._arm()

    def is_open(self, connection: Connection) -> None:
        """Hear that the websocket is open: from now on it is pinged."""
        self._opening.pop(connection, None)
        self._open[connection] = None
        if self._heartbeat is None:
            self._heartbeat = self._loop.call_later(self._tick, self._beat)

    def expect_end(self, connection: Connection) -> None:
        """Cut the connection unless it has ended by the deadline for closing."""
        self._opening.pop(connection, None)
        self._open.pop(connection, None)
        if connection not in self._cut:
            self._closing.setdefault(connection, self._loop.time() + self._close_timeout)
            self._arm()

    def is_gone(self, connection: Connection) -> None:
        """Hear that there is nothing left to end."""
        self._opening.pop(connection, None)
        self._closing.pop(connection, None)
        self._open.pop(connection, None)
        self._cut.pop(connection, None)
        if not len(self):
            self._nobody.set()

    # --- rounds -------------------------------------------------------------------------------------

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for connection in waiting:
            connection.flush()

    def _arm(self) -> None:
        due = min(next(iter(each.values())) for each in (self._opening, self._closing) if each)
        if self._alarm is not None:
            if self._alarm.when() <= due:
                return
            self._alarm.cancel()
        self._alarm = self._loop.call_at(due, self._on_alarm)

    def _on_alarm(self) -> None:
        self._alarm = None
        now = self._loop.time()
        for deadlines in (self._opening, self._closing):
            while deadlines and next(iter(deadlines.values())) <= now:
                connection = next(iter(deadlines))
                del deadlines[connection]
                self._cut[connection] = None
                connection.expire()
        if self._opening or self._closing:
            self._arm()

    def _beat(self) -> None:
        self._heartbeat = None
        for connection in tuple(self._open):
            connection.quiet += 1
            if connection.quiet >= self._dead_at:
                connection.close_reason = "nothing came, not even an answer to a ping"
                connection.abort()
            elif connection.quiet == self._ping_at:
                connection.ping()
        if self._open:
            self._heartbeat = self._loop.call_later(self._tick, self._beat)
