"""The events of a world file: a time, and one key that says what happens."""

from collections.abc import Callable
from typing import Final

from nat.worlds.plan import (
    DEFAULT_INTERFACE,
    BlockUdp,
    ChangeLink,
    EventPlan,
    Heal,
    LinkPlan,
    Move,
    Partition,
    Reboot,
    Renumber,
    WorldPlan,
)
from nat.worlds.qualities import read_link, usual_link
from nat.worlds.tables import Table


def read_event(
    table: Table, at: float, plan: WorldPlan, links: dict[str, LinkPlan]
) -> EventPlan | None:
    """Read one [[event]]; None if it is none, which is noted.

    Args:
        at: its time.
        links: the links as they are then; followed on.
    """
    found = [kind for kind in _ALL if kind in table]
    if len(found) != 1:
        message = f"it says {' and '.join(found) or 'nothing'}; allowed: one of {', '.join(_ALL)}"
        table.fault("", message)
        return None
    if found[0] == "link":
        return _read_change(table, at, plan, links)
    event = _KINDS[found[0]](table, at)
    if isinstance(event, Move):
        links.pop(event.host, None)
        links.pop(f"{event.host}.{event.interface}", None)
    table.finish()
    return event


def _read_reboot(table: Table, at: float) -> Reboot:
    return Reboot(at, table.text("reboot"))


def _read_renumber(table: Table, at: float) -> Renumber:
    return Renumber(at, table.text("renumber"), table.texts("external"))


def _read_move(table: Table, at: float) -> Move:
    if "to" not in table:
        table.fault("", "it does not say where to; allowed: to = the name of a network")
    return Move(
        at,
        table.text("move"),
        table.text("to"),
        table.text("interface", DEFAULT_INTERFACE),
        table.texts("address"),
    )


def _read_partition(table: Table, at: float) -> Partition:
    value = table.raw("partition")
    match value:
        case [list() as one, list() as other] if all(isinstance(x, str) for x in (*one, *other)):
            return Partition(at, tuple(one), tuple(other))
    allowed = 'two lists of places, such as [["home-a"], ["server"]]'
    table.fault("partition", f"got {value!r}; allowed: {allowed}")
    return Partition(at, (), ())


def _read_heal(table: Table, at: float) -> Heal:
    table.flag("heal", default=True)
    return Heal(at)


def _read_block(table: Table, at: float) -> BlockUdp:
    return BlockUdp(at, table.text("block-udp"))


def _read_unblock(table: Table, at: float) -> BlockUdp:
    return BlockUdp(at, table.text("unblock-udp"), blocked=False)


def _read_change(
    table: Table, at: float, plan: WorldPlan, links: dict[str, LinkPlan]
) -> ChangeLink:
    place = table.text("link")
    before = links.get(place) or links.get(place.partition(".")[0]) or usual_link(plan, place)
    link = links[place] = read_link(table, place, before)
    return ChangeLink(at, link)


_KINDS: Final[dict[str, Callable[[Table, float], EventPlan]]] = {
    "reboot": _read_reboot,
    "renumber": _read_renumber,
    "move": _read_move,
    "partition": _read_partition,
    "heal": _read_heal,
    "block-udp": _read_block,
    "unblock-udp": _read_unblock,
}
_ALL: Final = (*_KINDS, "link")
