"""Session descriptions as text: what is taken out of one that comes, and put into one that leaves.

aiortc reads SDP with assertions and free indexing, and keeps the candidates of whichever section of
a bundle comes last. So a description is read here first: candidates are taken out, to travel the
same way as trickled ones do, and what aiortc would stumble over is refused in words.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiortc.exceptions import InternalError, InvalidAccessError, OperationError

__all__ = [
    "OPTIONS",
    "REFUSALS",
    "Arrived",
    "Section",
    "groups",
    "leaving",
    "mids",
    "outline",
    "read",
    "value",
    "with_candidates",
]

#: RFC 8840 §4.1.1, and draft-thatcher-ice-renomination.
OPTIONS = "a=ice-options:trickle renomination"
#: What aiortc raises for a description that it cannot use. Its parser asserts and indexes freely,
#: so nearly anything may come out of it.
REFUSALS = (
    ValueError,
    AssertionError,
    LookupError,
    TypeError,
    AttributeError,
    StopIteration,
    RuntimeError,
    InternalError,
    InvalidAccessError,
    OperationError,
)
MAX_LENGTH = 1 << 18
MAX_SECTIONS = 64
_MEDIA = re.compile(r"m=([^ ]+) ([0-9]{1,5})(?:/[0-9]+)? ([A-Za-z/]+) (.+)")
#: RFC 8839 §5.4: ice-ufrag has 4 to 256 characters, ice-pwd 22 to 256, all of them ice-chars.
_UFRAG = re.compile(r"[A-Za-z0-9+/=_-]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/=_-]{22,256}")
#: The digests that aiortc can compute.
_FINGERPRINT = re.compile(
    r"a=fingerprint:(sha-256|sha-384|sha-512) [0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})+", re.IGNORECASE
)
_SETUPS = ("actpass", "active", "passive")
_END = "a=end-of-candidates"


@dataclass(frozen=True, slots=True)
class Section:
    """One media section of a description, as far as its transport is concerned.

    Attributes:
        kind: audio, video, application or something else.
        mid: Its identifier; empty when it has none.
        index: Its place among the sections.
        port: 0 when it is rejected, or bundled only.
        bundle_only: Whether port 0 means the bundle's port (RFC 8843 §6).
        username: The ICE user name fragment, or `None`.
        password: The ICE password, or `None`.
        lite: Whether the other side is ICE lite.
        options: Its ICE options.
        candidates: Its candidates, each as `candidate:…`.
        lines: The section without its candidates.
        ended: Whether no more come. Without a candidate that is not believed: libwebrtc leaves the
            line of the generation before in the description of a restart.
    """

    kind: str
    mid: str
    index: int
    port: int
    bundle_only: bool
    username: str | None
    password: str | None
    lite: bool
    options: frozenset[str]
    candidates: tuple[str, ...]
    lines: tuple[str, ...]
    ended: bool

    @property
    def rejected(self) -> bool:
        """Whether the section is not used (RFC 8829 §5.1.2)."""
        return self.port == 0 and not self.bundle_only


@dataclass(frozen=True, slots=True)
class Arrived:
    """A description that came, read.

    Attributes:
        session: The lines before the first section.
        sections: Its sections.
        bundle: The mids of its BUNDLE group, in order.
    """

    session: tuple[str, ...]
    sections: tuple[Section, ...]
    bundle: tuple[str, ...]

    @property
    def live_bundle(self) -> tuple[str, ...]:
        """The bundle without what is rejected."""
        return tuple(mid for mid in self.bundle if self._is_live(mid))

    def section(self, mid: str | None, index: int | None) -> Section | None:
        """The section that a candidate names, by its mid before its index (W3C)."""
        for section in self.sections:
            if mid is not None and section.mid == mid:
                return section
            if mid is None and section.index == index:
                return section
        return None

    def carries(self, section: Section) -> bool:
        """Whether candidates of a section count: in a bundle those of its first live one do."""
        if section.rejected:
            return False
        if section.mid not in self.bundle:
            return True
        return section.mid == self.live_bundle[0]

    def restarts(self, before: "Arrived") -> bool:
        """Whether a section has other ICE credentials than before (RFC 8839 §4.4.3.1.1)."""
        known = {section.mid: section for section in before.sections if before.carries(section)}
        return any(
            section.mid in known
            and (section.username, section.password)
            != (known[section.mid].username, known[section.mid].password)
            for section in self.sections
            if self.carries(section)
        )

    def _is_live(self, mid: str) -> bool:
        return any(section.mid == mid and not section.rejected for section in self.sections)


def read(text: str) -> Arrived:
    """Read a description.

    Raises:
        TypeError: It is no text.
        ValueError: It is no description, or aiortc could not use it; the message says what came.
    """
    if not isinstance(text, str):
        raise TypeError(f"SDP is text, not {type(text).__name__}")
    if len(text) > MAX_LENGTH:
        raise ValueError(f"{len(text)} characters, where {MAX_LENGTH} are allowed")
    session, *media = groups(text)
    if not session or not session[0].startswith("v="):
        raise ValueError(f"SDP begins with v=, not {text[:40]!r}")
    if not 0 < len(media) <= MAX_SECTIONS:
        raise ValueError(f"{len(media)} media sections, where 1 to {MAX_SECTIONS} are allowed")
    sections = tuple(_section(index, lines, session) for index, lines in enumerate(media))
    _check_mids(sections)
    return Arrived(tuple(session), sections, _bundle(session))


def mids(text: str) -> list[str]:
    """The mids of a description's sections, in order."""
    return [value(group, "mid") for group in groups(text)[1:]]


