"""The remote's candidates: kept until the description they belong to is in force, then handed on."""

import aiortc

from peer.engine.descriptions import Arrived, Section
from peer.engine.icecandidate import RTCIceCandidate
from peer.errors import RemoteError

MAX_CANDIDATES = 256

#: What is handed on: a section with its candidate, or `None` for the end of them.
Delivery = tuple[Section, RTCIceCandidate | None]


class RemoteCandidates:
    """What the remote has told, in the order in which it came.

    Candidates may overtake the description they belong to, and those of a new generation come while
    the old one still carries the call; the fragment tells them apart (WebRTC §4.4.2's
    `addIceCandidate`).
    """

    def __init__(self) -> None:
        self._in_force: Arrived | None = None
        self._waiting: list[RTCIceCandidate | None] = []
        self._coming = False
        self._ended = False
        self._taken = 0

    def expect(self) -> None:
        """A description has come that is not in force yet; an end that is told now is of that one."""
        self._coming = True

    def forget(self) -> None:
        """The description that was to come is withdrawn."""
        self._coming = False
        self._waiting = [one for one in self._waiting if one is not None]

    def take(self, candidate: RTCIceCandidate | None) -> list[Delivery]:
        """Take in what `addIceCandidate` was given.

        Raises:
            RemoteError: It is one too many.
        """
        if self._taken >= MAX_CANDIDATES:
            raise RemoteError(f"more than {MAX_CANDIDATES} candidates")
        self._taken += 1
        return self._sort(candidate)

    def describe(self, arrived: Arrived) -> list[Delivery]:
        """A description is in force: what belongs to it can be handed on, its own candidates first.

        Candidates in the description count as told; of too many the first are taken.
        """
        if self._in_force is None or _fragments(self._in_force) != _fragments(arrived):
            self._ended = False
            self._taken = len(self._waiting)
        self._in_force = arrived
        self._coming = False
        inside = [one for section in arrived.sections for one in _inside(section, arrived)]
        waiting, self._waiting = self._waiting, []
        deliveries: list[Delivery] = []
        for one in (*inside[:MAX_CANDIDATES], *waiting):
            deliveries += self._sort(one)
        return deliveries

    def _sort(self, candidate: RTCIceCandidate | None) -> list[Delivery]:
        """Hand on, keep, or drop."""
        arrived = self._in_force
        if arrived is None or (candidate is None and self._coming):
            self._waiting.append(candidate)
            return []
        if candidate is None:
            return self._end(arrived)
        section = arrived.section(candidate.sdpMid, candidate.sdpMLineIndex)
        if section is None or _is_of_another(candidate, section):
            self._waiting.append(candidate)  # of a description that may still come
            return []
        if self._ended or not arrived.carries(section):
            return []
        return [(section, candidate)]

    def _end(self, arrived: Arrived) -> list[Delivery]:
        if self._ended:
            return []
        self._ended = True
        return [(section, None) for section in arrived.sections if arrived.carries(section)]


def _fragments(arrived: Arrived) -> set[str | None]:
    return {section.username for section in arrived.sections if not section.rejected}


def _is_of_another(candidate: aiortc.RTCIceCandidate, section: Section) -> bool:
    fragment = getattr(candidate, "usernameFragment", None)
    return fragment is not None and fragment != section.username


def _inside(section: Section, arrived: Arrived) -> list[RTCIceCandidate | None]:
    """The candidates in a description, and their end; one that does not parse is left out."""
    if not arrived.carries(section):
        return []
    found: list[RTCIceCandidate | None] = []
    for line in section.candidates[:MAX_CANDIDATES]:
        try:
            found.append(RTCIceCandidate.parse(line, section.mid or None, section.index))
        except RemoteError:
            continue
    if section.ended and found and len([s for s in arrived.sections if arrived.carries(s)]) == 1:
        found.append(None)
    return found
