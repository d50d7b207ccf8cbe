"""A world in real time: its hosts are network namespaces, its NATs and links the simulator's own.

    world = Simulation(seed=1)
    world.host("server")
    world.nat("home", PORT_RESTRICTED_CONE).host("alice")
    async with TunLab(world) as lab:
        print(await lab["alice"].run("ping", "-c", "1", "server"))
    print(world.explain())

The lab needs root. Nothing of it outlives the process, however that ends: namespaces without a
name and interfaces of TUN vanish with their last descriptor, and a watchdog ends the programs.
"""

import contextlib
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Self

from nat.kernel import Namespaces
from nat.simulator.host import Host
from nat.simulator.simulation import Simulation
from nat.tun.clock import RealTime
from nat.tun.errors import TunLabError
from nat.tun.hostsfile import HostsFile
from nat.tun.machine import Machine
from nat.tun.placing import placed
from nat.tun.router import RouterMachine


class TunLab(Mapping[str, Machine]):
    """A lab; as a mapping it finds the machine of a host by its name.

    While it is open, code of this process that runs on a host of the world (`with host:`,
    `host.run(…)`, `host.start(…)`) has its sockets in the host's namespace.

    Args:
        world: what to play. It keeps its trace and the state of its NATs when the lab is closed.

    Raises:
        NeedsRootError: this process may not make network namespaces; raised on entering.
        NoTunError: there is no /dev/net/tun; raised on entering.
        CallbackError: the network has failed meanwhile; raised on leaving.
    """

    def __init__(self, world: Simulation) -> None:
        self.world = world
        self._machines: dict[str, Machine] = {}
        self._stack = contextlib.ExitStack()

    async def __aenter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            namespaces = stack.enter_context(Namespaces())
            names = HostsFile(self.world.resolver.names)
            stack.callback(names.close)
            self._clock = clock = RealTime(self.world.network)
            stack.callback(clock.close)
            for host in self.world.hosts:
                self._machines[host.name] = machine = Machine(host, namespaces, clock, names)
                stack.callback(machine.close)
            for box in self.world.boxes:
                if box.router is not None and box.router.serves_web:
                    router = RouterMachine(box.router, namespaces, clock)
                    stack.callback(router.close)
                    await router.serve()
            spaces = {one.name: one.namespace for one in self._machines.values()}
            stack.enter_context(placed(spaces, self.world.resolver))
            self._stack = stack.pop_all()
        clock.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._machines = {}
        self.world.network.agenda.clear()
        self._stack.close()
        if error is None:
            self._clock.raise_failure()

    def __getitem__(self, host: str | Host) -> Machine:
        name = host if isinstance(host, str) else host.name
        machine = self._machines.get(name)
        if machine is None:
            known = ", ".join(self._machines) or "none, for the lab is closed"
            raise TunLabError(f"there is no host {name!r} in the lab; allowed: {known}")
        return machine

    def __iter__(self) -> Iterator[str]:
        return iter(self._machines)

    def __len__(self) -> int:
        return len(self._machines)
