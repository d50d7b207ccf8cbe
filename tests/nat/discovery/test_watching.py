"""Changes are told, chance and ignorance are none; and a world that changes is seen to."""

import dataclasses
import errno
from contextlib import aclosing
from typing import Any

import pytest

import nat
from nat import Dependence
from nat.discovery import FamilyReport, Outcome, Plan, Report, ServerReport, StunServer
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.findings import known, not_tested, unknown
from nat.discovery.report import Grade, Verdict
from nat.discovery.watching import Aspect, Change, Glimpse, Memory, changes, glimpse_of
from stunwire import Address, Family
from tests.nat.discovery.homes import SERVER, Home

EI, AD, APD = Dependence
KEPT = Address("203.0.113.1", 40000)
FINE = Glimpse(
    at=1.0,
    outcome=Outcome.DIRECT_LIKELY,
    reachable=True,
    addresses=("203.0.113.1",),
    kept=KEPT,
    mapping=EI,
    filtering=APD,
    loss=0.0,
)


def later(**changed: Any) -> tuple[Change, ...]:
    """What a memory of `FINE` says of another look."""
    memory = Memory()
    memory.compare(FINE)
    return memory.compare(dataclasses.replace(FINE, at=2.0, **changed))


def test_the_first_look_tells_everything_that_is_known() -> None:
    told = {change.aspect: (change.before, change.now) for change in Memory().compare(FINE)}
    assert told == {
        Aspect.REACHABILITY: ("", "UDP gets through"),
        Aspect.ADDRESS: ("", "203.0.113.1"),
        Aspect.PORT: ("", "40000"),
        Aspect.TYPE: ("", "endpoint-independent/address-and-port-dependent"),
        Aspect.LOSS: ("", "0%"),
    }


@pytest.mark.parametrize(
    ("changed", "aspect", "before", "now"),
    [
        ({"addresses": ("203.0.113.9",)}, Aspect.ADDRESS, "203.0.113.1", "203.0.113.9"),
        ({"kept": Address("203.0.113.1", 40001)}, Aspect.PORT, "40000", "40001"),
        ({"filtering": EI}, Aspect.TYPE, "endpoint-independent/address-and-port-dependent", "endpoint-independent/endpoint-independent"),
        ({"loss": 0.2}, Aspect.LOSS, "0%", "20%"),
        ({"reachable": False}, Aspect.REACHABILITY, "UDP gets through", "UDP is blocked"),
        ({"reachable": None}, Aspect.REACHABILITY, "UDP gets through", "no server answers"),
        ({"reachable": None, "outcome": Outcome.NO_NETWORK}, Aspect.REACHABILITY, "UDP gets through", "there is no network"),
    ],
)  # fmt: skip
def test_what_changes_is_told_once(changed: Any, aspect: Aspect, before: str, now: str) -> None:
    assert later(**changed) == (Change(2.0, aspect, before, now, lasted=1.0),)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"loss": 0.04},
        {"loss": None},
        {"mapping": None},
        {"filtering": None},
        {"addresses": ()},
        {"kept": None},
    ],
)
def test_chance_and_what_is_not_known_are_no_change(changed: Any) -> None:
    assert later(**changed) == ()


def test_how_long_it_was_so_is_told_of_each_aspect() -> None:
    memory = Memory()
    gone = {"reachable": None, "outcome": Outcome.NO_NETWORK, "kept": None}
    told = [
        (change.now, change.lasted)
        for at, changed in ((5.0, {}), (65.0, {}), (95.0, gone), (125.0, gone), (155.0, {}))
        for change in memory.compare(dataclasses.replace(FINE, at=at, **changed))
        if change.before
    ]
    assert told == [("there is no network", 90.0), ("UDP gets through", 60.0)]


def test_the_port_of_another_socket_is_no_change_of_the_nat_but_how_things_are_now() -> None:
    other = Address("203.0.113.1", 40001)
    assert later(kept=other, socket=2) == (Change(2.0, Aspect.PORT, "", "40001"),)
    memory = Memory()
    for socket in (1, 2):
        memory.compare(dataclasses.replace(FINE, kept=other, socket=socket))
    changed = memory.compare(dataclasses.replace(FINE, at=3.0, socket=2))
    assert [(each.before, each.now) for each in changed] == [("40001", "40000")]


def test_loss_that_creeps_is_told_when_it_has_become_notable() -> None:
    memory = Memory()
    told = [
        change.now
        for loss in (0.0, 0.03, 0.06, 0.09, 0.02)
        for change in memory.compare(dataclasses.replace(FINE, loss=loss))
        if change.aspect is Aspect.LOSS
    ]
    assert told == ["0%", "6%"]


