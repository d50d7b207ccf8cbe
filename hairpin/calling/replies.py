"""What a bot says to one member: what it heard goes in, what it says comes out."""

from collections import deque
from collections.abc import Callable
from typing import Final

_LONGEST_QUOTE: Final = 200
_KNOWN: Final = 16
"""So many texts of its own it knows again: an echo of them is not answered."""
_EVERY: Final = 1.0
"""Seconds between two answers to what is no command."""
_BURST: Final = 5
HELP: Final = (
    "/echo on – you see and hear yourself, and what you write comes back\n"
    "/echo off – the test picture and the tone again\n"
    "/stats – how we are connected\n"
    "/help – this list"
)


class Replies:
    """To one member.

    Args:
        name: The bot's own name: who says it is spoken to.
        echo: Whether it begins with an echo.
        stats: Says how they are connected.
        silent: Whether it says nothing, since the other is a bot as well.
    """

    def __init__(
        self, name: str, *, echo: bool, stats: Callable[[], str], silent: bool = False
    ) -> None:
        self.echo = echo
        self._name = name.casefold()
        self._stats = stats
        self._silent = silent
        self._said: deque[str] = deque(maxlen=_KNOWN)
        self._allowed = float(_BURST)
        self._last = 0.0

    def greeting(self) -> list[str]:
        """What is said when they are connected."""
        shown = (
            "You see and hear yourself" if self.echo else "You see a test picture and hear a tone"
        )
        return self._say(
            f"Hello! I am a bot, for trying things out alone. {shown}. Write /help to learn what I can do."
        )

    def hear(self, text: str, now: float, *, alone: bool) -> list[str]:
        """What is said to a text.

        Args:
            text: What was written.
            now: The time, in seconds.
            alone: Whether nobody else is there, so that it can only be meant for the bot.
        """
        if text in self._said or not self._may_answer(now):
            return []
        command, _, rest = text.strip().partition(" ")
        if command.startswith("/"):
            return self._say(self._obey(command.lower(), rest.strip().lower()))
        if self.echo:
            return self._say(text)
        if alone or self._name in text.casefold():
            quoted = text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]} …"
            return self._say(f"I have read “{quoted}”. Write /help to learn what I can do.")
        return []

    def _obey(self, command: str, rest: str) -> str:
        match command, rest:
            case "/echo", "on" | "":
                self.echo = True
                return "You see and hear yourself now. Headphones keep it from howling."
            case "/echo", "off":
                self.echo = False
                return "Here are the test picture and the tone again."
            case "/echo", _:
                return "It is /echo on or /echo off."
            case "/stats", _:
                return self._stats()
            case "/help", _:
                return HELP
        return f"I do not know {command[:_LONGEST_QUOTE]}.\n{HELP}"

    def _may_answer(self, now: float) -> bool:
        """A few at once, and then one a second: whoever answers it by itself does not keep it busy."""
        self._allowed = min(_BURST, self._allowed + (now - self._last) / _EVERY)
        self._last = now
        if self._silent or self._allowed < 1.0:
            return False
        self._allowed -= 1.0
        return True

    def _say(self, text: str) -> list[str]:
        if self._silent:
            return []
        self._said.append(text)
        return [text]
