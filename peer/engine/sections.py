"""Sections that are refused keep their place (RFC 8829 §5.3.1): aiortc, which knows none, sees others.

A section of a kind or with codecs that nobody here can use is taken out before aiortc reads the
description, and put back with port 0 into what answers it. A section that was in use and is rejected
now stays for aiortc as an inactive one.
"""

from dataclasses import dataclass

from peer.engine.descriptions import Arrived, Section, groups, value

#: What aiortc can encode and decode, by the names and the static numbers of RFC 3551.
_CODECS = {"audio": {"opus", "g722", "pcmu", "pcma"}, "video": {"vp8", "h264"}}
_STATIC = {"audio": {"0", "8", "9"}, "video": set[str]()}
_TRANSPORT = ("a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:", "a=setup:")
_DIRECTIONS = {"a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"}


@dataclass(frozen=True, slots=True)
class Refused:
    """A section with port 0.

    Attributes:
        index: Its place.
        lines: As it stands in our descriptions.
    """

    index: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """What aiortc does not know about the sections.

    Attributes:
        refused: The sections that it does not see.
        rejected: The mids of those that it sees as inactive.
    """

    refused: tuple[Refused, ...] = ()
    rejected: frozenset[str] = frozenset()


def contract(arrived: Arrived, own: str | None) -> tuple[str, Layout]:
    """Take out what aiortc must not see.

    Args:
        arrived: The remote's description.
        own: Ours at present, as aiortc has it.

    Returns:
        The description for aiortc, and what is to be put back into those that leave.

    Raises:
        ValueError: Nothing is left.
    """
    known = {value(lines, "mid"): lines for lines in groups(own or "")[1:]}
    first = next((section for section in arrived.sections if not section.rejected), None)
    if first is None:
        raise ValueError("every section is rejected")
    lines: list[str] = []
    refused: list[Refused] = []
    rejected: set[str] = set()
    taken = {section.kind for section in arrived.sections if section.mid in known}
    for section in arrived.sections:
        if section.rejected and section.mid in known:
            rejected.add(section.mid)
            lines += _inactive(known[section.mid], _transport(first, arrived))
        elif section.mid in known or (not section.rejected and _is_usable(section, taken)):
            taken.add(section.kind)
            lines += [*section.lines, *_direction(section, arrived)]
        else:
            refused.append(Refused(section.index, _refusal(section)))
    if not lines:
        kinds = ", ".join(section.kind[:20] for section in arrived.sections[:5])
        raise ValueError(f"none of its sections can be used: {kinds}")
    layout = Layout(tuple(refused), frozenset(rejected))
    live = {section.mid for section in arrived.sections if section.mid not in _gone(layout)}
    session = [_bundle(line, live) for line in arrived.session]
    return "\r\n".join([*session, *lines, ""]), layout


def expand(text: str, layout: Layout) -> str:
    """Put the refused sections into a description that leaves, and mark the rejected ones."""
    session, *media = groups(text)
    media = [
        _with_port_0(lines) if value(lines, "mid") in layout.rejected else lines for lines in media
    ]
    for one in sorted(layout.refused, key=lambda one: one.index):
        media.insert(one.index, list(one.lines))
    live = {value(lines, "mid") for lines in media} - _gone(layout)
    session = [_bundle(line, live) for line in session]
    return "\r\n".join([*session, *(line for lines in media for line in lines), ""])


def shrink(text: str, layout: Layout) -> str:
    """The reverse, for a description of ours that is to be set."""
    session, *media = groups(text)
    places = {one.index for one in layout.refused}
    kept = [lines for index, lines in enumerate(media) if index not in places]
    return "\r\n".join([*session, *(line for lines in kept for line in lines), ""])


def _gone(layout: Layout) -> frozenset[str]:
    return layout.rejected | {value(list(one.lines), "mid") for one in layout.refused}


def _is_usable(section: Section, taken: set[str]) -> bool:
    """Whether aiortc can do anything with a new section; of data it has one at most."""
    profile, *formats = section.lines[0].split()[2:]
    if section.kind == "application":
        return "SCTP" in profile and section.kind not in taken
    known = _CODECS.get(section.kind, set())
    maps = [line.split()[1] for line in section.lines if line.startswith("a=rtpmap:")]
    named = {one.split("/")[0].lower() for one in maps}
    return bool(named & known) or bool(set(formats) & _STATIC.get(section.kind, set()))


def _direction(section: Section, arrived: Arrived) -> list[str]:
    """The direction where a section has none: that of the session, or both (RFC 8866 §6.7)."""
    if section.kind == "application" or _DIRECTIONS & set(section.lines):
        return []
    return [next((line for line in arrived.session if line in _DIRECTIONS), "a=sendrecv")]


def _transport(live: Section, arrived: Arrived) -> list[str]:
    """The lines that say how the bundle's transport is reached and recognised."""
    found: list[str] = []
    for start in _TRANSPORT:
        mine = [line for line in live.lines if line.startswith(start)]
        found += mine or [line for line in arrived.session if line.startswith(start)]
    return found


def _inactive(own: list[str], transport: list[str]) -> list[str]:
    kept = [
        line
        for line in own
        if not line.startswith(
            (*_TRANSPORT, "a=candidate:", "a=end-of-candidates", "a=ice-options")
        )
        and line not in _DIRECTIONS
    ]
    return [*kept, "a=inactive", *transport]


def _refusal(section: Section) -> tuple[str, ...]:
    kind, _, *rest = section.lines[0].split()
    mid = [f"a=mid:{section.mid}"] if section.mid else []
    return (" ".join([kind, "0", *rest]), "c=IN IP4 0.0.0.0", *mid, "a=inactive")


def _with_port_0(lines: list[str]) -> list[str]:
    kind, _, *rest = lines[0].split(" ")
    return [" ".join([kind, "0", *rest]), *lines[1:]]


def _bundle(line: str, live: set[str]) -> str:
    """A line before the sections; of a bundle's, what is there and used."""
    if not line.startswith("a=group:BUNDLE"):
        return line
    group, *mids = line.split()
    return " ".join([group, *(mid for mid in mids if mid in live)])
