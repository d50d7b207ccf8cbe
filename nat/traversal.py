"""Who can meet whom without a relay: the rule for two peers, each behind one NAT or several.

The rule holds for ICE with host and server-reflexive candidates, checks that are sent again, and
peer-reflexive candidates. It needs to know five things of a NAT: mapping, filtering, to what a
filter belongs, whether an inbound packet fixes the way back, and whether UDP passes at all.
"""

import dataclasses
import enum
from dataclasses import dataclass
from typing import Final

from nat.behavior import Behavior
from nat.candidates import CandidateType
from nat.choices import Blocking, Dependence, FilterScope, PortAssignment, Sessions

_ANYONE: Final = Dependence.ENDPOINT_INDEPENDENT
_ONE_ADDRESS: Final = Dependence.ADDRESS_DEPENDENT
_ONE_PORT: Final = Dependence.ADDRESS_AND_PORT_DEPENDENT
_BY_STRICTNESS: Final = tuple(Dependence)
_SEEN: Final = CandidateType.SERVER_REFLEXIVE
_NEW: Final = CandidateType.PEER_REFLEXIVE

OPEN: Final = Behavior(_ANYONE, _ANYONE)
"""What stands before a peer without a NAT: it meets whom this one lets it meet."""


class Model(enum.Enum):
    """What a NAT does where RFC 4787 leaves it open. Each gives a truth table of its own."""

    PURE = "pure"
    """A filter belongs to a mapping, and an inbound packet changes nothing."""
    ENDPOINT_FILTERS = "endpoint-filters"
    """A filter belongs to the endpoint inside, as RFC 4787 §5 words it."""
    CONNTRACK = "conntrack"
    """A filter belongs to a mapping, and an inbound packet that was let in is a session, as in
    Linux: what goes back to its sender leaves through the port at which it came."""

    def of(self, behavior: Behavior) -> Behavior:
        """The same behaviour, decided by this model where the model has something to say."""
        endpoint = self is Model.ENDPOINT_FILTERS
        tracked = self is Model.CONNTRACK
        return dataclasses.replace(
            behavior,
            filter_scope=FilterScope.ENDPOINT if endpoint else FilterScope.MAPPING,
            sessions=Sessions.CONNTRACK if tracked else Sessions.NONE,
        )


