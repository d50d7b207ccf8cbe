"""When a live source's next frame is due, on the event loop's clock."""

import asyncio


class Pace:
    """Frames at a steady rate. Who comes late is not made up for: the clock is set forward.

    Args:
        interval: Seconds from frame to frame.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._began: float | None = None
        self._count = -1

    async def next(self) -> int:
        """Wait until the next frame is due; its number. Those missed meanwhile are left out."""
        now = asyncio.get_running_loop().time()
        if self._began is None:
            self._began = now
        self._count += 1
        due = self._began + self._count * self._interval
        if now > due + self._interval:
            self._count = int((now - self._began) / self._interval)
            return self._count
        await asyncio.sleep(due - now)
        return self._count
