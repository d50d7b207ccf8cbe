"""How large packets may be, through simulated links of known widths."""

import asyncio

import pytest

import nat
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.evidence import Wish
from nat.discovery.network import Datagram, UndeliveredError
from nat.discovery.plan import StunServer
from nat.discovery.sizing import (
    Bounds,
    Sizer,
    measure_sizes,
    request_of,
    usual_sizes,
)
from nat.discovery.surroundings import SizeProbe
from stunwire import Address, Family, Software, decode
from tests.nat.discovery.homes import LATENCY, SERVER, Home, diagnosed

ID = bytes(12)


def largest(probes: list[SizeProbe]) -> int | None:
    return Bounds.of(probes).passed


def measured(home: Home, *, until: float | None = None) -> list[SizeProbe]:
    probes: list[SizeProbe] = []

    async def work() -> None:
        network = AsyncioNetwork()

        async def at_once() -> None:
            pass

        try:
            async with asyncio.timeout(until):
                await measure_sizes(
                    SERVER, network, clock=network.now, record=probes.append, take_turn=at_once
                )
        except TimeoutError:
            pass

    home.run(work())
    return probes


def behind(mtu: int | None, **quality: object) -> Home:
    home = Home(nat.PORT_RESTRICTED_CONE)
    home.simulation.link(home.server, latency=LATENCY, mtu=mtu, **quality)
    return home


@pytest.mark.parametrize("family", Family)
def test_a_request_makes_a_packet_of_just_its_size(family: Family) -> None:
    headers = 28 if family is Family.IPV4 else 48
    for size in (*usual_sizes(family), *range(1280, 1420, 4)):
        data = request_of(size, family, ID)
        assert len(data) == size - headers
        for software in decode(data).get_all(Software):
            assert 0 < len(software.value) < 128


@pytest.mark.parametrize("size", [40, 52, 1501, 1502])
def test_a_size_that_no_request_has_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"{size} bytes"):
        request_of(size, Family.IPV4, ID)


def test_a_path_without_narrow_links_takes_one_request() -> None:
    (probe,) = measured(behind(None))
    assert probe.size == 1500
    assert probe.answered_at is not None


@pytest.mark.parametrize("mtu", [1500, 1492, 1476, 1430, 1420, 1312, 1280, 900, 576])
def test_the_largest_size_that_passes_is_found(mtu: int) -> None:
    assert largest(measured(behind(mtu))) == mtu // 4 * 4


@pytest.mark.parametrize("mtu", [1478, 1431])
def test_a_size_that_four_does_not_divide_is_found_within_four_bytes(mtu: int) -> None:
    assert mtu - 4 < largest(measured(behind(mtu))) <= mtu


def test_loss_makes_no_size_smaller() -> None:
    for seed in range(2):
        home = Home(nat.FULL_CONE, seed=seed, loss=0.05)
        home.simulation.link(home.server, latency=LATENCY, mtu=1420)
        assert largest(measured(home)) == 1420


def test_a_path_where_nothing_passes_has_no_size() -> None:
    home = behind(None, cut=True)
    probes = measured(home)
    assert {one.answered_at for one in probes} == {None}
    assert Bounds.of(probes).next_sizes() == ()


def test_what_was_not_done_when_it_was_stopped_is_not_recorded() -> None:
    probes = measured(behind(900), until=2.0)
    assert [(one.size, one.answered_at is None) for one in probes] == [(1500, True), (576, False)]


def test_over_ipv6_nothing_smaller_than_every_link_carries_is_tried() -> None:
    assert min(usual_sizes(Family.IPV6)) == 1280


class Teller:
    """A socket whose system, or whose path, tells what would fit."""

    def __init__(self, mtu: int, *, at_once: bool) -> None:
        self.local = Address("192.0.2.1", 40000)
        self.sizes: list[int] = []
        self._mtu = mtu
        self._at_once = at_once
        self._waiting: asyncio.Queue[Datagram | OSError] = asyncio.Queue()

    def send(self, data: bytes, target: Address) -> None:
        size = len(data) + 28
        self.sizes.append(size)
        error = UndeliveredError(90, "message too long", target, self._mtu)
        if size <= self._mtu:
            answer = decode(data).success().encode()
            self._waiting.put_nowait(Datagram(answer, target, 0.0))
        elif self._at_once:
            raise error
        else:
            self._waiting.put_nowait(error)

    async def receive(self) -> Datagram:
        found = await self._waiting.get()
        if isinstance(found, OSError):
            raise found
        return found

    def close(self) -> None:
        pass


@pytest.mark.parametrize("at_once", [True, False], ids=["own system", "a router"])
@pytest.mark.parametrize("mtu", [1500, 1452, 1404])
def test_what_is_told_shortens_the_search_and_is_recorded(mtu: int, at_once: bool) -> None:
    probes: list[SizeProbe] = []
    teller = Teller(mtu, at_once=at_once)

    async def turn() -> None:
        pass

    async def work() -> None:
        clock = asyncio.get_running_loop().time
        sizer = Sizer(teller, SERVER, clock=clock, record=probes.append, take_turn=turn)
        await sizer.run()

    Home(None).run(work())
    assert largest(probes) == mtu
    assert {one.told for one in probes if one.answered_at is None} <= {mtu}
    assert len({one.size for one in probes}) <= len(usual_sizes(Family.IPV4)) + 2


def test_what_is_told_is_not_believed_where_more_passes() -> None:
    probes = [
        SizeProbe(target=SERVER, size=1500, told=600),
        SizeProbe(target=SERVER, size=1400, answered_at=1.0),
    ]
    bounds = Bounds.of(probes)
    assert bounds == Bounds(1400, 1500, 600)
    assert all(1400 < size < 1500 for size in bounds.next_sizes())


def test_sizes_between_two_are_tried_at_most_four_at_a_time() -> None:
    assert Bounds(1400, 1420).next_sizes() == (1404, 1408, 1412, 1416)
    assert Bounds(1280, 1360).next_sizes() == (1296, 1312, 1328, 1344)
    assert Bounds(1400, 1404).next_sizes() == ()


def test_in_a_whole_diagnosis_a_server_that_answers_is_taken() -> None:
    home = behind(1420)
    silent, server = StunServer("192.0.2.1"), StunServer(SERVER.host)
    evidence = diagnosed(Wish.PATH_MTU, home=home, servers=[silent, server])
    assert {one.target for one in evidence.sizes} == {SERVER}
    assert largest(list(evidence.sizes)) == 1420
    assert evidence.elapsed < 7
