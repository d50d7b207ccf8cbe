"""A world of hosts, LANs and NATs, and the runs of programs in it."""

import asyncio
import contextlib
import dataclasses
import ipaddress
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, Final, TypeVar

from nat.behavior import Behavior
from nat.packets import DropReason
from nat.simulator.clock import to_ns
from nat.simulator.errors import AlreadyRunningError, SimulationError, WorldError
from nat.simulator.host import Host
from nat.simulator.interrupts import interrupting
from nat.simulator.loop import VirtualLoop
from nat.simulator.nats import Nat
from nat.simulator.network import LinkQuality, Network, Port, Segment
from nat.simulator.patches import patched
from nat.simulator.resolver import Resolver
from nat.simulator.trace import TraceEvent
from nat.translator import Translator

T = TypeVar("T")

DEFAULT_DEADLINE: Final = 3600.0
CLEANUP_TIME: Final = 120.0
INTERNET_QUALITY: Final = LinkQuality(latency=0.01)
_SERVERS: Final = ipaddress.IPv4Network("198.51.100.0/24")  # RFC 5737 §3: TEST-NET-2
_HOMES: Final = ipaddress.IPv4Network("203.0.113.0/24")  # RFC 5737 §3: TEST-NET-3

_one_run: Final = threading.Lock()


