"""Packets come out of the kernel through a TUN interface, and go back in."""

import os
import select
import socket
from collections.abc import Iterator

import pytest

from nat.kernel import CommandFailedError, Namespace
from nat.packets import Address, Packet, Protocol
from nat.tun import NoTunError, TunLabError
from nat.tun.device import TunDevice
from nat.wireformat import decode, encode

HERE, THERE = Address("192.168.1.2", 4000), Address("203.0.113.9", 5000)
HERE_SIX, THERE_SIX = Address("2001:db8::2", 4000), Address("2001:db8:1::9", 5000)


@pytest.fixture
def device(namespace: Namespace) -> Iterator[TunDevice]:
    made = TunDevice(namespace, "eth0", mtu=1400)
    made.set_up(("192.168.1.2/24", "2001:db8::2/64"))
    yield made
    made.close()


def next_packet(device: TunDevice) -> Packet:
    while True:
        assert select.select([device], [], [], 10)[0]
        data = device.read()
        packet = None if data is None else decode(data)
        if packet is not None:
            return packet


def bound(device: TunDevice, address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    made = device.namespace.socket(family, socket.SOCK_DGRAM)
    made.bind(address)
    made.settimeout(10)
    return made


@pytest.mark.parametrize(("here", "there"), [(HERE, THERE), (HERE_SIX, THERE_SIX)])
def test_what_a_program_sends_comes_out_and_what_goes_in_reaches_it(
    device: TunDevice, here: Address, there: Address
) -> None:
    with bound(device, here) as program:
        program.sendto(b"out", there)
        packet = next_packet(device)
        assert packet[:4] == (Protocol.UDP, here, there, b"out")
        assert device.write(encode(Packet(Protocol.UDP, there, here, b"in"))) is None
        data, source = program.recvfrom(100)
        assert (data, source[:2]) == (b"in", there)


def test_nothing_to_read_is_none(device: TunDevice) -> None:
    while device.read() is not None:
        pass
    assert device.read() is None


def test_the_kernel_says_why_it_takes_no_packet(device: TunDevice) -> None:
    assert device.write(b"\0" * 40) == os.strerror(22)


def test_a_datagram_larger_than_the_mtu_comes_in_pieces(device: TunDevice) -> None:
    with bound(device, HERE) as program:
        program.sendto(bytes(2000), THERE)
        first, second = next_packet(device), next_packet(device)
        assert (first.source, second.source) == (HERE, Address(HERE.host, 0))


def test_a_host_without_an_ipv6_address_speaks_no_ipv6(namespace: Namespace) -> None:
    device = TunDevice(namespace, "eth0")
    device.set_up(("192.168.1.2/24",))
    with namespace.socket(socket.AF_INET6, socket.SOCK_DGRAM) as program, pytest.raises(OSError):
        program.connect(("2001:db8::1", 1))
    device.close()


def test_what_the_kernel_refuses_is_told_in_its_words(device: TunDevice) -> None:
    with pytest.raises(CommandFailedError, match=r"192\.168\.1\.300"):
        device.set_up(("192.168.1.300/24",))


@pytest.mark.parametrize("there", [THERE, THERE_SIX])
def test_a_second_interface_is_the_way_out_for_what_is_bound_to_its_address(
    device: TunDevice, there: Address
) -> None:
    second = TunDevice(device.namespace, "wlan0")
    second.set_up(("10.0.0.2/24", "2001:db8:5::2/64"), metric=1)
    own = Address("2001:db8:5::2" if ":" in there.host else "10.0.0.2", 4000)
    with bound(second, own) as program:
        program.sendto(b"out", there)
        assert next_packet(second).source == own
    second.close()


def test_it_vanishes_when_it_is_closed(namespace: Namespace) -> None:
    TunDevice(namespace, "eth0").close()
    with namespace.entered():
        assert [name for _, name in socket.if_nameindex()] == ["lo"]


@pytest.mark.parametrize("name", ["", "a-name-of-sixteen"])
def test_a_name_that_the_kernel_does_not_allow_is_refused(namespace: Namespace, name: str) -> None:
    with pytest.raises(TunLabError, match="1 to 15"):
        TunDevice(namespace, name)


def test_a_name_that_is_taken_is_refused(namespace: Namespace) -> None:
    device = TunDevice(namespace, "eth0")
    with pytest.raises(NoTunError, match="eth0"):
        TunDevice(namespace, "eth0")
    device.close()


def test_where_there_is_no_tun_the_error_says_what_is_needed(
    namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def refuse(path: str, *arguments: int) -> int:
        if path == "/dev/net/tun":
            raise FileNotFoundError(2, "No such file or directory")
        return real(path, *arguments)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(NoTunError, match="module `tun`"):
        TunDevice(namespace, "eth0")
