"""Patterns of names: `*` stands for any run of characters, everything else for itself."""

from collections.abc import Iterable

STAR = "*"


def matches_any(patterns: Iterable[str], name: str) -> bool:
    """Say whether a name fits one of some patterns."""
    return any(pattern == STAR or matches(pattern, name) for pattern in patterns)


def matches(pattern: str, name: str) -> bool:
    """Say whether a name fits a pattern; the time it takes grows with their lengths alone."""
    first, *rest = pattern.split(STAR)
    if not rest:
        return name == pattern
    last = rest.pop()
    if not name.startswith(first) or not name.endswith(last) or len(name) < len(first) + len(last):
        return False
    at, end = len(first), len(name) - len(last)
    for part in rest:  # the leftmost place for each leaves the most room for those behind
        at = name.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True
