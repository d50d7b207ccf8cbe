"""Wireshark opens the traces of worlds, finds no fault with their packets, and shows why some were dropped."""

import asyncio
import subprocess

import pytest

import stunwire
from nat import (
    PORT_RESTRICTED_CONE,
    SYMMETRIC,
    Address,
    IcmpEcho,
    IcmpError,
    IcmpKind,
    Packet,
    Protocol,
)
from nat.fragments import split
from nat.segments import Kind, Segment
from nat.simulator import Simulation
from nat.simulator.clock import Clock
from nat.trace import Trace

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
def look(tmp_path_factory):
    """A function that gives what Wireshark sees in a capture, a dict for each frame."""

    def look(capture):
        path = tmp_path_factory.mktemp("wireshark") / "world.pcapng"
        path.write_bytes(capture)
        command = ["tshark", "-n", "-r", str(path), "-T", "fields"]
        command += ["-E", "separator=|", "-E", "aggregator=~"]
        command += [word for check in CHECKS for word in ("-o", f"{check}:TRUE")]
        command += [word for field in FIELDS for word in ("-e", field)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        return [
            dict(zip(FIELDS, line.split("|"), strict=True)) for line in done.stdout.splitlines()
        ]

    return look


@pytest.fixture(scope="module")
def frames(world, look):
    return look(world.trace.pcapng())


def test_every_event_is_a_frame_at_its_place_and_time(world, frames):
    assert [(frame["frame.interface_name"], frame["ip.src"].split("~")[0]) for frame in frames] == [
        (event.where, event.source.host) for event in world.trace
    ]
    began = int(frames[0]["frame.time_epoch"].split(".")[0])
    for frame, event in zip(frames, world.trace, strict=True):
        seconds, nanoseconds = map(int, frame["frame.time_epoch"].split("."))
        assert (seconds - began) * 10**9 + nanoseconds == event.time_ns


def test_stun_tcp_and_icmp_are_known_as_such(frames):
    assert {frame["_ws.col.Protocol"] for frame in frames} >= {"STUN", "TCP", "ICMP", "UDP"}


def complaints(frames):
    found = {frame["_ws.expert.message"] for frame in frames}
    return [words for words in found if "hecksum" in words or "alformed" in words]


def test_no_checksum_is_wrong_and_nothing_is_malformed(frames):
    assert not complaints(frames)


@pytest.mark.parametrize("hosts", [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2")])
def test_every_kind_of_packet_is_known_and_right(look, hosts):
    source, destination = (Address(host, 4000 + number) for number, host in enumerate(hosts))
    datagram = Packet(Protocol.UDP, source, destination, bytes(range(256)) * 12)
    ends = (source, destination._replace(port=0))
    from_host = (destination._replace(port=0), source._replace(port=0))
    packets = [
        *split(datagram, 1280, 7),
        Packet(Protocol.TCP, source, destination, Segment(Kind.SYN, window=9999)),
        Packet(Protocol.ICMP, *ends, IcmpEcho(reply=False, sequence=1, data=b"ping")),
        *(Packet(Protocol.ICMP, *from_host, IcmpError(datagram, kind, 1280)) for kind in IcmpKind),
    ]
    trace = Trace(Clock())
    for packet in packets:
        trace.sent("alice", packet)
    frames = look(trace.events.pcapng())
    six = ":" in hosts[0]
    assert {frame["_ws.col.Protocol"] for frame in frames} == (
        {"UDP", "TCP", "ICMPv6", "IPv6"} if six else {"UDP", "TCP", "ICMP", "IPv4"}
    )
    assert len(frames) == len(packets)
    assert not complaints(frames)


def test_drops_are_marked_and_commented(world, frames):
    marked = [frame for frame in frames if frame["frame.verdict.ebpf_tc"] == "2"]
    assert [frame["frame.interface_name"] for frame in marked] == [
        event.where for event in world.trace.dropped()
    ]
    assert any("dropped by home-b: filtered by the NAT" in one["frame.comment"] for one in marked)
