"""Who can meet whom without a relay: the rule for two peers, each behind one NAT.

The rule holds for ICE with host and server-reflexive candidates, checks that are sent again, and
peer-reflexive candidates; for filters that belong to a mapping, and for NATs in which an inbound
packet does not fix the way back (conntrack's sessions do).
"""

from nat.behavior import Behavior, Dependence

_ANYONE = Dependence.ENDPOINT_INDEPENDENT
_ONE_PORT = Dependence.ADDRESS_AND_PORT_DEPENDENT


def direct_possible(a: Behavior, b: Behavior) -> bool:
    """Tell whether a direct path between the two can come up. The order does not matter."""
    return _judge(a, b)[0]


def explain_direct(a: Behavior, b: Behavior) -> str:
    """Say in one sentence why a direct path can, or cannot, come up."""
    return _judge(a, b)[1]


def _judge(a: Behavior, b: Behavior) -> tuple[bool, str]:
    predictable = [one for one in (a, b) if one.mapping is _ANYONE]
    if len(predictable) == 2:
        return True, "both NATs keep one port for all destinations, so both can open the way"
    if predictable:
        return _judge_one_predictable(predictable[0])
    return _judge_none_predictable(a, b)


def _judge_one_predictable(known: Behavior) -> tuple[bool, str]:
    """The other side's port towards us is a new one; our filter decides, the other's does not."""
    if known.filtering is _ONE_PORT:
        return False, "one NAT uses a new port for each destination and the other filters by port"
    return True, "one NAT uses a new port for each destination, but the other lets it in"


def _judge_none_predictable(a: Behavior, b: Behavior) -> tuple[bool, str]:
    """A first packet must get in somewhere, its answer comes from a new port, and that must end."""
    filters = (a.filtering, b.filtering)
    if _ANYONE not in filters:
        return False, "both NATs use new ports for new destinations and neither lets strangers in"
    if _ONE_PORT in filters:
        return False, "both NATs use new ports for new destinations and one filters by port"
    if a.mapping is _ONE_PORT and b.mapping is _ONE_PORT:
        return False, "both NATs answer every new port from another new port, without end"
    return True, "one NAT lets strangers in, and one keeps its port for all ports of an address"
