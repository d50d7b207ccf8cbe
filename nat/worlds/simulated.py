"""Plans in the simulator: a world is built, its events come at their times, its programs run."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, assert_never

from nat.simulator import Host, Simulation
from nat.simulator.nats import Middlebox
from nat.simulator.segment import Segment
from nat.worlds.errors import PlanError
from nat.worlds.plan import (
    INTERNET,
    BlockUdp,
    ChangeLink,
    EventPlan,
    FirewallPlan,
    Heal,
    HostPlan,
    LinkPlan,
    Move,
    NatPlan,
    Partition,
    ProgramPlan,
    Reboot,
    Renumber,
    WorldPlan,
)
from nat.worlds.programs import BUILT_IN, Program, check_programs, find_program, is_service
from nat.worlds.settling import settle

LONGEST: Final = 86_400.0
"""Seconds of virtual time within which the programs of a world without a duration must end."""


@dataclass(slots=True)
class Outcome:
    """What became of one program.

    Attributes:
        host: where it ran.
        program: its name.
        began: seconds of virtual time, or None if it has not begun.
        ended: the same, or None if it was still running at the end.
        value: what it returned.
        error: what it raised, or None.
    """

    host: str
    program: str
    began: float | None = None
    ended: float | None = None
    value: Any = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a world.

    Attributes:
        simulation: the world, with its trace.
        outcomes: of all programs, in the order of the plan.
        lasted: seconds of virtual time.
    """

    simulation: Simulation
    outcomes: tuple[Outcome, ...]
    lasted: float

    @property
    def succeeded(self) -> bool:
        """No program has failed."""
        return all(outcome.error is None for outcome in self.outcomes)


@dataclass(slots=True)
class Built:
    """A plan that has become a world.

    Attributes:
        simulation: the world.
        boxes: its NATs and firewalls by name.
        hosts: its hosts by name.
    """

    simulation: Simulation
    boxes: dict[str, Middlebox] = field(default_factory=dict)
    hosts: dict[str, Host] = field(default_factory=dict)

    def segment(self, network: str) -> Segment:
        """The network of a name."""
        return self.simulation.internet if network == INTERNET else self.boxes[network].lan

    def place(self, name: str) -> Host | Middlebox:
        """The host, NAT or firewall of a name."""
        return self.hosts[name] if name in self.hosts else self.boxes[name]


def build(plan: WorldPlan) -> Simulation:
    """Build a world; its events come in the first run of it.

    Raises:
        PlanError: it cannot be; with every fault.
    """
    return assemble(plan).simulation


def assemble(plan: WorldPlan) -> Built:
    """Build a world, and tell its places by name; its events come in the first run of it.

    Raises:
        PlanError: it cannot be; with every fault.
    """
    plan = settle(plan)
    built = Built(Simulation(plan.seed, start_spread=plan.start_spread))
    simulation = built.simulation
    for router in _outer_ones_first(plan):
        built.boxes[router.name] = _add_router(built, router)
    for host in plan.hosts:
        _add_host(built, host)
    for link in plan.links:
        _change_link(built, link)
    for name, addresses in plan.names.items():
        simulation.name(name, *addresses)
    for event in plan.events:
        simulation.at(event.at, _happening(built, event))
    return built


def play(plan: WorldPlan, programs: Mapping[str, Program] = MappingProxyType({})) -> Result:
    """Build a world and run its programs.

    It ends after the plan's duration, or, if it has none, when every program has ended that is no
    service. A program that fails does not stop the others.

    Args:
        programs: more programs by name, besides those that are built in.

    Raises:
        PlanError: the world cannot be; with every fault.
        DeadlockError: nothing would ever have happened any more.
        DeadlineError: there is no duration, and its programs have not ended within a day.
    """
    plan = check(plan, programs)
    built = assemble(plan)
    simulation = built.simulation
    main = perform(built, plan, programs)
    outcomes = simulation.run(main, deadline=2 * (plan.duration or LONGEST))
    return Result(simulation, outcomes, simulation.now)


def check(plan: WorldPlan, programs: Mapping[str, Program] = MappingProxyType({})) -> WorldPlan:
    """The plan, if its programs can run.

    Raises:
        PlanError: they cannot; with every fault.
    """
    faults = check_programs(plan, {**BUILT_IN, **programs})
    if faults:
        raise PlanError(faults)
    return plan