Types = tuple[CandidateType, CandidateType]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What ICE finds between two peers, each behind one NAT.

    Attributes:
        direct: whether a direct path comes up.
        reason: why it does or does not, in one sentence.
        alternatives: with a direct path, the type of each side's candidate in the selected pair, as
            the other side sees it. Mostly there is one possibility; with sessions it may depend on
            which check gets through first.
    """

    direct: bool
    reason: str
    alternatives: tuple[Types, ...]

    @property
    def words(self) -> str:
        """The candidate types, or that there is no direct path."""
        pairs = [f"{one.words} and {other.words}" for one, other in self.alternatives]
        return ", or ".join(pairs) or "no direct path"

    def allows(self, types: Types | None) -> bool:
        """Tell whether these types, or None for no direct path, are as expected."""
        return types in self.alternatives if self.direct else types is None


def expect(a: Behavior, b: Behavior) -> Expectation:
    """Say what ICE finds between a peer behind `a`, who controls, and one behind `b`."""
    direct, reason = _judge(a, b)
    return Expectation(direct, reason, _alternatives(a, b) if direct else ())


def direct_possible(a: Behavior, b: Behavior) -> bool:
    """Tell whether a direct path between the two can come up. The order does not matter."""
    return _judge(a, b)[0]


def explain_direct(a: Behavior, b: Behavior) -> str:
    """Say in one sentence why a direct path can, or cannot, come up."""
    return _judge(a, b)[1]


def compose(*layers: Behavior) -> Behavior:
    """The behaviour that nested NATs have together, from the inside to the outside.

    The mapping is that of the layer that keeps least, the filtering that of the strictest one. An
    inner filter is shared by all mappings that an outer layer makes of one mapping.
    """
    whole = OPEN
    for layer in layers:
        outer_is_open = layer.filtering is _ANYONE and not _keeps_port(layer)
        shared = outer_is_open and whole.filtering is not _ANYONE and _keeps_port(whole)
        tracked = _answers_where_asked(whole) and _answers_where_asked(layer)
        whole = dataclasses.replace(
            layer,
            mapping=max(_mapping(whole), _mapping(layer), key=_strictness),
            filtering=max(whole.filtering, layer.filtering, key=_strictness),
            ports=PortAssignment.RANDOM,
            filter_scope=FilterScope.ENDPOINT if shared else layer.filter_scope,
            sessions=Sessions.CONNTRACK if tracked else Sessions.NONE,
            blocking=whole.blocking if layer.blocking is Blocking.NONE else layer.blocking,
        )
    return whole


def _judge(a: Behavior, b: Behavior) -> tuple[bool, str]:
    if not a.blocking is b.blocking is Blocking.NONE:
        return False, "one NAT lets no UDP out"
    if _keeps_port(a) and _keeps_port(b):
        return True, "both NATs keep one port for all destinations, so both can open the way"
    for asked, asking in sorted(((a, b), (b, a)), key=lambda pair: _plainness(pair[0])):
        if _reaches(asking, asked):
            return True, _why(asked)
    return False, _why_not(a, b)


def _reaches(asking: Behavior, asked: Behavior) -> bool:
    return _lets_in(asked, asking) and _comes_to_an_end(asked, asking)


def _lets_in(asked: Behavior, asking: Behavior) -> bool:
    """Whether a check gets in at the address that a STUN server saw, which is all that is told.

    The one asked has sent checks, too, from another port if it changes ports, to the address that
    was told of the one asking, who now may come from another port.
    """
    if _keeps_port(asked):
        return _keeps_port(asking) or asked.filtering is not _ONE_PORT
    if asked.filtering is _ANYONE:
        return True
    shared = asked.filter_scope is FilterScope.ENDPOINT
    return shared and (_keeps_port(asking) or asked.filtering is _ONE_ADDRESS)


def _comes_to_an_end(asked: Behavior, asking: Behavior) -> bool:
    """Whether, once a check is in, both sides settle on a pair of ports."""
    if _answers_where_asked(asked):
        return True
    if asking.filtering is _ONE_PORT:
        return False  # the one asking has never sent to the port from which the answer comes
    keeps_on_changing = asked.mapping is _ONE_PORT and asking.mapping is _ONE_PORT
    return not keeps_on_changing or asking.sessions is Sessions.CONNTRACK or _keeps_port(asking)


def _why(asked: Behavior) -> str:
    if _keeps_port(asked):
        return "one NAT uses a new port for each destination, but the other lets it in"
    if asked.sessions is Sessions.CONNTRACK:
        return "one NAT lets strangers in and answers them from the port at which they came"
    if asked.filtering is _ANYONE:
        return "one NAT lets strangers in, and one keeps its port for all ports of an address"
    return (
        "both NATs let a known address in at every port, and one keeps its port for all ports of"
        " an address"
    )


def _why_not(a: Behavior, b: Behavior) -> str:
    if _keeps_port(a) or _keeps_port(b):
        return "one NAT uses a new port for each destination and the other filters by port"
    if not (_lets_in(a, b) or _lets_in(b, a)):
        return "both NATs use new ports for new destinations and neither lets strangers in"
    if _ONE_PORT in {a.filtering, b.filtering}:
        return "both NATs use new ports for new destinations and one filters by port"
    return "both NATs answer every new port from another new port, without end"


def _alternatives(a: Behavior, b: Behavior) -> tuple[Types, ...]:
    """The types with which one side reaches the other, or both."""
    found: list[Types] = []
    if _reaches(b, a):
        found += [(_type_of_asked(a), asking) for asking in _types_of_asking(b, a)]
    if _reaches(a, b):
        found += [(asking, _type_of_asked(b)) for asking in _types_of_asking(a, b)]
    return tuple(dict.fromkeys(found))


def _type_of_asked(behavior: Behavior) -> CandidateType:
    """A check has come to the address that was told; the answer leaves there or elsewhere."""
    return _SEEN if _answers_where_asked(behavior) else _NEW


def _types_of_asking(asking: Behavior, asked: Behavior) -> list[CandidateType]:
    """The check has come from the port that the STUN server saw, or from a new one.

    A NAT with sessions shows its inside another port, too, if it has a session with that one from
    another port of its own already: Linux keeps the two apart so.
    """
    if not _keeps_port(asking):
        return [_NEW]
    return [_SEEN] if _keeps_port(asked) or not _answers_where_asked(asked) else [_SEEN, _NEW]


def _mapping(behavior: Behavior) -> Dependence:
    """What the mapping comes to.

    A NAT that overloads ports takes the internal one whatever the destination.
    """
    overloads = behavior.ports is PortAssignment.OVERLOADING
    return _ANYONE if overloads else behavior.mapping


def _keeps_port(behavior: Behavior) -> bool:
    """Whether all destinations see the same port."""
    return _mapping(behavior) is _ANYONE


def _answers_where_asked(behavior: Behavior) -> bool:
    """Whether an answer leaves through the port at which the question came."""
    return _keeps_port(behavior) or behavior.sessions is Sessions.CONNTRACK


def _plainness(asked: Behavior) -> tuple[bool, int, bool]:
    """Of two reasons for a path, the one that is easier to grasp is told."""
    tracked = asked.sessions is Sessions.CONNTRACK
    return not _keeps_port(asked), _strictness(asked.filtering), not tracked


def _strictness(dependence: Dependence) -> int:
    return _BY_STRICTNESS.index(dependence)
