"""Everything a trace knows, with what follows from it: journeys, and from where a host was seen to send."""

import functools
from collections.abc import Sequence

from nat.packets import Address
from nat.trace.events import TraceEvent, Verdict
from nat.trace.journeys import Journey, journeys
from nat.trace.places import Places, Where, name_of, read_address


class Story:
    """A whole trace at one moment.

    Args:
        events: all of it, as far as it was kept.
        places: the hosts and NATs.
        forgotten: how many events are not there any more.
    """

    def __init__(
        self, events: Sequence[TraceEvent], places: Places | None = None, forgotten: int = 0
    ) -> None:
        self.events = events
        self.places = Places() if places is None else places
        self.forgotten = forgotten

    @functools.cached_property
    def journeys(self) -> dict[int, Journey]:
        """The way of each packet, by its number."""
        return journeys(self.events)

    @functools.cached_property
    def senders(self) -> dict[Address, tuple[str, ...]]:
        """The hosts that sent from an address, their own or a NAT's; the first one first."""
        found: dict[Address, dict[str, None]] = {}
        for journey in self.journeys.values():
            if journey.events[0].verdict is Verdict.SENT:
                for event in journey.events:
                    found.setdefault(event.source, {})[journey.origin] = None
        return {address: tuple(hosts) for address, hosts in found.items()}

    @functools.cached_property
    def named(self) -> frozenset[str]:
        """The names of all places."""
        told = (place.name for place in self.places)
        return frozenset((*told, *(event.where for event in self.events)))

    def check_name(self, where: Where) -> str:
        """The name of a place.

        Raises:
            ValueError: there is none of that name; the message lists those there are.
        """
        name = name_of(where)
        if name not in self.named:
            known = ", ".join(sorted(self.named)) or "none yet"
            raise ValueError(f"the trace knows no place {name!r}; it knows {known}")
        return name

    def is_towards(self, journey: Journey, goal: "Where | Address") -> bool:
        """Tell whether a packet was for somebody: it arrived there, or that is where it was going.

        Args:
            goal: a host or NAT; its name; an IP address; or an address with its port.
        """
        if not isinstance(goal, str) or goal in self.named:
            if isinstance(goal, tuple):
                return goal in journey.destinations
            return self._is_towards_place(journey, self.check_name(goal))
        address = read_address(goal)
        if address is not None:
            return address in journey.destinations
        return any(one.host == goal for one in journey.destinations)

    def _is_towards_place(self, journey: Journey, name: str) -> bool:
        if journey.arrived_at is not None:
            return journey.arrived_at == name
        if any(name in self.senders.get(one, ()) for one in journey.destinations):
            return True
        place = self.places.get(name)
        own = () if place is None else place.addresses
        if any(one.host in own for one in journey.destinations):
            return True
        return self._was_stopped_before(journey, name)

    def _was_stopped_before(self, journey: Journey, name: str) -> bool:
        """Tell whether a packet for nobody known was dropped by a NAT with just this host behind it."""
        drop = journey.drop
        if drop is None or drop.where not in self.places.behind(name):
            return False
        if journey.origin in self.places.inside(drop.where) or self.senders.get(drop.destination):
            return False
        return self.places.inside(drop.where) == (name,)

    def between(self, source: Where, goal: "Where | Address") -> list[Journey]:
        """The packets that a place sent and that were for another, oldest first."""
        name = self.check_name(source)
        if isinstance(goal, str) and goal not in self.named and not _is_address(goal):
            self.check_name(goal)
        return [
            journey
            for journey in self.journeys.values()
            if journey.origin == name and self.is_towards(journey, goal)
        ]


def _is_address(text: str) -> bool:
    return read_address(text) is not None or ":" in text or text.replace(".", "").isdecimal()
