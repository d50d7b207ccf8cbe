"""Whether negotiation is needed: the W3C's check (WebRTC §4.7.3), as a function of plain data."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Medium:
    """A transceiver, as the check sees it.

    Attributes:
        mid: Its section, or `None`.
        direction: What is wanted.
        stopped: Whether it is to go.
        offered: What the remote's last offer asked for, turned round; `None` when it was ours.
    """

    mid: str | None
    direction: str
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Agreed:
    """A section that both sides have agreed on.

    Attributes:
        mid: Its identifier.
        local: Its direction in the local description.
        remote: Its direction in the remote description.
    """

    mid: str
    local: str
    remote: str


_SENDS = {"inactive": 0, "sendonly": 1, "recvonly": 2, "sendrecv": 3}
_TURNED = {"sendonly": "recvonly", "recvonly": "sendonly"}


def is_needed(
    media: Iterable[Medium],
    agreed: Iterable[Agreed],
    *,
    offered_here: bool,
    data_wanted: bool,
    data_agreed: bool,
    restart_wanted: bool,
) -> bool:
    """Whether what is wanted differs from what was agreed.

    Args:
        media: The transceivers.
        agreed: The sections for media in the current descriptions.
        offered_here: Whether the current local description is the offer.
        data_wanted: Whether there is a data channel.
        data_agreed: Whether there is a section for data.
        restart_wanted: Whether `restartIce` has been called since.
    """
    if restart_wanted or (data_wanted and not data_agreed):
        return True
    sections = {section.mid: section for section in agreed}
    return any(_differs(medium, sections, offered_here=offered_here) for medium in media)


def _differs(medium: Medium, sections: dict[str, Agreed], *, offered_here: bool) -> bool:
    section = sections.get(medium.mid) if medium.mid is not None else None
    if section is None:
        return not medium.stopped
    if medium.stopped:
        return section.local != "inactive"
    remote = _TURNED.get(section.remote, section.remote)
    if offered_here:
        return medium.direction not in {section.local, remote}
    return section.local != _common(medium.direction, remote)


def _common(one: str, other: str) -> str:
    both = _SENDS[one] & _SENDS[other]
    return next(name for name, value in _SENDS.items() if value == both)
