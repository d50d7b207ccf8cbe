"""Tests of `nat.portmap.announcing`: who announces himself is heard, and who only says so is not."""

import asyncio
import contextlib

import pytest

from nat.portmap.announcing import (
    PORT_MAPPING,
    PORT_MAPPING6,
    UPNP,
    UPNP6,
    Announcements,
    hear,
)
from nat.portmap.network import UdpEndpoint
from stunwire import Address

GATEWAY = "192.168.1.1"
NOTIFY = b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\n\r\n"
LEAVE = NOTIFY.replace(b"alive", b"byebye")
ANNOUNCE = bytes((2, 0x80)) + bytes(22)


class Group:
    """What comes to a group, one datagram after the other; then silence, or an error."""

    def __init__(self, *heard: tuple[bytes, str], fails: bool = False) -> None:
        self.local = Address("192.168.1.2", 0)
        self.is_closed = False
        self._heard = list(heard)
        self._fails = fails

    def send(self, data: bytes, target: Address) -> None:
        raise AssertionError("nothing is sent")

    async def receive(self) -> tuple[bytes, Address, float]:
        if self._heard:
            data, source = self._heard.pop(0)
            return data, Address(source, 5351), 0.0
        if self._fails:
            raise OSError("the network is gone")
        await asyncio.Event().wait()
        raise AssertionError

    def close(self) -> None:
        self.is_closed = True


class Groups:
    """A network in which groups are heard."""

    def __init__(self, **groups: Group) -> None:
        names = {"pcp": PORT_MAPPING, "upnp": UPNP, "pcp6": PORT_MAPPING6, "upnp6": UPNP6}
        self._groups = {group: groups.get(name) for name, group in names.items()}

    async def join(self, group: Address, neighbour: str) -> UdpEndpoint:
        joined = self._groups[group]
        if joined is None:
            raise OSError("address in use")
        return joined


async def told(network: object, gateway: str = GATEWAY) -> int:
    times = 0

    def tell() -> None:
        nonlocal times
        times += 1

    hearing = asyncio.create_task(hear(network, gateway, tell))
    for _ in range(10):
        await asyncio.sleep(0)
    hearing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await hearing
    return times


async def test_a_gateway_is_heard_in_both_groups_and_others_are_not() -> None:
    pcp = Group((ANNOUNCE, GATEWAY), (ANNOUNCE, "192.168.1.66"), (b"junk", GATEWAY))
    upnp = Group((LEAVE, GATEWAY), (NOTIFY, "192.168.1.9"), (NOTIFY, GATEWAY))
    assert await told(Groups(pcp=pcp, upnp=upnp)) == 2
    assert pcp.is_closed
    assert upnp.is_closed


async def test_where_one_group_cannot_be_heard_the_other_is() -> None:
    assert await told(Groups(upnp=Group((LEAVE, GATEWAY), (NOTIFY, GATEWAY)))) == 1
    assert await told(Groups(pcp=Group((ANNOUNCE, GATEWAY), fails=True))) == 1
    assert await told(Groups()) == 0


async def test_a_network_without_groups_is_left_alone() -> None:
    assert await told(object()) == 0


async def test_a_gateway_of_ipv6_is_heard_in_the_groups_of_ipv6_alone() -> None:
    """RFC 6887 §14.1; the same address on another link is another machine."""
    router = "fe80::1%eth0"
    pcp = Group((ANNOUNCE, router), (ANNOUNCE, "fe80::1%eth1"), (ANNOUNCE, GATEWAY))
    assert await told(Groups(pcp6=pcp), router) == 1
    assert await told(Groups(upnp6=Group((LEAVE, router), (NOTIFY, router))), router) == 1
    assert await told(Groups(pcp=Group((ANNOUNCE, router))), router) == 0


ALIVE, BYEBYE = b"ssdp:alive", b"ssdp:byebye"


def notify(what: bytes, start: int | None = None) -> bytes:
    counted = b"" if start is None else b"BootID.UPnP.org: %d\r\n" % start
    return b"NOTIFY * HTTP/1.1\r\nNTS: " + what + b"\r\n" + counted + b"\r\n"


@pytest.mark.parametrize(
    ("group", "said", "starts"),
    [
        (PORT_MAPPING, [ANNOUNCE, bytes((0, 0x80)) + bytes(10)], [True, True]),
        (PORT_MAPPING, [bytes(2), b"", b"\x02"], [False, False, False]),
        (UPNP, [notify(ALIVE), notify(ALIVE), b"M-SEARCH * HTTP/1.1"], [False] * 3),
        (UPNP, [notify(ALIVE, 7), notify(ALIVE, 7), notify(ALIVE, 8)], [False, False, True]),
        (UPNP, [notify(BYEBYE), notify(BYEBYE), notify(ALIVE)], [False, False, True]),
        (UPNP, [notify(BYEBYE, 7), notify(ALIVE, 8), notify(ALIVE, 8)], [False, True, False]),
    ],
)
def test_a_new_start_is_told_from_a_repetition_and_a_question(
    group: Address, said: list[bytes], starts: list[bool]
) -> None:
    announcements = Announcements(group)
    assert [announcements.receive(one) for one in said] == starts
