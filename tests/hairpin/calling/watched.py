"""A call's screen on which a test sees that somebody waits in the room."""

import asyncio

from hairpin.calling.plan import CallPlan
from hairpin.calling.screen import Screen


class Watched(Screen):
    """Its event comes when the room is entered, and nobody else is there."""

    def __init__(self, plan: CallPlan) -> None:
        super().__init__(plan)
        self.waits = asyncio.Event()

    def say(self, text: str) -> None:
        if "waiting" in text:
            self.waits.set()
        super().say(text)
