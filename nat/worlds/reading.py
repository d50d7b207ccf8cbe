"""World files: TOML in, a plan out, or every fault with its line."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from nat.firewall import STRICT
from nat.presets import PORT_RESTRICTED_CONE
from nat.worlds.behaviors import read_behavior
from nat.worlds.errors import Fault, PlanError
from nat.worlds.happenings import read_event
from nat.worlds.lines import Lines
from nat.worlds.plan import (
    DEFAULT_INTERFACE,
    DEFAULT_LAN,
    DEFAULT_LAN_OF_NAT64,
    DEFAULT_START_SPREAD,
    INTERNET,
    EventPlan,
    FirewallPlan,
    HostPlan,
    InterfacePlan,
    LinkPlan,
    NatPlan,
    ProgramPlan,
    WorldPlan,
)
from nat.worlds.programs import Program, check_programs
from nat.worlds.qualities import DIRECTIONS, read_link, usual_link
from nat.worlds.settling import examine
from nat.worlds.tables import Table


def read(path: str | Path, *, programs: Mapping[str, Program] | None = None) -> WorldPlan:
    """Read a world file.

    Args:
        programs: as for `parse`.

    Raises:
        OSError: it cannot be read.
        PlanError: the world cannot be; with every fault and its line.
    """
    return parse(Path(path).read_text(encoding="utf-8"), source=str(path), programs=programs)


def parse(
    text: str, *, source: str = "", programs: Mapping[str, Program] | None = None
) -> WorldPlan:
    """Read a world from the text of a file; every address is given in the plan.

    Args:
        text: TOML; docs/lab.md has the reference.
        source: the name of the file, for the error.
        programs: checks what hosts run against these and "module:coroutine"; by default whatever
            is not known may be known to whoever plays the world.

    Raises:
        PlanError: the world cannot be; with every fault and its line.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError((Fault("", f"it is not TOML: {error}"),), source) from None
    faults: list[Fault] = []
    plan = _read_world(Table(content, "", faults))
    settled, impossible = examine(plan)
    unknown = () if programs is None else check_programs(plan, programs)
    if faults or impossible or unknown:
        lines = Lines(text)
        all_of_them = (*faults, *impossible, *unknown)
        found = dict.fromkeys(one.at_line(lines.find(one.place)) for one in all_of_them)
        raise PlanError(tuple(sorted(found, key=lambda one: one.line or 0)), source)
    return settled


def _read_world(table: Table) -> WorldPlan:
    seed = table.whole("seed", 0)
    duration = table.seconds("duration", None)
    start_spread = table.seconds("start-spread", DEFAULT_START_SPREAD)
    nats = tuple(_read_nat(one) for one in table.tables("nat"))
    firewalls = tuple(_read_firewall(one) for one in table.tables("firewall"))
    hosts = tuple(_read_host(one) for one in table.tables("host"))
    plan = WorldPlan(
        seed, nats, firewalls, hosts, duration=duration, start_spread=start_spread,
        names=_read_names(table.table("names")),
    )  # fmt: skip
    links = _read_links(table.table("link"), plan)
    events = _read_events(table.array("event"), plan, dict(links))
    table.finish()
    return replace(plan, links=tuple(links.values()), events=events)


def _read_nat(table: Table) -> NatPlan:
    name = table.place.removeprefix("nat.")
    network = table.text("network", INTERNET)
    external = table.texts("external")
    nat64 = table.text("nat64")
    lan = table.text("lan", DEFAULT_LAN_OF_NAT64 if nat64 else DEFAULT_LAN)
    behavior = read_behavior(table, PORT_RESTRICTED_CONE)
    return NatPlan(name, behavior, network, external, lan, nat64)


def _read_firewall(table: Table) -> FirewallPlan:
    name = table.place.removeprefix("firewall.")
    if "prefix" not in table:
        table.fault("", "it has no prefix; allowed: prefix = a network such as 2001:db8:1::/64")
    prefix = table.text("prefix", "2001:db8::/64")
    network = table.text("network", INTERNET)
    lan = table.text("lan")
    return FirewallPlan(name, prefix, network, lan, read_behavior(table, STRICT))


def _read_host(table: Table) -> HostPlan:
    name = table.place.removeprefix("host.")
    interfaces: tuple[InterfacePlan, ...]
    if "interfaces" in table:
        interfaces = tuple(map(_read_interface, table.tables("interfaces")))
    else:
        interfaces = (_interface_in(table, DEFAULT_INTERFACE),)
    programs = _read_programs(table)
    table.finish(*(("interfaces",) if "interfaces" not in table else ()))
    return HostPlan(name, interfaces, programs)


def _read_interface(table: Table) -> InterfacePlan:
    interface = _interface_in(table, table.place.rpartition(".")[2])
    table.finish()
    return interface


def _interface_in(table: Table, name: str) -> InterfacePlan:
    return InterfacePlan(name, table.text("network", INTERNET), table.texts("address"))


def _read_programs(table: Table) -> tuple[ProgramPlan, ...]:
    value = table.raw("run", [])
    programs = []
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str):
            programs.append(ProgramPlan(one))
        elif isinstance(one, dict) and isinstance(one.get("program"), str):
            options = {key.replace("-", "_"): item for key, item in one.items()}
            name, is_service = options.pop("program"), options.pop("service", False)
            programs.append(ProgramPlan(name, MappingProxyType(options), is_service is True))
        else:
            allowed = 'a program such as "echo", or { program = "ping", to = "server" }'
            table.fault("run", f"got {one!r}; allowed: {allowed}, or a list of such")
    return tuple(programs)


def _read_names(table: Table) -> MappingProxyType[str, tuple[str, ...]]:
    return MappingProxyType({name: table.texts(name) for name in table.keys()})  # noqa: SIM118 -- it is no mapping


def _read_links(table: Table, plan: WorldPlan) -> dict[str, LinkPlan]:
    """The links that are given; that of an interface begins as that of its host."""
    links: dict[str, LinkPlan] = {}
    for name in table.keys():  # noqa: SIM118 -- it is no mapping
        one = table.table(name)
        interfaces = [key for key in one.keys() if key not in DIRECTIONS and one.has_table(key)]  # noqa: SIM118
        inner = [one.table(key) for key in interfaces]
        link = read_link(one, name, usual_link(plan, name))
        if len(inner) < len(one.keys()):
            links[name] = link
        for interface in inner:
            place = interface.place.removeprefix("link.")
            before = link if name in links else usual_link(plan, place)
            links[place] = read_link(interface, place, before)
    return links


def _read_events(
    tables: list[Table], plan: WorldPlan, links: dict[str, LinkPlan]
) -> tuple[EventPlan, ...]:
    """The events, in the order of the file; links are followed in the order of time."""
    times = {one.place: _read_time(one) for one in tables}
    events: dict[str, EventPlan] = {}
    for one in sorted(tables, key=lambda one: times[one.place]):
        event = read_event(one, times[one.place], plan, links)
        if event is not None:
            events[one.place] = event
    return tuple(events[one.place] for one in tables if one.place in events)


def _read_time(table: Table) -> float:
    if "at" not in table:
        table.fault("", 'it has no time; allowed: at = seconds, or such as "5 s"')
    return table.seconds("at", 0.0)
