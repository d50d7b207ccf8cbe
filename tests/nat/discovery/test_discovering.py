"""One call asks and concludes."""

import pytest

import nat
import nat.discovery
from nat.choices import Dependence
from nat.discovery import Plan, Report, ServerError, StunServer, discover
from stunwire import Family

from .scripted import SERVER, ScriptedNetwork, run
from .simulated import STUN_WISHES, diagnose


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
