"""Drops in words: what was dropped and why, and what would have helped.

The sentences go by reasons and addresses, never by the text of a detail, which is only quoted.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from nat.packets import Address, DropReason
from nat.trace.events import TraceEvent, Verdict
from nat.trace.journeys import Journey
from nat.trace.places import Where, name_of
from nat.trace.story import Story

_MOST_ADDRESSES: Final = 4
_MEASURE: Final = re.compile(r"\b[\d.]+ (?:s|ms|bytes|B)\b")


def explain(events: Iterable[TraceEvent], forgotten: int = 0) -> str:
    """All drops in words, those of one kind in one line, the first ones first."""
    kinds: dict[_Kind, list[TraceEvent]] = {}
    for event in events:
        if event.reason is not None:
            kinds.setdefault(_kind(event), []).append(event)
    lines = [_sentence(group) for group in kinds.values()] or ["No packet was dropped."]
    if forgotten:
        lines.append(f"({forgotten} older events were forgotten: see `trace_limit`.)")
    return "\n".join(lines)


_Kind = tuple[str, DropReason | None, str]


def _kind(event: TraceEvent) -> _Kind:
    """Drops are of one kind if place, reason and detail are equal but for measures in the detail."""
    return (event.where, event.reason, _MEASURE.sub("#", event.detail))


def _sentence(events: Sequence[TraceEvent]) -> str:
    first = events[0]
    pairs = dict.fromkeys((event.source, event.destination) for event in events)
    others = "" if len(pairs) == 1 else f" and {len(pairs) - 1} other pairs of addresses"
    if len(pairs) == 2:
        others = " and another pair of addresses"
    return (
        f"{first.where} dropped {_packets(len(events))} {first.source} > {first.destination}"
        f"{others} {_when(events)}: {_reason(first)}"
    )


def why(story: Story, source: Where, goal: "Where | Address") -> str:
    """Answer what became of the packets from one place to another, and what would have helped.

    Args:
        source: the host that sent them.
        goal: the host they were for, or an address.

    Raises:
        ValueError: there is no such place.
    """
    sent = story.between(source, goal)
    sender = name_of(source)
    receiver = str(goal) if isinstance(goal, tuple) else name_of(goal)
    if not sent:
        return _forgetful(f"{sender} sent nothing to {receiver}.", story)
    arrived = [journey for journey in sent if journey.arrived_at is not None]
    head = f"{sender} sent {_packets(len(sent))} to {_targets(sent, receiver)}"
    if len(arrived) == len(sent):
        latency = arrived[0].latency or 0.0
        all_of = "it arrived" if len(sent) == 1 else f"all {len(sent)} arrived, the first"
        return _forgetful(f"{head}; {all_of} after {latency * 1000:.3g} ms.", story)
    parts = [head]
    if arrived:
        parts.append(f"{len(arrived)} arrived, the first at {arrived[0].end.time:.3f} s")
    parts += [_drops(group, len(sent), story) for group in _by_reason(sent)]
    under_way = sum(journey.arrived_at is None and journey.drop is None for journey in sent)
    if under_way:
        parts.append(f"{under_way} did not get to an end while the world ran")
    return _forgetful("; ".join(parts) + ".", story)


def _forgetful(text: str, story: Story) -> str:
    if story.forgotten:
        return f"{text} ({story.forgotten} older events were forgotten: see `trace_limit`.)"
    return text


def _targets(sent: Sequence[Journey], receiver: str) -> str:
    addresses = [str(one) for one in dict.fromkeys(journey.destination for journey in sent)]
    if receiver in addresses and len(addresses) == 1:
        return receiver
    shown = ", ".join(addresses[:_MOST_ADDRESSES])
    if len(addresses) > _MOST_ADDRESSES:
        shown += f" and {len(addresses) - _MOST_ADDRESSES} more"
    return f"{receiver} at {shown}"


def _by_reason(sent: Iterable[Journey]) -> list[list[Journey]]:
    groups: dict[_Kind, list[Journey]] = {}
    for journey in sent:
        if journey.drop is not None:
            groups.setdefault(_kind(journey.drop), []).append(journey)
    return list(groups.values())


def _drops(group: Sequence[Journey], of: int, story: Story) -> str:
    drops = [journey.drop for journey in group if journey.drop is not None]
    first = drops[0]
    count = str(len(group)) if len(group) < of else "it" if of == 1 else f"all {of}"
    said = f"{first.where} dropped {count} {_when(drops)}: {_reason(first)}"
    help_ = _HELP.get(first.reason) if first.reason is not None else None
    hint = help_(group, story) if help_ is not None else ""
    return f"{said}; {hint}" if hint else said


# what would have helped


def _help_filtered(group: Sequence[Journey], story: Story) -> str:
    """Whom the receiver behind the NAT had sent to from that mapping, and whom it should have."""
    drop = group[0].end
    stranger, target, nat = drop.source, drop.destination, drop.where
    owner = _owner(story, target)
    contacts = _contacts(story, nat, target)
    later = contacts.get(stranger)
    if later is not None:
        return (
            f"{owner} sent to {stranger} only at {later.time:.3f} s, which let in what came after"
        )
    nearly = [one for one in contacts if one.host == stranger.host]
    wanted = f"{nat} would have let {'it' if len(group) == 1 else 'them'} in"
    hint = f"{wanted} had {owner} sent to {stranger} from {target}"
    if nearly:
        return f"{hint}, but it sent to {_list(nearly)}, as {_moved(group[0], story)}"
    astray = _astray(story, nat, target, stranger)
    if astray is not None:
        moved = _moved(astray.journey, story)
        return f"{hint}, but what it sent there left from {astray.seen_as}, as {moved}"
    if contacts:
        return f"{hint}, but it had sent to {_list(contacts)} only"
    return hint


class _Astray(NamedTuple):
    journey: Journey
    seen_as: Address


def _astray(story: Story, nat: str, target: Address, stranger: Address) -> _Astray | None:
    """A packet to the stranger that the owner of the target sent through another mapping of its NAT."""
    owners = story.senders.get(target, ())
    for journey in story.journeys.values():
        if journey.origin in owners and journey.destination == stranger:
            for event in journey.events:
                if event.where == nat and event.source != target:
                    return _Astray(journey, event.source)
    return None


def _moved(journey: Journey, story: Story) -> str:
    """Why the sender was seen at another port than the one that the other side was told."""
    seen: dict[Address, Address] = {}
    nat = ""
    for other in story.journeys.values():
        if other.origin == journey.origin and other.source == journey.source:
            for event in other.events:
                if event.verdict is Verdict.TRANSLATED and event.before is not None:
                    if event.before.source == journey.source and event.source != journey.source:
                        seen.setdefault(event.destination, event.source)
                        nat = nat or event.where
                    break
    if len(set(seen.values())) < 2:
        return f"{journey.origin} was seen at another port"
    ways = [f"{external} towards {remote}" for remote, external in seen.items()]
    shown = ", ".join(ways[:_MOST_ADDRESSES])
    return f"{nat} gives {journey.origin}'s {journey.source} one port per destination: {shown}"


def _help_unmapped(group: Sequence[Journey], story: Story) -> str:
    drop, last = group[0].end, group[-1].end
    opened = _contacts(story, drop.where, drop.destination)
    owner = _owner(story, drop.destination)
    if opened:
        first = min(opened.values(), key=lambda event: event.time_ns)
        if first.time_ns > last.time_ns:
            return f"{owner} opened {drop.destination} only at {first.time:.3f} s"
        return ""
    others = [
        address
        for address, hosts in story.senders.items()
        if address.host == drop.destination.host and drop.where not in hosts
    ]
    if others:
        return f"what {drop.where} had open was {_list(others)}"
    inside = story.places.inside(drop.where)
    return f"{_either(inside)} behind {drop.where} had sent nothing" if inside else ""


def _help_hairpin(group: Sequence[Journey], story: Story) -> str:
    last = group[-1].end
    owner = story.senders.get(last.destination, ())
    for other in story.journeys.values():
        if other.origin in owner and last.destination in {e.source for e in other.events}:
            return f"inside, {other.origin} is at {other.source}"
    return ""


_Help = Callable[[Sequence[Journey], Story], str]
_HELP: dict[DropReason, _Help] = {
    DropReason.FILTERED: _help_filtered,
    DropReason.NO_MAPPING: _help_unmapped,
    DropReason.NO_HAIRPINNING: _help_hairpin,
}


def _contacts(story: Story, nat: str, external: Address) -> dict[Address, TraceEvent]:
    """Whom a mapping of a NAT sent to, and the first event of each."""
    found: dict[Address, TraceEvent] = {}
    for event in story.events:
        if event.where == nat and event.verdict is Verdict.TRANSLATED and event.source == external:
            found.setdefault(event.destination, event)
    return found


def _owner(story: Story, address: Address) -> str:
    hosts = story.senders.get(address, ())
    return _either(hosts) if hosts else f"whoever is at {address}"


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else " or ".join(names)


def _list(addresses: Iterable[Address]) -> str:
    texts = [str(one) for one in addresses]
    rest = len(texts) - _MOST_ADDRESSES
    return ", ".join(texts[:_MOST_ADDRESSES]) + (f" and {rest} more" if rest > 0 else "")


def _packets(count: int) -> str:
    return "1 packet" if count == 1 else f"{count} packets"


def _reason(event: TraceEvent) -> str:
    assert event.reason is not None
    return f"{event.reason.value}: {event.detail}" if event.detail else event.reason.value


def _when(events: Sequence[TraceEvent]) -> str:
    first, last = events[0], events[-1]
    if len(events) == 1 or first.time_ns == last.time_ns:
        return f"at {first.time:.3f} s"
    return f"from {first.time:.3f} s to {last.time:.3f} s"
