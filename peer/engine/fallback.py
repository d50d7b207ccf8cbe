"""A second chance without signaling: when the active pair falls silent, the others are checked again.

What is left once a pair is selected are the pairs of its own socket, the remote's relays among them,
and those of the spare relay where there is one (`Configuration.spare_relay`). Both sides notice the
silence by themselves, both check, and the controlling one nominates what works (a later nomination
needs a remote that takes it; towards any other, only a restart helps).
"""

import asyncio
from typing import Any

from peer.engine.carrying import CarryingConnection
from peer.engine.consent import ConsentOutput
from peer.engine.recording import Pair, State


class FallbackConnection(CarryingConnection):
    """An ICE agent that falls back on another pair. Arguments are `CarryingConnection`'s."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._falling_back: asyncio.Task[None] | None = None

    def active_changed(self, pair: Pair) -> None:
        """Another pair is found: the search is over."""
        self._end_search()
        super().active_changed(pair)

    async def close(self) -> None:
        """Close everything."""
        self._end_search()
        await super().close()

    def may_replace(self) -> bool:
        """Whether any pair that works is better than the selected one, which is silent."""
        return self.renominates and self._falling_back is not None

    def _consent_changed(self, output: ConsentOutput) -> None:
        if output is ConsentOutput.DISCONNECTED and self.renominates and self._nominated:
            self._end_search()
            self._falling_back = asyncio.create_task(self._check_again())
        elif output is not ConsentOutput.DISCONNECTED:
            self._end_search()
        super()._consent_changed(output)

    async def _check_again(self) -> None:
        """Check every pair but the silent one, each once with its resends."""
        for pair in list(self._check_list):
            if pair is not self.active and pair.task is None and pair in self._check_list:
                pair.nominated = pair.remote_nominated = False
                self.check_state(pair, State.WAITING)
                self.check_start_task(pair)
                await asyncio.sleep(self._configuration.pacing)
        await asyncio.sleep(self._configuration.consent_deadline)

    def _end_search(self) -> None:
        if self._falling_back is not None:
            self._falling_back.cancel()
            self._falling_back = None
            for pair in self._check_list:
                if pair.task is not None and pair is not self.active:
                    pair.task.cancel()
