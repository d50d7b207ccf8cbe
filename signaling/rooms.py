"""A room as one node sees it: a copy of its members, and which of them have their sessions here."""

from collections.abc import Iterable, Iterator

from signaling.messages import Role, Topology
from signaling.orders import Member, Terms
from signaling.sessions import Session


class Room:
    """The copy of a room, for as long as a session of this node is in it.

    Attributes:
        members: All of them by name, as of `rev`; changed by the backplane's reports alone.
        here: The sessions of this node that are in it, by name.
    """

    __slots__ = ("here", "members", "name", "rev", "terms")

    def __init__(self, name: str, terms: Terms, members: Iterable[Member], rev: int) -> None:
        self.name = name
        self.terms = terms
        self.members = {member.peer: member for member in members}
        self.rev = rev
        self.here: dict[str, Session] = {}

    def find(self, peer: str, sid: str) -> Member | None:
        """Find a member, if it is this session that bears the name."""
        member = self.members.get(peer)
        return member if member is not None and member.sid == sid else None

    def are_apart(self, one: Member, other: Member) -> bool:
        """Say whether two members do not see each other: in a star, two that are no hosts."""
        return (
            self.terms.topology is Topology.STAR
            and one.role is not Role.HOST
            and other.role is not Role.HOST
        )

    def seen_by(self, member: Member) -> list[Member]:
        """List the others that a member sees."""
        return [
            other
            for other in self.members.values()
            if other.peer != member.peer and not self.are_apart(member, other)
        ]

    def watchers(self, member: Member) -> Iterator[Session]:
        """Go over the sessions here that see a member, without its own."""
        for peer, session in self.here.items():
            if session.sid == member.sid:
                continue
            watcher = self.members.get(peer)
            if watcher is not None and not self.are_apart(watcher, member):
                yield session
