"""Joins the TypeScript declarations of the browser client's modules into those of the one that a page imports."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_COMMENT: Final = r"/\*\*(?:(?!\*/).)*\*/\n"
_DECLARATION: Final = re.compile(
    rf"((?:{_COMMENT})?)^export ((class|function|type) (\w+).*?)(?=^(?:/\*\*|export |import )|\Z)",
    re.MULTILINE | re.DOTALL,
)
_PASSED_ON: Final = re.compile(
    r"^export \{ (.*?) \} from|^export type (\w+) = import\(", re.MULTILINE
)
_COMMENTS: Final = re.compile(_COMMENT, re.DOTALL | re.MULTILINE)
_PROTOCOL: Final = 'import type * as p from "./protocol.js";\n'


@dataclass(frozen=True, slots=True)
class _Declaration:
    """Attributes: words: The comment before it."""

    words: str
    text: str
    kind: str
    name: str

    def names(self) -> set[str]:
        """Give all names in it, also those that are its own."""
        return set(re.findall(r"\w+", _COMMENTS.sub("", self.text)))

    def written(self, *, exported: bool) -> str:
        if exported:
            return f"{self.words}export {self.text}"
        return f"{self.words}{'' if self.kind == 'type' else 'declare '}{self.text}"


def bundle(entry: str, parts: Iterable[str]) -> str:
    """Give the declarations of the entry with what it passes on, and with what those need.

    Args:
        entry: The declarations of the module that is imported, as the compiler writes them.
        parts: Those of the modules that it stands on.

    Raises:
        ValueError: Two things have one name, or something is passed on that nobody declares.
    """
    own = [
        each
        for each in _declarations(entry)
        if not each.text.startswith(f"type {each.name} = import(")
    ]
    known: dict[str, _Declaration] = {}
    for each in [*own, *(each for part in parts for each in _declarations(part))]:
        if each.name in known:
            raise ValueError(f"{each.name} is declared twice")
        known[each.name] = each
    public = {each.name for each in own} | set(_passed_on(entry))
    if missing := sorted(public - known.keys()):
        raise ValueError(f"{', '.join(missing)}: nobody declares that")
    needed = _reach(public, known)
    texts = [
        each.written(exported=name in public) for name, each in known.items() if name in needed
    ]
    return _PROTOCOL + "".join(texts) + "export {};\n"


def _declarations(text: str) -> Iterator[_Declaration]:
    for found in _DECLARATION.finditer(text):
        yield _Declaration(*found.groups())


def _passed_on(entry: str) -> Iterator[str]:
    for values, kind in _PASSED_ON.findall(entry):
        yield from values.split(", ") if values else [kind]


def _reach(names: set[str], known: dict[str, _Declaration]) -> set[str]:
    reached: set[str] = set()
    waiting = set(names)
    while waiting:
        reached |= waiting
        waiting = {
            each for name in waiting for each in known[name].names() if each in known
        } - reached
    return reached
