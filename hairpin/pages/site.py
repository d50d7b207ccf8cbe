"""Puts the files of the pages under their addresses, each with the policy that binds it to this server."""

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import signaling
from hairpin.pages.preloading import with_preloads

#: Nothing inline, nothing from elsewhere, no frame around it. `'self'` lets a page open a websocket to
#: where it came from.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_NO_DEVICES: Final = "camera=(), microphone=(), geolocation=()"
#: The chat asks for them; nothing that it would frame may.
_CALL_DEVICES: Final = "camera=(self), microphone=(self), display-capture=(self), geolocation=()"
_PAGES: Final = {
    "/": ("chat/index.html", _CALL_DEVICES),
    "/game": ("game/game.html", _NO_DEVICES),
}
_SHARED: Final = ("shared.css", "icon.svg")
_FOLDERS: Final = ("game", "chat")
#: Comments that fill whole lines, indentation and empty lines: a third of a module, and of no use to a browser.
_COMMENTS: Final = re.compile(
    rb"^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL
)
_SPACE: Final = re.compile(rb"^[ \t\n]+", re.MULTILINE)


def site() -> signaling.Pages:
    """Read the pages. What a page needs lies in a folder of its name, and is found at the same path."""
    here = files("hairpin.pages")
    web = files("signaling").joinpath("web")
    found = {f"/{name}": _read(here.joinpath(name)) for name in _SHARED}
    found |= {"/hairpin.js": _read(web.joinpath("hairpin.js"))}
    for folder in (*(here.joinpath(name) for name in _FOLDERS), web.joinpath("hairpin")):
        found |= dict(_inside(folder, f"/{folder.name}"))
    table = {path: signaling.page(path, body) for path, body in found.items()}
    for path, (name, devices) in _PAGES.items():
        policy = (("Content-Security-Policy", _POLICY), ("Permissions-Policy", devices))
        document = with_preloads(_read(here.joinpath(name)), found)
        table[path] = signaling.page(name, document, policy)
    return signaling.Pages(table)


def _inside(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for file in folder.iterdir():
        if file.is_dir():
            yield from _inside(file, f"{path}/{file.name}")
        elif file.name.endswith((".js", ".css", ".svg")):
            yield f"{path}/{file.name}", _read(file)


def _read(file: Traversable) -> bytes:
    body = file.read_bytes()
    if file.name.endswith(".js"):
        return _SPACE.sub(b"", _COMMENTS.sub(b"", body))
    return body