def outline(text: str) -> list[tuple[str, str, str]]:
    """Kind, mid and ICE user name fragment of each section: what makes an offer of today's."""
    session, *media = groups(text)
    return [
        (
            lines[0].partition(" ")[0],
            value(lines, "mid"),
            value(lines, "ice-ufrag") or value(session, "ice-ufrag"),
        )
        for lines in media
    ]


def leaving(text: str) -> str:
    """A description as it leaves: without candidates, and saying that they are trickled."""
    session, *media = groups(text)
    lines = [line for line in session if not line.startswith("a=ice-options:")]
    lines.append(OPTIONS)
    for group in media:
        lines += [
            line
            for line in group
            if not _is_candidate(line) and not line.startswith("a=ice-options:")
        ]
    return "\r\n".join([*lines, ""])


def with_candidates(text: str, candidates: Mapping[str, Iterable[str]], *, ended: bool) -> str:
    """A description with what has been gathered so far, as `localDescription` shows it (W3C).

    Args:
        text: The description.
        candidates: For each mid, its candidates as `candidate:…`.
        ended: Whether no more will come.
    """
    session, *media = groups(leaving(text))
    lines = list(session)
    for group in media:
        lines += group
        mine = list(candidates.get(value(group, "mid"), ()))
        lines += [f"a={candidate}" for candidate in mine]
        if ended and mine:
            lines.append(_END)
    return "\r\n".join([*lines, ""])


def groups(text: str) -> list[list[str]]:
    """The lines before the first section, then those of each section."""
    groups: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.startswith("m="):
            groups.append([])
        if line:
            groups[-1].append(line)
    return groups


def _section(index: int, lines: list[str], session: list[str]) -> Section:
    match = _MEDIA.fullmatch(lines[0])
    if match is None:
        raise ValueError(f"section {index} begins with {lines[0][:80]!r}")
    candidates = tuple(line[2:] for line in lines if line.startswith("a=candidate:"))
    section = Section(
        kind=match[1],
        mid=value(lines, "mid"),
        index=index,
        port=int(match[2]),
        bundle_only="a=bundle-only" in lines,
        username=value(lines, "ice-ufrag") or value(session, "ice-ufrag"),
        password=value(lines, "ice-pwd") or value(session, "ice-pwd"),
        lite="a=ice-lite" in session,
        options=frozenset((value(lines, "ice-options") or value(session, "ice-options")).split()),
        candidates=candidates,
        lines=tuple(line for line in lines if not _is_candidate(line)),
        ended=_END in lines and bool(candidates),
    )
    if not section.rejected:
        _check_credentials(section)
        _check_dtls(section, session)
    return section


def _check_credentials(section: Section) -> None:
    where = f"section {section.index} ({section.kind[:20]})"
    if not section.username or not section.password:
        raise ValueError(f"{where} has no ICE user name fragment or password")
    if _UFRAG.fullmatch(section.username) is None:
        raise ValueError(f"{where} has {section.username[:40]!r} as ice-ufrag (RFC 8839 §5.4)")
    if _PASSWORD.fullmatch(section.password) is None:
        raise ValueError(f"{where} has an ice-pwd of other than 22 to 256 ice-chars")


def _check_dtls(section: Section, session: list[str]) -> None:
    """RFC 8842 §5: without a role and a fingerprint there is no DTLS."""
    where = f"section {section.index} ({section.kind[:20]})"
    setup = value(list(section.lines), "setup") or value(session, "setup")
    if setup not in _SETUPS:
        raise ValueError(f"{where} has no a=setup of {', '.join(_SETUPS)}")
    lines = (*session, *section.lines)
    if not any(_FINGERPRINT.fullmatch(line) for line in lines):
        raise ValueError(f"{where} has no fingerprint that can be checked (RFC 8122 §5)")


def _check_mids(sections: tuple[Section, ...]) -> None:
    found = [section.mid for section in sections]
    if len(found) > 1 and len(set(found)) < len(found):
        raise ValueError(f"the sections' mids are not all different: {found[:8]}")


def _bundle(session: list[str]) -> tuple[str, ...]:
    for line in session:
        if line.startswith("a=group:BUNDLE"):
            return tuple(line.split()[1:])
    return ()


def value(lines: list[str], name: str) -> str:
    """The value of an attribute; empty when it is not there."""
    start = f"a={name}:"
    return next((line.removeprefix(start) for line in lines if line.startswith(start)), "")


def _is_candidate(line: str) -> bool:
    return line == _END or line.startswith("a=candidate:")