def report(*families: FamilyReport, outcome: Outcome = Outcome.INCONCLUSIVE) -> Report:
    server = ServerReport(
        "a", SERVER, known(value=True, why=""), not_tested(), not_tested(), 0.04, 0.1
    )
    silent = ServerReport("b", None, unknown("silence"), not_tested(), not_tested(), None, 1.0)
    return Report(Verdict(outcome, Grade.UNKNOWN, ""), (), families, (server, silent))


def test_a_glimpse_is_of_the_families_that_get_through() -> None:
    four = FamilyReport(
        Family.IPV4,
        external=("203.0.113.1",),
        udp=known(value=True, why=""),
        mapping=known(EI, ""),
        filtering=unknown("lost"),
    )
    six = FamilyReport(Family.IPV6, udp=unknown("silence"), external=("2001:db8::1",))
    seen = glimpse_of(report(six, four), None, 5.0)
    assert (seen.reachable, seen.addresses) == (True, ("203.0.113.1",))
    assert (seen.mapping, seen.filtering) == (EI, None)
    assert (seen.loss, seen.round_trip) == (0.1, 0.04)


def test_silence_is_not_called_blocked() -> None:
    silent = FamilyReport(Family.IPV4, udp=unknown("silence"))
    assert glimpse_of(report(silent), None, 5.0).reachable is None
    assert glimpse_of(report(silent), KEPT, 5.0).reachable is True
    blocked = FamilyReport(Family.IPV4, udp=known(value=False, why="TCP works"))
    seen = glimpse_of(report(blocked, outcome=Outcome.UDP_BLOCKED), None, 5.0)
    assert seen.reachable is False


def test_a_router_that_forgets_its_mappings_is_seen_by_the_port_that_is_kept() -> None:
    home = Home(nat.PORT_RESTRICTED_CONE)

    async def look() -> list[tuple[Aspect, str]]:
        told: list[tuple[Aspect, str]] = []
        plan = Plan(servers=(StunServer(SERVER.host, SERVER.port),))
        async with aclosing(changes(plan, AsyncioNetwork(), every=30.0)) as looks:
            number = 0
            async for _, changed in looks:
                told += [(change.aspect, change.before) for change in changed]
                number += 1
                if number == 2:
                    assert home.nat is not None
                    home.nat.reboot()
                if number == 3:
                    return told
        raise AssertionError("looks end only when they are closed")

    told = home.run(look())
    first = [aspect for aspect, before in told if not before]
    assert set(first) >= {Aspect.REACHABILITY, Aspect.ADDRESS, Aspect.PORT, Aspect.TYPE}
    assert [aspect for aspect, before in told if before] == [Aspect.PORT]


def test_a_network_that_goes_away_and_comes_back_is_told_in_two_lines() -> None:
    home = Home(nat.PORT_RESTRICTED_CONE)

    async def look() -> list[tuple[Aspect, str]]:
        told: list[tuple[Aspect, str]] = []
        plan = Plan(servers=(StunServer(SERVER.host, SERVER.port),))
        async with aclosing(changes(plan, AsyncioNetwork(), every=30.0)) as looks:
            for cut in (True, False, None):
                _, changed = await anext(looks)
                told += [(change.aspect, change.now) for change in changed if change.before]
                if cut is not None:
                    assert home.nat is not None
                    home.simulation.link(home.nat, cut=cut)
        return told

    assert home.run(look()) == [
        (Aspect.REACHABILITY, "no server answers"),
        (Aspect.REACHABILITY, "UDP gets through"),
    ]


class Unplugged(AsyncioNetwork):
    """A network whose cable is pulled out: sockets fail then, those that are open as well."""

    is_out = False

    async def open_udp(self, *given: Any, **more: Any) -> Any:
        self.check()
        opened = await super().open_udp(*given, **more)
        send = opened.send

        def checked(data: bytes, target: Address) -> None:
            self.check()
            send(data, target)

        opened.send = checked  # type: ignore[method-assign]
        return opened

    def check(self) -> None:
        if self.is_out:
            raise OSError(errno.ENETUNREACH, "network is unreachable")


def test_a_cable_that_was_out_is_told_with_the_time_and_the_new_port_is_no_change() -> None:
    home = Home(nat.PORT_RESTRICTED_CONE)

    async def look() -> list[Change]:
        told: list[Change] = []
        network = Unplugged()
        plan = Plan(servers=(StunServer(SERVER.host, SERVER.port),))
        async with aclosing(changes(plan, network, every=30.0)) as looks:
            for network.is_out in (False, True, True, False):
                _, changed = await anext(looks)
                told += changed
        return told

    told = home.run(look())
    back = [each for each in told if each.before]
    assert [each.aspect for each in back] == [Aspect.REACHABILITY] * 2
    ports = [each for each in told if each.aspect is Aspect.PORT]
    assert [each.before for each in ports] == ["", ""]
    assert ports[0].now != ports[1].now
