"""Questions to a trace: which packets, where, from whom to whom, and what became of them.

simulation.trace.between("alice", "bob").dropped(DropReason.FILTERED)
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Self, overload

from nat.packets import Address, DropReason, Protocol
from nat.trace import explaining, pcapng, svg, text
from nat.trace.events import TraceEvent, Verdict
from nat.trace.journeys import Flow, Journey, flows
from nat.trace.places import Where
from nat.trace.story import Story


class Events(Sequence[TraceEvent]):
    """Events in the order in which they happened; each question gives those that fit as another one of these.

    It is a sequence, equal to a list of the same events, and stays as it is while the world goes on.

    Attributes:
        story: the whole trace that they are part of.
    """

    def __init__(self, events: Sequence[TraceEvent], story: Story | None = None) -> None:
        self._events = events
        self.story = Story(events) if story is None else story

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[TraceEvent]:
        return iter(self._events)

    @overload
    def __getitem__(self, index: int) -> TraceEvent: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> TraceEvent | Self:
        if isinstance(index, slice):
            return type(self)(self._events[index], self.story)
        return self._events[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, list | tuple | Events):
            return len(self) == len(other) and all(map(operator.eq, self, other))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{len(self)} events of {len({event.packet for event in self})} packets>"

    def __str__(self) -> str:
        return self.text()

    @property
    def forgotten(self) -> int:
        """How many older events the trace has forgotten, because it had come to its limit."""
        return self.story.forgotten

    # questions

    def packets(
        self,
        *numbers: int,
        protocol: Protocol | None = None,
        source: Address | str | None = None,
        destination: Address | str | None = None,
        carrying: str | None = None,
    ) -> Self:
        """All events of the packets that fit everything given.

        Args:
            numbers: those of the packets; any if none is given.
            protocol: what it carries.
            source: an address that it had as its source anywhere on its way, with the port or as text alone.
            destination: the same for its destination.
            carrying: words of its summary, such as "STUN Binding request".
        """

        def fits(event: TraceEvent) -> bool:
            return (
                (not numbers or event.packet in numbers)
                and protocol in {None, event.protocol}
                and _is_at(event.source, source)
                and _is_at(event.destination, destination)
                and (carrying is None or carrying in event.summary)
            )

        wanted = {event.packet for event in self if fits(event)}
        return self.filter(lambda event: event.packet in wanted)

    def where(self, *places: Where) -> Self:
        """What happened at these places.

        Raises:
            ValueError: the trace knows no such place.
        """
        names = {self.story.check_name(place) for place in places}
        return self.filter(lambda event: event.where in names)

    def towards(self, source: Where, goal: Where | Address) -> Self:
        """All events of the packets that a host sent and that were for another, whether they arrived or not.

        Args:
            source: a host, or its name.
            goal: a host, its name, or an address with or without a port.

        Raises:
            ValueError: the trace knows no such place.
        """
        wanted = {journey.packet for journey in self.story.between(source, goal)}
        return self.filter(lambda event: event.packet in wanted)

    def between(self, one: Where, other: Where) -> Self:
        """All events of the packets from one host to another and back.

        Raises:
            ValueError: the trace knows no such place.
        """
        story = self.story
        there, back = story.between(one, other), story.between(other, one)
        wanted = {journey.packet for journey in (*there, *back)}
        return self.filter(lambda event: event.packet in wanted)

    def during(self, start: float, end: float = float("inf")) -> Self:
        """What happened from one time to another, in seconds since the world began."""
        return self.filter(lambda event: start <= event.time <= end)

    def sent(self) -> Self:
        """Where packets began."""
        return self.filter(lambda event: event.verdict is Verdict.SENT)

    def translated(self) -> Self:
        """Where packets passed a NAT."""
        return self.filter(lambda event: event.verdict is Verdict.TRANSLATED)

    def delivered(self) -> Self:
        """Where packets arrived."""
        return self.filter(lambda event: event.verdict is Verdict.DELIVERED)

    def dropped(self, reason: DropReason | None = None) -> Self:
        """Where packets were dropped, for one reason or any."""
        return self.filter(
            lambda event: event.reason is not None and reason in {None, event.reason}
        )

    def filter(self, fits: Callable[[TraceEvent], Any]) -> Self:
        """The events for which a function of yours says yes."""
        return type(self)([event for event in self if fits(event)], self.story)

    # packets as wholes

    def journey(self, packet: int) -> Journey:
        """The way of one packet, hop by hop, all of it.

        Raises:
            KeyError: the trace has no packet of that number (any more).
        """
        try:
            return self.story.journeys[packet]
        except KeyError:
            gone = f", and has forgotten {self.forgotten} events" if self.forgotten else ""
            count = len(self.story.journeys)
            raise KeyError(f"the trace has no packet {packet}; it has {count}{gone}") from None

    def journeys(self) -> tuple[Journey, ...]:
        """The whole ways of the packets of these events, in the order in which they began."""
        numbers = dict.fromkeys(event.packet for event in self)
        return tuple(self.story.journeys[number] for number in numbers)

    def flows(self) -> tuple[Flow, ...]:
        """Those put together by sender, protocol and addresses."""
        return flows(self.journeys())

    # in words and pictures

    def explain(self, place: Where | None = None) -> str:
        """The drops in words, those of one kind in one line; at one place, and of what it sent, or everywhere.

        Raises:
            ValueError: the trace knows no such place.
        """
        chosen: Iterable[TraceEvent] = self
        if place is not None:
            name = self.story.check_name(place)
            mine = {number for number, one in self.story.journeys.items() if one.origin == name}
            chosen = self.filter(lambda event: event.where == name or event.packet in mine)
        return explaining.explain(chosen, self.forgotten)

    def why(self, source: Where, goal: Where | Address) -> str:
        """What became of the packets from one host to another, why, and what would have helped.

        It looks at the whole trace. Arguments and errors are those of `towards`.
        """
        return explaining.why(self.story, source, goal)

    def text(self) -> str:
        """A table: time, packet, place, what happened there, addresses, bytes of payload, what it carried."""
        return text.table(self, self.forgotten)

    def pcapng(self, *, epoch: int = pcapng.EPOCH) -> bytes:
        """A capture file that Wireshark opens, with an interface for each place, and drops as comments.

        Args:
            epoch: Unix time in seconds at which the world began.
        """
        return pcapng.capture(self, self.story.places, epoch)

    def svg(self, title: str = "", *, rows: int = svg.MOST_ARROWS) -> str:
        """A sequence diagram of the whole ways of these packets, complete as a file.

        Args:
            title: what it shows.
            rows: packets that are drawn at most; those alike are drawn once. What is left out is said.
        """
        ways = [event for journey in self.journeys() for event in journey.events]
        return svg.diagram(ways, self.story.places, title, rows)


def _is_at(address: Address, wanted: Address | str | None) -> bool:
    if wanted is None or address == wanted:
        return True
    return isinstance(wanted, str) and wanted in {address.host, str(address)}
