"""Who is in the room, and who of them was there before: what signaling says goes in, news come out.

A member that says which instance it is (`{"hairpin": {"instance": "…"}}` in its metadata) is known
again when it comes back, under whatever name; any other is known again by its name. The instance is
no secret and proves nothing: it says which connection goes on, and DTLS says with whom.
"""

import dataclasses
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_KEY = "hairpin"
_MAX_INSTANCE = 64
MAX_MEMBERS = 64


@dataclass(frozen=True, slots=True)
class Member:
    """Another member of the room.

    Attributes:
        name: Its name in the room; another one, perhaps, each time it comes back.
        instance: What it says which instance it is, or empty.
        polite: Whether it is the polite one of the two of us; who came later is, for good.
        meta: What it says about itself.
    """

    name: str
    instance: str
    polite: bool
    meta: Mapping[str, Any] = dataclasses.field(default_factory=dict, compare=False)

    @property
    def key(self) -> str:
        """By what it is known again."""
        return f"instance {self.instance}" if self.instance else f"name {self.name}"


class News(enum.Enum):
    """What happened to a member."""

    CAME = "came"
    BACK = "came back"
    LEFT = "left"


class Roster:
    """The members, present and absent ones; at most `MAX_MEMBERS` are remembered."""

    def __init__(self) -> None:
        self._known: dict[str, Member] = {}
        self._present: dict[str, str] = {}
        self._over: set[str] = set()  # there still, but new when they come next

    @property
    def present(self) -> tuple[Member, ...]:
        """Who is there, in the order of their coming."""
        return tuple(self._known[key] for key in self._present.values())

    def find(self, name: str) -> Member | None:
        """The member that bears this name now."""
        key = self._present.get(name)
        return None if key is None else self._known[key]

    def name_of(self, member: Member) -> str | None:
        """Under which name a member is there, or `None` when it is not."""
        known = self._known.get(member.key)
        if known is None or self._present.get(known.name) != member.key:
            return None
        return known.name

    def come(
        self, name: str, meta: Mapping[str, Any], *, polite: bool
    ) -> tuple[News, Member] | None:
        """Somebody is there; `None` when there are too many to be remembered."""
        member = Member(name, instance_of(meta), polite, meta)
        self._drop_if_over(member.key)
        before = self._known.get(member.key)
        if before is None:
            if len(self._known) >= MAX_MEMBERS and not self._forget_one():
                return None
            self._known[member.key] = member
            self._present[name] = member.key
            return News.CAME, member
        if self._present.get(before.name) == member.key:
            del self._present[before.name]  # the connection it had before is not known to be dead
        member = dataclasses.replace(member, polite=before.polite)
        self._known[member.key] = member
        self._present[name] = member.key
        return News.BACK, member

    def leave(self, name: str) -> Member | None:
        """Somebody left; `None` when it is known not to be there, perhaps under this name no more."""
        key = self._present.pop(name, None)
        if key is None:
            return None
        left = self._known[key]
        self._drop_if_over(key)
        return left

    def lose_all(self) -> None:
        """We left ourselves: nobody is known to be there."""
        self._present.clear()
        for key in tuple(self._over):
            self._drop_if_over(key)

    def forget(self, member: Member) -> None:
        """A member is a new one when it comes next; while it is still there it can be heard."""
        self._over.add(member.key)
        if self.name_of(member) is None:
            self._drop_if_over(member.key)

    def _drop_if_over(self, key: str) -> None:
        if key not in self._over:
            return
        self._over.discard(key)
        known = self._known.pop(key, None)
        if known is not None and self._present.get(known.name) == key:
            del self._present[known.name]

    def _forget_one(self) -> bool:
        absent = [key for key, known in self._known.items() if self.name_of(known) is None]
        if absent:
            del self._known[absent[0]]
        return bool(absent)


def instance_of(meta: Mapping[str, Any]) -> str:
    """The instance that a member says it is, or empty; whatever else may stand there."""
    ours = meta.get(_KEY)
    instance = ours.get("instance") if isinstance(ours, dict) else None
    return instance if isinstance(instance, str) and len(instance) <= _MAX_INSTANCE else ""


def with_instance(meta: Mapping[str, Any], instance: str) -> dict[str, Any]:
    """Metadata that says which instance its member is."""
    ours = meta.get(_KEY)
    return {**meta, _KEY: {**(ours if isinstance(ours, dict) else {}), "instance": instance}}
