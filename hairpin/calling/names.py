"""What other members are called: by the name that they give themselves, with nothing in it that a terminal would obey."""

import re
import unicodedata
from collections.abc import Container

from peer import Session

LONGEST = 40
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
_LONGEST_FILE = 120
_MOST_BYTES = 200


def shown_name(session: Session) -> str:
    """The other member's name, as the video chat shows it."""
    given = session.remote_meta.get("name")
    return (
        (tidy(given) if isinstance(given, str) else "") or tidy(session.remote or "") or "somebody"
    )


def tidy(text: str, longest: int = LONGEST) -> str:
    """One line, without what turns text around or cannot be seen."""
    seen = "".join(" " if unicodedata.category(c) in _UNSEEN else c for c in text)
    return " ".join(seen.split())[:longest].strip()


def file_name(text: str) -> str:
    """A name under which a file can be saved anywhere: no path, not hidden, not too long."""
    safe = re.sub(r'[\\/:*?"<>|]', "_", tidy(text, 4096))
    safe = re.sub(r"^\.+", "_", safe).rstrip(". ")
    stem, dot, suffix = safe.rpartition(".")
    if not dot or len(suffix) > 16:
        stem, dot, suffix = safe, "", ""
    while stem and (len(stem) > _LONGEST_FILE or len(f"{stem}.{suffix}".encode()) > _MOST_BYTES):
        stem = stem[:-1]
    return f"{stem}{dot}{suffix}" or "file"


def another(name: str, taken: Container[str]) -> str:
    """The name, or one with a number that nobody has yet."""
    stem, dot, suffix = name.rpartition(".") if "." in name[1:] else (name, "", "")
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{stem}-{number}{dot}{suffix}"
    return found
