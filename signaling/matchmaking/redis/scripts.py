"""The scripts: Lua, each in one step on the server."""

from functools import cache
from hashlib import sha1
from importlib.resources import files
from typing import Final

NAMES: Final = (
    "enqueue",
    "withdraw",
    "pause",
    "move",
    "reply",
    "open",
    "quit",
    "finish",
    "recall",
    "claim",
    "lapse",
    "drop",
    "dissolve",
    "shut",
    "beat",
    "resign",
    "forget_node",
    "tell",
)

_PRELUDE_ALONE: Final = ("claim",)
"""Scripts that are to be fast: what every other begins with takes as long to define as some of their work."""


@cache
def source(name: str) -> str:
    """Read a script, with what every script begins with."""
    folder = files("signaling.matchmaking.redis") / "lua"
    parts = ("prelude.lua", *(() if name in _PRELUDE_ALONE else ("books.lua",)), f"{name}.lua")
    return "".join((folder / part).read_text(encoding="utf-8") for part in parts)


@cache
def digest(name: str) -> str:
    """The name under which the server knows a script."""
    return sha1(source(name).encode(), usedforsecurity=False).hexdigest()
