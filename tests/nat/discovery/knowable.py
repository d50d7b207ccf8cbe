"""Why a finding of a world is unknown: because nobody could know it there, or because it was missed."""

import enum
from typing import Final

from nat import Behavior, Dependence
from nat.choices import Blocking, Fragments, Hairpinning, Pooling, PortAssignment
from tests.nat.discovery.worlds import Case, Check, Serving

_ANYONE: Final = Dependence.ENDPOINT_INDEPENDENT


class Cause(enum.Enum):
    """Why something is not known. All but the last, nobody could know who asks from one machine."""

    BLOCKED = "no UDP gets out"
    LIARS = "no server that can be believed tests it"
    ORDINARY = "no server tests it: an ordinary one tells what it sees of us, and no more"
    SECOND_PORT = (
        "no server answers at two ports: it depends on the address, or on the port as well"
    )
    SHUT = "a packet to oneself is kept out by one's own filter, and stays away as where nothing turns it back"
    KERNEL = "that nothing comes back may be for an inner source, which one's own kernel drops"
    ONE_SERVER = "what is silent may be the one server there is"
    LUCK = "ports are kept, and addresses drawn: that two see the same may be luck"
    MISSED = "it could be known"


def cause(world: Case, check: Check) -> Cause:
    """Why a finding of a world is unknown."""
    if any(each.blocking is not Blocking.NONE for each in world.nats):
        return Cause.BLOCKED
    if world.lie is not None and world.serving is not Serving.TWO:
        return Cause.LIARS
    if world.serving in {Serving.ORDINARY, Serving.TWO_ORDINARY}:
        found = _before_ordinary_servers(world, check)
        if found is not None:
            return found
    return _before_any(world, check)


def _before_ordinary_servers(world: Case, check: Check) -> Cause | None:
    if check.name in {"filtering", "alg", "fragments"}:
        return Cause.ORDINARY
    if check.name == "mapping" and world.serving is Serving.ORDINARY:
        return Cause.ORDINARY
    if check.name == "mapping" and _ANYONE not in check.allowed:
        return Cause.SECOND_PORT
    unopened = world.serving is Serving.ORDINARY or not _keeps_port(world)
    if check.name == "hairpinning" and unopened:
        return Cause.SHUT
    return None


def _before_any(world: Case, check: Check) -> Cause:
    if check.name == "hairpinning":
        lax = all(each.filtering is _ANYONE for each in world.nats)
        if not (_keeps_port(world) or lax):
            return Cause.SHUT
        if world.nats[-1].hairpinning is not Hairpinning.EXTERNAL_SOURCE:
            return Cause.KERNEL
    dropped = any(each.fragments is Fragments.DROPPED for each in world.nats)
    if check.name == "fragments" and dropped and world.serving is not Serving.TWO:
        return Cause.ONE_SERVER
    outermost = world.nats[-1]
    drawn = len(world.externals) > 1 and outermost.pooling is Pooling.ARBITRARY
    if check.name == "mapping" and drawn and any(map(_preserves, world.nats)):
        return Cause.LUCK
    return Cause.MISSED


def _keeps_port(world: Case) -> bool:
    """Whether all destinations see one port, whatever NATs there are."""
    return all(
        each.mapping is _ANYONE or each.ports is PortAssignment.OVERLOADING for each in world.nats
    )


def _preserves(behavior: Behavior) -> bool:
    return behavior.ports in {PortAssignment.PRESERVING, PortAssignment.OVERLOADING}
