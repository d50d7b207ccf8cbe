"""A world in the real kernel: hosts, NATs and networks as in a plan, as long as the lab lasts.

plan = nat.worlds.read("world.toml")
with KernelLab(plan) as lab:
    lab.host("alice").run(["curl", "http://198.51.100.1/"])
"""

import asyncio
import ipaddress
from collections.abc import Coroutine, Mapping
from types import MappingProxyType, TracebackType
from typing import Any, Self, TypeVar

from nat.kernel.errors import KernelLabError
from nat.kernel.loop import NamespaceLoop
from nat.kernel.namespaces import Namespace, Namespaces
from nat.kernel.places import KernelFirewall, KernelHost, KernelNat, KernelRouter
from nat.kernel.readiness import wait_until_up
from nat.kernel.wiring import Box, Wire, boxes, links, names, refuse, wires
from nat.worlds import BlockUdp, EventPlan, Reboot, Renumber, WorldPlan, settle

T = TypeVar("T")


class KernelLab:
    """A world in the kernel, and a context manager that removes it.

    Args:
        plan: what there is. Every link is as fast as the kernel, and programs are started by hand.

    Raises:
        PlanError: the plan cannot be.
        NotExpressibleError: the kernel cannot do what it says; nothing was made.
        NeedsRootError: this process may not make namespaces; raised on entering.
    """

    def __init__(self, plan: WorldPlan) -> None:
        self.plan = settle(plan)
        refuse(self.plan)
        self._namespaces = Namespaces()
        self._hosts: dict[str, KernelHost] = {}
        self._nats: dict[str, KernelNat] = {}
        self._firewalls: dict[str, KernelFirewall] = {}

    def __enter__(self) -> Self:
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def hosts(self) -> Mapping[str, KernelHost]:
        """The hosts by name."""
        return MappingProxyType(self._hosts)

    @property
    def nats(self) -> Mapping[str, KernelNat]:
        """The NATs by name."""
        return MappingProxyType(self._nats)

    def host(self, name: str) -> KernelHost:
        """Find a host.

        Raises:
            KernelLabError: there is none of that name; it lists those there are.
        """
        return _find(self._hosts, name, "host")

    def nat(self, name: str) -> KernelNat:
        """Find a NAT.

        Raises:
            KernelLabError: there is none of that name; it lists those there are.
        """
        return _find(self._nats, name, "NAT")

    def firewall(self, name: str) -> KernelFirewall:
        """Find a firewall.

        Raises:
            KernelLabError: there is none of that name; it lists those there are.
        """
        return _find(self._firewalls, name, "firewall")

    def play(self, main: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end, in real time, while the events of the plan happen.

        `KernelHost.start` starts tasks on hosts.

        Raises:
            Exception: whatever `main` raised.
        """
        with asyncio.Runner(loop_factory=NamespaceLoop) as runner:
            return runner.run(self._play(main))

    async def _play(self, main: Coroutine[Any, Any, T]) -> T:
        events = asyncio.create_task(self._let_happen())
        try:
            return await main
        finally:
            events.cancel()
            await asyncio.wait([events])

    async def _let_happen(self) -> None:
        began = asyncio.get_running_loop().time()
        for event in self.plan.events:
            await asyncio.sleep(began + event.at - asyncio.get_running_loop().time())
            self.apply(event)

    def apply(self, event: EventPlan) -> None:
        """Let an event happen now, whatever its time.

        Raises:
            KernelLabError: the lab has no such place.
        """
        match event:
            case Reboot():
                self._router(event.place).reboot()
            case Renumber():
                self.nat(event.nat).renumber(event.external)
            case BlockUdp():
                self._router(event.place).block_udp(blocked=event.blocked)
            case _:
                raise AssertionError(f"refused before the lab was built: {event}")

    def _router(self, name: str) -> KernelRouter:
        return _find({**self._nats, **self._firewalls}, name, "NAT or firewall")

    def close(self) -> None:
        """End what runs in the lab and remove it."""
        self._hosts.clear()
        self._nats.clear()
        self._firewalls.clear()
        self._namespaces.close()

    def _build(self) -> None:
        plan = boxes(self.plan)
        made = {box.name: self._namespaces.create(box.name) for box in plan}
        self._namespaces.connect(*(_cable(made, wire) for wire in wires(self.plan)))
        for box in plan:
            _furnish(made[box.name], box)
        wait_until_up((made[place], interface) for place, interface in links(self.plan))
        for host in self.plan.hosts:
            addresses = tuple(a for one in host.interfaces for a in one.addresses)
            self._hosts[host.name] = KernelHost(
                host.name, addresses, made[host.name], names(self.plan)
            )
        for nat in self.plan.nats:
            self._nats[nat.name] = KernelNat(nat.name, nat.behavior, nat.external, made[nat.name])
        for one in self.plan.firewalls:
            version = ipaddress.ip_network(one.prefix).version
            self._firewalls[one.name] = KernelFirewall(
                one.name, one.behavior, version, made[one.name]
            )


def _cable(
    made: Mapping[str, Namespace], wire: Wire
) -> tuple[tuple[Namespace, str], tuple[Namespace, str]]:
    return (made[wire.place], wire.interface), (made[wire.bridge], wire.port)


def _furnish(namespace: Namespace, box: Box) -> None:
    if box.rules:
        # Before the cables are up, for nothing shall pass untranslated; and before the parameters,
        # some of which are there only when the kernel has loaded what the rules need.
        namespace.nft(box.rules)
    namespace.sysctl(**box.parameters)
    namespace.ip(*box.before, *box.after)


def _find(among: Mapping[str, T], name: str, kind: str) -> T:
    if name not in among:
        known = ", ".join(among) or "none; the lab is not built yet, or has none"
        raise KernelLabError(f"the lab has no {kind} {name!r}; there are: {known}")
    return among[name]
