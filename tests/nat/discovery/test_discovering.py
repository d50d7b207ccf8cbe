"""One call asks and concludes."""

import asyncio

import pytest

import nat
import nat.discovery
import relay
from nat.choices import Dependence
from nat.discovery import Plan, Report, ServerError, StunServer, discover
from nat.discovery.report import Outcome
from nat.discovery.servers import BUILT_IN, name_of
from nat.simulator import Simulation
from stunwire import Address, Family

from .scripted import SERVER, ScriptedNetwork, run
from .simulated import STUN_WISHES, diagnose, serve


def _network() -> ScriptedNetwork:
    return ScriptedNetwork(names={SERVER.host: [SERVER]})


@pytest.mark.parametrize(
    "asked",
    [[SERVER.host], [StunServer(SERVER.host)], Plan(servers=(StunServer(SERVER.host),))],
)
def test_servers_or_a_plan_become_a_report(asked: Plan | list[StunServer | str]) -> None:
    report: Report = run(discover(asked, network=_network()))
    assert report.servers[0].answers.value
    found = report.family(Family.IPV4)
    assert found is not None
    assert found.udp.value
    assert not found.filtering.is_known


def test_what_is_no_server_is_refused_before_anything_is_asked() -> None:
    network = _network()
    with pytest.raises(ServerError, match="port"):
        run(discover(["example:none"], network=network))
    assert not network.sockets


@pytest.mark.parametrize("behavior", nat.ALL_NINE)
@pytest.mark.parametrize("loss", [0.0, 0.1])
def test_the_nine_nats_are_known_for_what_they_are(behavior: nat.Behavior, loss: float) -> None:
    report = nat.discovery.judge(diagnose(behavior, loss=loss).evidence)
    found = report.family(Family.IPV4)
    assert found is not None
    assert found.mapping.value is behavior.mapping
    assert found.filtering.value is behavior.filtering


def test_without_a_nat_nothing_is_translated_and_all_are_let_in() -> None:
    found = nat.discovery.judge(diagnose(None, wishes=STUN_WISHES).evidence).family(Family.IPV4)
    assert found is not None
    assert found.translated.value is False
    assert found.filtering.value is Dependence.ENDPOINT_INDEPENDENT


@pytest.mark.parametrize("behavior", nat.ALL_NINE)
def test_who_names_no_server_has_the_built_in_ones_asked_by_their_names(
    behavior: nat.Behavior,
) -> None:
    """The first two are as they are said to be, with two addresses; the others have one."""
    simulation = Simulation(start_spread=0.0, trace_limit=0)
    home = simulation.nat("home", behavior).host("me")

    async def main() -> Report:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for number, server in enumerate(BUILT_IN):
                first, other = (
                    Address(f"198.51.100.{2 * number + k}", server.port) for k in (1, 2)
                )
                host = simulation.host(server.host, first.host, addresses=(other.host,))
                alternate = other._replace(port=server.port + 1) if number < 2 else None
                await serve(host, group, relay.Settings(listen=(first,), alternate=alternate), stop)
            report = await home.run(discover(Plan(wishes=STUN_WISHES)))
            stop.set()
        return report

    report = simulation.run(main())
    assert [each.name for each in report.servers] == [name_of(each) for each in BUILT_IN]
    assert all(each.answers.value and each.honest.value for each in report.servers)
    assert [each.tests_filtering.value for each in report.servers] == [True, True, False, False]
    found = report.family(Family.IPV4)
    assert found is not None
    assert (found.mapping.value, found.mapping.servers) == (behavior.mapping, len(BUILT_IN))
    assert found.filtering.value is behavior.filtering


def test_names_that_nobody_has_are_no_missing_network() -> None:
    simulation = Simulation(start_spread=0.0)
    home = simulation.nat("home", nat.FULL_CONE).host("me")
    servers = ["stun.exmaple.org", "stun.example.ogr"]
    report = simulation.run(home.run(discover(servers)))
    assert report.verdict.outcome is Outcome.INCONCLUSIVE
    assert "so there is a network, but it knows no stun.exmaple.org" in report.verdict.sentence
