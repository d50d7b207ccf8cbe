"""Web pages that are served beside the websocket: held in memory, found by their whole path, or not there.

There is no way from a path to a file: what is not in the table does not exist, however it is written. Whoever takes gzip
gets what is text that way, made once when the page is.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from signaling.codings import takes_gzip

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_PACKED_ALREADY: Final = (".png",)
_ALWAYS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


_VARIES: Final = ("Vary", "Accept-Encoding")
_GZIP: Final = ("Content-Encoding", "gzip")


@dataclass(frozen=True, slots=True)
class Form:
    """One form in which a page is sent: as it is, or compressed.

    Attributes:
        etag: Of these bytes, so that a browser that has them is told so (RFC 9110 §8.8.3).
        headers: Besides type, length and caching.
    """

    body: bytes = field(repr=False)
    etag: str
    headers: tuple[tuple[str, str], ...] = ()

    def is_known(self, if_none_match: str | None) -> bool:
        """Say whether a browser has it already (RFC 9110 §13.1.2)."""
        known = (tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(","))
        return any(tag in {self.etag, "*"} for tag in known)


@dataclass(frozen=True, slots=True)
class Page:
    """A file as it is sent.

    Attributes:
        content_type: With its charset.
        plain: As it is.
        packed: With gzip; None where that saves nothing.
    """

    content_type: str
    plain: Form
    packed: Form | None = None

    @property
    def body(self) -> bytes:
        """The bytes of the file."""
        return self.plain.body

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """What is said besides type, length and caching."""
        return self.plain.headers

    def form(self, accept_encoding: str | None) -> Form:
        """Choose how it is sent to whoever asks with this header (RFC 9110 §12.5.3)."""
        return (
            self.packed if self.packed is not None and takes_gzip(accept_encoding) else self.plain
        )


def page(name: str, body: bytes, headers: tuple[tuple[str, str], ...] = ()) -> Page:
    """Make a page of a file.

    Args:
        name: Of the file; its ending says what it is.
        headers: Such as a Content-Security-Policy.

    Raises:
        ValueError: It has an ending that nobody here knows.
    """
    suffix = PurePosixPath(name).suffix
    if suffix not in _TYPES:
        raise ValueError(f"{name}: expected one of {', '.join(_TYPES)}")
    always = (*_ALWAYS, *headers)
    tag = hashlib.sha256(body).hexdigest()[:20]
    packed = b"" if suffix in _PACKED_ALREADY else gzip.compress(body, mtime=0)
    if not 0 < len(packed) < len(body):
        return Page(_TYPES[suffix], Form(body, f'"{tag}"', always))
    plain = Form(body, f'"{tag}"', (*always, _VARIES))
    return Page(_TYPES[suffix], plain, Form(packed, f'"{tag}-gzip"', (*always, _VARIES, _GZIP)))


class Pages:
    """A table of pages.

    Args:
        table: By path, which begins with a slash.
    """

    def __init__(self, table: Mapping[str, Page]) -> None:
        for path in table:
            if not path.startswith("/"):
                raise ValueError(f"{path!r}: a path begins with a slash")
        self._table = dict(table)

    def __repr__(self) -> str:
        return f"<{len(self._table)} pages>"

    @property
    def paths(self) -> tuple[str, ...]:
        """Where they are."""
        return tuple(self._table)

    def find(self, path: str) -> Page | None:
        """Give the page at a path, as it stands in the request without its query."""
        return self._table.get(path)
