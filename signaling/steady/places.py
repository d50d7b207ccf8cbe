"""The rooms a client is in: how it came in, to come in again, and who was there, to tell what changed."""

import msgspec

from signaling.events import PeerLeft
from signaling.messages import (
    Join,
    Joined,
    LeaveReason,
    Metadata,
    PeerJoin,
    PeerLeave,
    Removed,
    ServerMessage,
)

_MOST_MEMBERS = 10_000


class _Place:
    __slots__ = ("join", "others", "rev")

    def __init__(self, join: Join, joined: Joined) -> None:
        self.join = join
        self.rev = joined.rev
        self.others = {member.peer for member in joined.peers}


class Places:
    """The rooms that a session is in."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}

    @property
    def rooms(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._places)

    def enter(self, join: Join, joined: Joined) -> list[PeerLeft]:
        """We are in a room, perhaps again: who has left it meanwhile."""
        before = self._places.get(join.room)
        place = self._places[join.room] = _Place(join, joined)
        if before is None:
            return []
        return [
            PeerLeft(join.room, peer, LeaveReason.LOST, joined.rev)
            for peer in sorted(before.others - place.others)
        ]

    def leave(self, room: str) -> None:
        """We are not in a room any more."""
        self._places.pop(room, None)

    def revise(self, room: str, patch: Metadata, otherwise: Metadata) -> None:
        """Our metadata in a room is another; `otherwise` is what holds where a room has none of its own."""
        place = self._places.get(room)
        if place is None:
            return
        patched = (otherwise if place.join.meta is None else place.join.meta) | patch
        meta = {key: value for key, value in patched.items() if value is not None}
        place.join = msgspec.structs.replace(place.join, meta=meta)

    def hear(self, message: ServerMessage) -> None:
        """Follow who is in our rooms."""
        match message:
            case PeerJoin(room=room, peer=peer) if room in self._places:
                others = self._places[room].others
                if len(others) < _MOST_MEMBERS:
                    others.add(peer)
            case PeerLeave(room=room, peer=peer) if room in self._places:
                self._places[room].others.discard(peer)
            case Removed(room=room):
                self.leave(room)
            case _:
                pass

    def joins(self) -> list[Join]:
        """What to ask to be in all of them again."""
        return [msgspec.structs.replace(place.join, id=None) for place in self._places.values()]

    def join_again(self, room: str) -> Join | None:
        """What to ask to be in one of them again, if we still want to."""
        place = self._places.get(room)
        return None if place is None else msgspec.structs.replace(place.join, id=None)
