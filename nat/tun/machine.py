"""A host of the world that is a network namespace, in which unmodified programs run."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nat.kernel import Namespace, Namespaces
from nat.packets import DropReason, Packet
from nat.simulator.host import Host
from nat.simulator.node import Attachment
from nat.tun.clock import RealTime
from nat.tun.device import DEFAULT_MTU, TunDevice
from nat.tun.hostsfile import HostsFile
from nat.wireformat import decode, encode


class Machine:
    """A host's namespace, with an interface of TUN for each of the host's.

    Args:
        clock: reads the interfaces.
        names: where its programs look names up.

    Attributes:
        host: the host in the world.
        namespace: where its programs run.
    """

    def __init__(
        self, host: Host, namespaces: Namespaces, clock: RealTime, names: HostsFile
    ) -> None:
        self.host = host
        self.namespace: Namespace = namespaces.create(host.name)
        self._names = names
        self._clock = clock
        self._devices: dict[Attachment, TunDevice] = {}
        self._by_address: dict[str, TunDevice] = {}
        self._identification = 0
        try:
            self.rewire()
        except BaseException:
            self.close()
            raise
        host.body = self

    def __repr__(self) -> str:
        return f"<Machine {self.host.name}>"

    @property
    def name(self) -> str:
        """The host's name."""
        return self.host.name

    def rewire(self) -> None:
        """Follow the host: interfaces go when it leaves a network, and come where it arrives."""
        attachments = self.host.node.attachments
        for gone in [one for one in self._devices if one not in attachments]:
            self._unplug(gone)
        for metric, attachment in enumerate(attachments):
            if attachment not in self._devices:
                self._plug_in(attachment, metric)
        self._by_address = {
            address: device
            for attachment, device in self._devices.items()
            for address in attachment.addresses
        }

    def _plug_in(self, attachment: Attachment, metric: int) -> None:
        mtu = attachment.port.up.quality.mtu or DEFAULT_MTU
        device = TunDevice(self.namespace, attachment.name, mtu=mtu)
        self._devices[attachment] = device
        self._clock.attach(device, self.hear)
        gateways = tuple(str(prefix[1]) for prefix in attachment.port.segment.prefixes)
        device.set_up(tuple(map(str, attachment.networks())), gateways, metric=metric)

    def _unplug(self, attachment: Attachment) -> None:
        device = self._devices.pop(attachment)
        self._clock.detach(device)
        device.close()

    def close(self) -> None:
        """Unplug it; the namespace is its owner's to remove."""
        self.host.body = None
        for attachment in list(self._devices):
            self._unplug(attachment)

    # packets

    def hear(self, data: bytes) -> None:
        """Take what the kernel sends; what is no UDP, TCP or ICMP is ignored."""
        packet = decode(data)
        if packet is None:
            return
        node = self.host.node
        if packet.source.host in node.addresses:
            node.send(packet)
        else:
            number = node.network.trace.sent(self.name, packet)
            detail = f"{self.name} does not have {packet.source.host}"
            node.note_dropped(packet, number, DropReason.NO_ROUTE, detail)

    def receive(self, packet: Packet, number: int) -> None:
        """Hand a packet to the kernel."""
        node = self.host.node
        device = self._by_address.get(packet.destination.host)
        if device is None:
            detail = f"{self.name} no longer has {packet.destination.host}"
            node.note_dropped(packet, number, DropReason.NO_ROUTE, detail)
            return
        self._identification = self._identification + 1 & 0xFFFF
        trouble = device.write(encode(packet, identification=self._identification))
        if trouble is None:
            node.note_delivered(packet, number)
        else:
            detail = f"{self.name}'s kernel refused it: {trouble}"
            node.note_dropped(packet, number, DropReason.BUFFER_FULL, detail)

    # programs

    def command(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs a program here, for whoever starts it in a way of their own."""
        return self.namespace.command(self._names.command(argv))

    async def popen(self, *argv: str | Path, **options: Any) -> asyncio.subprocess.Process:
        """Start a program here. The options are those of `asyncio.create_subprocess_exec`."""
        command = self.command([str(one) for one in argv])
        return await asyncio.create_subprocess_exec(*command, **options)

    async def run(self, *argv: str | Path, **options: Any) -> "subprocess.CompletedProcess[str]":
        """Run a program here to its end, and keep what it writes.

        If the caller is cancelled, the program is killed, with what it has started.
        """
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        starting = asyncio.create_task(
            self.popen(*argv, start_new_session=True, **pipes, **options)
        )
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:  # asyncio would end the program, and not what it has started
            await _kill(await starting)
            raise
        try:
            out, err = await process.communicate()
        finally:
            await _kill(process)
        code = process.returncode
        assert code is not None
        return subprocess.CompletedProcess(
            [str(one) for one in argv],
            code,
            out.decode(errors="replace"),
            err.decode(errors="replace"),
        )


async def _kill(process: asyncio.subprocess.Process) -> None:
    """Kill a program that leads a session, with all in it, unless it has ended."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):  # it ends just now
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()  # and for whoever has its pipes
