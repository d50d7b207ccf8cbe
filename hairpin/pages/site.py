"""Puts the files of the pages under their addresses, each with the policy that binds it to this server."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import signaling

#: Nothing inline, nothing from elsewhere, no frame around it. `'self'` lets a page open a websocket to
#: where it came from.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_DEVICES: Final = "camera=(), microphone=(), geolocation=()"
_PAGES: Final = {"/": "start.html", "/game": "game/game.html"}
_SHARED: Final = ("shared.css", "icon.svg")
_FOLDERS: Final = ("game",)


def site() -> signaling.Pages:
    """Read the pages. What a page needs lies in a folder of its name, and is found at the same path."""
    here = files("hairpin.pages")
    table = {path: _page(here.joinpath(name)) for path, name in _PAGES.items()}
    table |= {f"/{name}": _page(here.joinpath(name)) for name in _SHARED}
    for folder in _FOLDERS:
        for file in here.joinpath(folder).iterdir():
            if file.name.endswith((".js", ".css", ".svg")):
                table[f"/{folder}/{file.name}"] = _page(file)
    table["/hairpin.js"] = _page(files("signaling").joinpath("web/hairpin.js"))
    return signaling.Pages(table)


def _page(file: Traversable) -> signaling.Page:
    policy = [("Content-Security-Policy", _POLICY), ("Permissions-Policy", _DEVICES)]
    is_document = file.name.endswith(".html")
    return signaling.page(file.name, file.read_bytes(), tuple(policy if is_document else ()))