async def perform(
    built: Built, plan: WorldPlan, programs: Mapping[str, Program] = MappingProxyType({})
) -> tuple[Outcome, ...]:
    """Run the programs of a world on its hosts, in virtual time or, in the TUN lab, in real time.

    Returns:
        What became of each, in the order of the plan.
    """
    known = {**BUILT_IN, **programs}
    parts = [
        _Part(built.hosts[host.name], one, find_program(one.name, known))
        for host in plan.hosts
        for one in host.programs
    ]
    await _perform(parts, plan.duration)
    return tuple(part.outcome for part in parts)


class _Part:
    """One program on its host."""

    def __init__(self, host: Host, plan: ProgramPlan, program: Program) -> None:
        self.host = host
        self.is_service = is_service(plan)
        self.outcome = Outcome(host.name, plan.name)
        self._plan = plan
        self._program = program

    def start(self, group: asyncio.TaskGroup) -> asyncio.Task[None]:
        """Services are there from the beginning; others start when the seed says."""
        return self.host.start(group, self._play(), offset=0.0 if self.is_service else None)

    async def _play(self) -> None:
        clock = self.host.node.network.clock
        outcome = self.outcome
        outcome.began = clock.monotonic()
        try:
            outcome.value = await self._program(**self._plan.options)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it raised is what became of it
            outcome.error = error
        outcome.ended = clock.monotonic()


async def _perform(parts: list[_Part], duration: float | None) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [part.start(group) for part in parts]
        if duration is not None:
            await asyncio.sleep(duration)
        else:
            pairs = zip(parts, tasks, strict=True)
            await asyncio.wait([task for part, task in pairs if not part.is_service])
        for task in tasks:
            task.cancel()


def _outer_ones_first(plan: WorldPlan) -> Iterator[NatPlan | FirewallPlan]:
    """NATs and firewalls, each behind those that it stands inside of or beside."""
    there = {INTERNET, ""}
    waiting: list[NatPlan | FirewallPlan] = [*plan.nats, *plan.firewalls]
    while waiting:
        router = waiting.pop(0)
        beside = router.lan if isinstance(router, FirewallPlan) else ""
        if router.network in there and beside in there:
            there.add(router.name)
            yield router
        else:
            waiting.append(router)


def _add_router(built: Built, plan: NatPlan | FirewallPlan) -> Middlebox:
    inside = built.boxes.get(plan.network)
    world = built.simulation
    if isinstance(plan, FirewallPlan):
        lan = built.boxes.get(plan.lan)
        return world.firewall(plan.name, plan.prefix, plan.behavior, lan=lan, inside=inside)
    if plan.nat64:
        return world.nat64(
            plan.name,
            plan.behavior,
            external=plan.external,
            lan=plan.lan,
            prefix=plan.nat64,
            inside=inside,
        )
    return world.nat(plan.name, plan.behavior, external=plan.external, lan=plan.lan, inside=inside)


def _add_host(built: Built, plan: HostPlan) -> None:
    host = built.hosts[plan.name] = built.simulation.unplugged_host(plan.name)
    for interface in plan.interfaces:
        segment = built.segment(interface.network)
        host.attach(segment, *interface.addresses, interface=interface.name)
        if interface.network == INTERNET:
            built.simulation.name(plan.name, *interface.addresses)


def _change_link(built: Built, link: LinkPlan) -> None:
    name, _, interface = link.place.partition(".")
    place = built.place(name)
    if isinstance(place, Host) and not interface:
        for one in place.node.attachments:
            built.simulation.link(place, interface=one.name, up=link.up, down=link.down)
    else:
        built.simulation.link(place, interface=interface or None, up=link.up, down=link.down)


def _happening(built: Built, event: EventPlan) -> Callable[[], None]:
    """What an event does, when it is time."""
    simulation = built.simulation
    match event:
        case Reboot():
            return built.boxes[event.place].reboot
        case Renumber():
            return lambda: simulation.find_nat(event.nat).renumber(*event.external)
        case Move():
            return lambda: built.hosts[event.host].move(
                built.segment(event.network), *event.addresses, interface=event.interface
            )
        case ChangeLink():
            return lambda: _change_link(built, event.link)
        case Partition():
            return lambda: simulation.partition(
                [built.place(name) for name in event.one],
                [built.place(name) for name in event.other],
            )
        case Heal():
            return simulation.heal
        case BlockUdp():
            return lambda: built.boxes[event.place].block_udp(blocked=event.blocked)
        case unknown:
            assert_never(unknown)