class Simulation:
    """A world. The same seed and the same programs give the same packets at the same times.

    Args:
        seed: decides every random choice: ports, loss, jitter, and the random bytes of programs.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._network = Network(seed)
        self._internet = Segment(self._network, "the internet")
        self._resolver = Resolver()
        self._hosts: list[Host] = []
        self._nats: list[Nat] = []

    # building the world

    def host(
        self, name: str, address: str | None = None, *, addresses: tuple[str, ...] = ()
    ) -> Host:
        """Add a host to the internet. Other hosts can look its name up.

        Args:
            address: its address; 198.51.100.1, .2, … if none is given.
            addresses: more of them, of either family.

        Raises:
            WorldError: a name or address is taken, or is none.
        """
        self._network.claim_name(name)
        own = (address, *addresses) if address is not None else addresses
        if not own:
            own = (self._free_address(self._internet, _SERVERS),)
        host = Host(self._network, name, own)
        port = Port(self._network, name, self._internet, host.receive, INTERNET_QUALITY)
        for one in own:
            self._internet.join(one, port)
        host.node.plug_in(port)
        self._resolver.add(name, own)
        self._hosts.append(host)
        return host

    def nat(
        self,
        name: str,
        behavior: Behavior,
        *,
        external: str | tuple[str, ...] | None = None,
        lan: str = "192.168.1.0/24",
        inside: Nat | None = None,
    ) -> Nat:
        """Add a NAT with a LAN behind it.

        Args:
            external: its address or addresses outside; 203.0.113.1, .2, … if none is given.
            lan: the addresses behind it. Two NATs may have the same.
            inside: the NAT in whose LAN this one stands, or None for the internet.

        Raises:
            WorldError: a name or address is taken, is none, or is not in the outer LAN.
        """
        self._network.claim_name(name)
        outer = inside.lan if inside is not None else self._internet
        if external is None:
            found = inside.free_address() if inside else self._free_address(outer, _HOMES)
            external = (found,)
        addresses = (external,) if isinstance(external, str) else external
        translator = Translator(behavior, addresses, self._network.stream("nat", name))
        nat = Nat(self._network, name, _parse_lan(name, lan), translator)
        port = Port(self._network, name, outer, nat.receive_outside, INTERNET_QUALITY)
        for one in addresses:
            outer.join(one, port)
        nat.plug_in(port)
        self._nats.append(nat)
        return nat

    def link(
        self,
        place: Host | Nat,
        *,
        latency: float | None = None,
        jitter: float | None = None,
        loss: float | None = None,
    ) -> None:
        """Change the link by which a host or NAT is connected; what is not given stays.

        Args:
            latency: seconds, one way. At first 0.01 on the internet and 0.0005 in a LAN.
            jitter: up to so many seconds more; packets are never reordered.
            loss: share of packets lost in each direction, from 0 to 1.
        """
        given = {"latency": latency, "jitter": jitter, "loss": loss}
        changes = {name: value for name, value in given.items() if value is not None}
        place.port.change(dataclasses.replace(place.port.quality, **changes))

    def name(self, name: str, *addresses: str) -> None:
        """Give addresses another name that hosts can look up."""
        self._resolver.add(name, addresses)

    def _free_address(self, segment: Segment, among: ipaddress.IPv4Network) -> str:
        for address in map(str, among.hosts()):
            if not segment.is_taken(address):
                return address
        raise WorldError(f"{among} has no free address left: give one")

    # running programs in it

    @property
    def now(self) -> float:
        """Seconds of virtual time since the world began."""
        return self._network.clock.monotonic()

    def run(self, main: Coroutine[Any, Any, T], *, deadline: float = DEFAULT_DEADLINE) -> T:
        """Run a coroutine to its end in virtual time.

        When it is done, whatever still runs is cancelled and every socket is closed. The world,
        its time and the state of its NATs stay, and may be run again.

        Args:
            deadline: seconds of virtual time, from now, after which the run has failed.

        Raises:
            AlreadyRunningError: a run lasts already; there can be one in a process.
            DeadlockError: nothing would ever have happened any more.
            DeadlineError: `main` was not done in time.
            CallbackError: a callback, or a task nobody waited for, has failed.
            Exception: whatever `main` raised.
        """
        if not asyncio.iscoroutine(main):
            raise TypeError(f"a run needs a coroutine, such as main(), got {main!r}")
        try:
            with self._only_run(), self._loop() as loop:
                loop.set_deadline(self._network.clock.now_ns + to_ns(deadline))
                task: asyncio.Task[T] = loop.create_task(main, name="main")
                with interrupting(task):
                    return loop.run_until_complete(task)
        finally:
            main.close()

    @contextlib.contextmanager
    def _only_run(self) -> Iterator[None]:
        if not _one_run.acquire(blocking=False):
            raise AlreadyRunningError("a simulation runs already, and there can be only one")
        try:
            if _inside_a_loop():
                raise AlreadyRunningError(
                    "a simulation cannot run inside a running event loop: call it from a"
                    " function that is not async"
                )
            yield
        finally:
            _one_run.release()

    @contextlib.contextmanager
    def _loop(self) -> Iterator[VirtualLoop]:
        """A loop for one run, cleaned up after it; failures unheard so far are raised."""
        loop = VirtualLoop(self._network, self._resolver)
        with patched(self._network, self._resolver, loop.readers):
            try:
                yield loop
                self._cancel_rest(loop)
                loop.note_abandoned()
                loop.raise_failure()
            except BaseException as error:
                loop.note_abandoned()
                for failure in loop.take_failures():
                    error.add_note(f"Besides, {failure}")
                with contextlib.suppress(SimulationError):
                    self._cancel_rest(loop)
                raise
            finally:
                self._close(loop)

    def _cancel_rest(self, loop: VirtualLoop) -> None:
        """Cancel the tasks that are left and give them time to end."""
        loop.set_deadline(self._network.clock.now_ns + to_ns(CLEANUP_TIME))
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.create_task(_settle(loop), name="clean-up"))

    def _close(self, loop: VirtualLoop) -> None:
        """Forget packets under way and sockets, so that nothing of the run is left."""
        self._network.agenda.clear()
        for host in (*self._hosts, *(one for nat in self._nats for one in nat.hosts)):
            host.shut_down()
        loop.abandon_tasks()
        loop.close()

    # what happened

    @property
    def trace(self) -> list[TraceEvent]:
        """What happened to each packet, in the order in which it happened."""
        return list(self._network.trace)

    def trace_digest(self, *, sizes: bool = True) -> str:
        """A fingerprint of the trace, equal for equal traces only.

        Args:
            sizes: whether the sizes of packets count. OpenSSL draws its own random bytes, and
                the length of a DTLS certificate or signature varies with them by a few bytes.
        """
        return self._network.trace.digest(sizes=sizes)

    def dropped(
        self, where: Host | Nat | None = None, reason: DropReason | None = None
    ) -> list[TraceEvent]:
        """The packets that were dropped, at one place or anywhere, for one reason or any."""
        return [
            event
            for event in self._network.trace
            if event.reason is not None
            and reason in {None, event.reason}
            and (where is None or event.where == where.name)
        ]

    def explain(self) -> str:
        """Every drop in words, those of one kind in one line."""
        return self._network.trace.explain()


def _inside_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _settle(loop: VirtualLoop) -> None:
    """Wait for the tasks that were cancelled, and for generators that stand open."""
    here = asyncio.current_task()
    rest = asyncio.all_tasks(loop) - {here}
    if rest:
        await asyncio.wait(rest)
    await loop.shutdown_asyncgens()


def _parse_lan(name: str, lan: str) -> ipaddress.IPv4Network:
    try:
        network = ipaddress.IPv4Network(lan)
    except ValueError as error:
        raise WorldError(f"the LAN of {name} is not an IPv4 network: {error}") from None
    if network.num_addresses < 4:
        raise WorldError(f"the LAN of {name}, {network}, has no room for a NAT and a host")
    return network
