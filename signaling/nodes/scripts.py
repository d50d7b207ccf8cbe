"""The scripts: Lua, each in one step on the server."""

from functools import cache
from hashlib import sha1
from importlib.resources import files

NAMES = (
    "enter",
    "exit",
    "revise",
    "mark",
    "set_lock",
    "rehome",
    "register",
    "restore",
    "restored",
    "look",
    "renew",
    "reap",
    "bury",
    "unregister",
)


@cache
def source(name: str) -> str:
    """Read a script, with what every script begins with."""
    folder = files("signaling.nodes") / "lua"
    parts = ("prelude.lua", f"{name}.lua")
    return "".join((folder / part).read_text(encoding="utf-8") for part in parts)


@cache
def digest(name: str) -> str:
    """The name under which the server knows a script."""
    return sha1(source(name).encode(), usedforsecurity=False).hexdigest()
