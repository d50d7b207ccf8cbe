"""Wireshark opens the traces of worlds, finds no fault with their packets, and shows why some were dropped."""

import asyncio
import subprocess

import pytest

import stunwire
from nat import PORT_RESTRICTED_CONE, SYMMETRIC
from nat.simulator import Simulation

pytestmark = pytest.mark.interop

FIELDS = (
    "frame.interface_name", "frame.time_epoch", "frame.comment", "frame.verdict.ebpf_tc",
    "ip.src", "ip.id", "_ws.col.Protocol", "_ws.expert.message",
)  # fmt: skip
CHECKS = ("ip.check_checksum", "udp.check_checksum", "tcp.check_checksum")


@pytest.fixture(scope="module")
def world():
    sim = Simulation(seed=1)
    server = sim.host("server")
    alice = sim.nat("home-a", SYMMETRIC).host("alice")
    bob = sim.nat("home-b", PORT_RESTRICTED_CONE).host("bob")

    async def main():
        loop = asyncio.get_running_loop()
        with server:
            await asyncio.start_server(lambda _, writer: writer.close(), port=80)
        with alice:
            udp, _ = await loop.create_datagram_endpoint(
                asyncio.DatagramProtocol, local_addr=("0.0.0.0", 5000)
            )
            reader, writer = await asyncio.open_connection("server", 80)
        with bob:
            other, _ = await loop.create_datagram_endpoint(
                asyncio.DatagramProtocol, local_addr=("0.0.0.0", 6000)
            )
        request = stunwire.Message.request(stunwire.Method.BINDING, bytes(12))
        other.sendto(request.encode(fingerprint=True), (server.address, 3478))
        await asyncio.sleep(0.1)
        (bobs,) = {event.source for event in sim.trace.where("home-b").translated()} - {
            event.source for event in sim.trace.packets(source=server.address)
        }
        udp.sendto(b"x" * 999, bobs)
        await reader.read()
        writer.close()
        await asyncio.sleep(1)

    sim.run(main())
    return sim


@pytest.fixture(scope="module")
def frames(world, tmp_path_factory):
    path = tmp_path_factory.mktemp("wireshark") / "world.pcapng"
    path.write_bytes(world.trace.pcapng())
    command = [
        "tshark",
        "-n",
        "-r",
        str(path),
        "-T",
        "fields",
        "-E",
        "separator=|",
        "-E",
        "occurrence=f",
    ]
    command += [word for check in CHECKS for word in ("-o", f"{check}:TRUE")]
    command += [word for field in FIELDS for word in ("-e", field)]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    return [dict(zip(FIELDS, line.split("|"), strict=True)) for line in shown.splitlines()]


def test_every_event_is_a_frame_at_its_place_and_time(world, frames):
    assert [(frame["frame.interface_name"], frame["ip.src"]) for frame in frames] == [
        (event.where, event.source.host) for event in world.trace
    ]
    began = int(frames[0]["frame.time_epoch"].split(".")[0])
    for frame, event in zip(frames, world.trace, strict=True):
        seconds, nanoseconds = map(int, frame["frame.time_epoch"].split("."))
        assert (seconds - began) * 10**9 + nanoseconds == event.time_ns


def test_stun_tcp_and_icmp_are_known_as_such(frames):
    assert {frame["_ws.col.Protocol"] for frame in frames} >= {"STUN", "TCP", "ICMP", "UDP"}


def test_no_checksum_is_wrong_and_nothing_is_malformed(frames):
    complaints = {frame["_ws.expert.message"] for frame in frames}
    assert not [words for words in complaints if "hecksum" in words or "alformed" in words]


def test_drops_are_marked_and_commented(world, frames):
    marked = [frame for frame in frames if frame["frame.verdict.ebpf_tc"] == "2"]
    assert [frame["frame.interface_name"] for frame in marked] == [
        event.where for event in world.trace.dropped()
    ]
    assert any("dropped by home-b: filtered by the NAT" in one["frame.comment"] for one in marked)
