"""The real clock instead of the virtual one: a network's agenda is performed when its time comes.

The world's clock steps from event to event, and never past the real one. So a packet that crosses
five links is late once, by the time this process needed to wake up, and not five times.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from nat.simulator.errors import CallbackError
from nat.simulator.network import Network
from nat.tun.device import TunDevice
from nat.tun.timer import Timer

BATCH: Final = 64
"""Packets that are read from one interface before another has its turn."""
LONGEST_NAP_NS: Final = 10_000_000
"""Within this time it is noticed when a program puts something on the agenda, as `Simulation.at` does."""


class RealTime:
    """Drives a network on the running event loop.

    Args:
        network: its clock goes on from where it is, as fast as the real one, from `start` on.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._loop = asyncio.get_running_loop()
        self._zero_ns = time.monotonic_ns() - network.clock.now_ns
        self._timer = Timer()
        self._set_to: int | None = None
        self._loop.add_reader(self._timer.fileno(), self._ring)
        self._devices: list[TunDevice] = []
        self._failure: Exception | None = None

    def start(self) -> None:
        """Let time go on now; what was done before took none."""
        self._zero_ns = time.monotonic_ns() - self._network.clock.now_ns
        self.catch_up()

    def attach(self, device: TunDevice, hear: Callable[[bytes], None]) -> None:
        """Pass every packet that comes out of an interface to a function."""
        self._devices.append(device)
        self._loop.add_reader(device.fileno(), self._read, device, hear)

    def detach(self, device: TunDevice) -> None:
        """Read an interface no more."""
        self._devices.remove(device)
        self._loop.remove_reader(device.fileno())

    def close(self) -> None:
        """Let go of the interfaces and the timer."""
        for device in list(self._devices):
            self.detach(device)
        self._loop.remove_reader(self._timer.fileno())
        self._timer.close()

    def catch_up(self) -> None:
        """Perform what is due, each event at its time, and set the timer for the next one."""
        network = self._network
        clock, agenda = network.clock, network.agenda
        now_ns = time.monotonic_ns() - self._zero_ns
        while (soonest := agenda.next_ns()) is not None and soonest <= now_ns:
            clock.advance_to(soonest)
            self._try(agenda.perform, clock.now_ns)
        clock.advance_to(now_ns)
        wake_ns = now_ns + LONGEST_NAP_NS
        if soonest is not None:
            wake_ns = min(soonest, wake_ns)
        if self._set_to is None or wake_ns < self._set_to:
            self._timer.set(wake_ns + self._zero_ns)
            self._set_to = wake_ns

    def raise_failure(self) -> None:
        """Raise what the network has raised, if anything; time has gone on nevertheless.

        Raises:
            CallbackError: from the first failure.
        """
        if self._failure is not None:
            raise CallbackError(f"the network of the lab has failed: {self._failure!r}") from (
                self._failure
            )

    def _try(self, action: Callable[..., None], *arguments: object) -> None:
        """A fault of ours must not stop the world, nor go unheard."""
        try:
            action(*arguments)
        except Exception as error:  # noqa: BLE001 - it is raised at the end of the lab
            self._failure = self._failure or error

    def _ring(self) -> None:
        self._timer.acknowledge()
        self._set_to = None
        self.catch_up()

    def _read(self, device: TunDevice, hear: Callable[[bytes], None]) -> None:
        self.catch_up()
        for _ in range(BATCH):
            packet = device.read()
            if packet is None:
                break
            self._try(hear, packet)
        self.catch_up()
