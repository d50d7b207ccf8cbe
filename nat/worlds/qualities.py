"""Links in a world file: what is not said stays as it was, each direction may differ."""

from dataclasses import replace
from typing import Any

from nat.links import INTERNET_QUALITY, LAN_QUALITY, GilbertElliott, LinkQuality
from nat.worlds.plan import INTERNET, LinkPlan, WorldPlan
from nat.worlds.tables import Table

DIRECTIONS = ("up", "down", "burst")
"""Tables in a link's table that are not an interface's."""


def usual_link(plan: WorldPlan, place: str) -> LinkPlan:
    """The link that a place has if nothing is said: short in a LAN, longer elsewhere."""
    name, _, interface = place.partition(".")
    for host in plan.hosts:
        if host.name == name:
            for one in host.interfaces:
                if interface in {"", one.name} and one.network != INTERNET:
                    return LinkPlan(place, LAN_QUALITY, LAN_QUALITY)
    return LinkPlan(place, INTERNET_QUALITY, INTERNET_QUALITY)


def read_link(table: Table, place: str, before: LinkPlan, *also: str) -> LinkPlan:
    """Read a link.

    Args:
        table: with keys for both directions, and tables `up` and `down` for one.
        place: whose link it is.
        before: the link so far.
        also: other keys of the table.
    """
    up = _read_direction(table, "up", _read_quality(table, before.up))
    down = _read_direction(table, "down", _read_quality(table, before.down))
    table.finish(*also)
    return LinkPlan(place, up, down)


def _read_direction(table: Table, name: str, both: LinkQuality) -> LinkQuality:
    one = table.table(name)
    quality = _read_quality(one, both)
    one.finish()
    return quality


def _read_quality(table: Table, before: LinkQuality) -> LinkQuality:
    """The quality with what the table changes; a fault names the first key that cannot be."""
    changes: dict[str, Any] = {
        "latency": table.seconds("latency", before.latency),
        "jitter": table.seconds("jitter", before.jitter),
        "reordering": table.flag("reordering", before.reordering),
        "loss": _read_loss(table, before),
        "duplication": table.share("duplication", before.duplication),
        "bandwidth": table.bandwidth("bandwidth", before.bandwidth),
        "queue": table.size("queue", before.queue),
        "mtu": table.size("mtu", before.mtu),
        "cut": table.flag("cut", before.cut),
    }
    quality = before
    for name, value in changes.items():
        try:
            quality = replace(quality, **{name: value})
        except ValueError as error:
            table.fault(name, str(error))
    return quality


def _read_loss(table: Table, before: LinkQuality) -> float | GilbertElliott:
    loss = table.share("loss", 0.0) if "loss" in table else table.raw("loss")
    table.raw("burst")
    if "burst" not in table:
        return before.loss if loss is None else loss
    if loss is not None:
        table.fault("burst", "loss is given, too; allowed: one of loss and burst")
    burst = table.table("burst")
    shares = {
        "to_bad": burst.share("to-bad", 0.0),
        "to_good": burst.share("to-good", 0.0),
        "good": burst.share("good", 0.0),
        "bad": burst.share("bad", 1.0),
    }
    burst.finish()
    try:
        return GilbertElliott(**shares)
    except ValueError as error:
        table.fault("burst", str(error))
        return 0.0
