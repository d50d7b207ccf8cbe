"""Mapping tests run from several fresh ports, all three each time, and several servers share a port."""

from typing import Any

import pytest

import nat
from nat.choices import Dependence
from nat.discovery.judging import judge
from nat.discovery.transactions import Purpose
from relay.discovery import Discovery
from stunwire import Family, Message, ResponsePort

from .simulated import (
    A1P1,
    A2P1,
    A2P2,
    BESIDE,
    BESIDE_SERVER,
    PLAIN,
    PLAIN_SERVER,
    SERVER,
    diagnose,
    mapped,
)

ONE, TWO, THREE = Purpose.MAPPING_I, Purpose.MAPPING_II, Purpose.MAPPING_III
CONTROL = Purpose.FILTERING_CONTROL


@pytest.mark.parametrize("behavior", nat.ALL_NINE[::3])
@pytest.mark.parametrize("loss", [0.0, 0.1])
def test_each_trial_shows_what_the_mapping_depends_on(behavior: nat.Behavior, loss: float) -> None:
    run = diagnose(behavior, loss=loss)
    trials = run.trials(TWO)
    assert len(trials) == 2
    assert len({each.socket for trial in trials for each in trial}) == 2
    for trial in trials:
        by_purpose = {each.purpose: each for each in trial}
        targets = [by_purpose[purpose].target for purpose in (ONE, TWO, THREE)]
        assert targets == [A1P1, A2P1, A2P2]
        one, two, three = (mapped(by_purpose[purpose]) for purpose in (ONE, TWO, THREE))
        assert (one == two) is (behavior.mapping is Dependence.ENDPOINT_INDEPENDENT)
        assert (two == three) is (behavior.mapping is not Dependence.ADDRESS_AND_PORT_DEPENDENT)


def test_a_server_shows_that_it_answers_from_elsewhere_where_no_nat_stops_it() -> None:
    for behavior in (nat.PORT_RESTRICTED_CONE, nat.SYMMETRIC):
        run = diagnose(behavior)
        for trial in run.trials(CONTROL):
            (port,) = {mapped(each).port for each in trial if each.purpose is THREE}
            controls = [each for each in trial if each.purpose is CONTROL]
            passed = [each for each in controls if each.answers]
            assert len(passed) == 1
            assert passed[0].answers[0].source == A2P2
            assert passed[0].response_port in {None, port}


def understand(monkeypatch: pytest.MonkeyPatch, *forms: bool) -> None:
    """Let servers drop requests whose RESPONSE-PORT is written in another way.

    What was played before is at hand: a seed of one's own is needed.
    """

    def permits(
        self: Discovery, message: Message, *more: Any, known: Any = Discovery.permits
    ) -> bool:
        port = message.get(ResponsePort)
        return (port is None or port.counts_padding in forms) and known(self, message, *more)

    monkeypatch.setattr(Discovery, "permits", permits)


@pytest.mark.parametrize("counts_padding", [True, False])
def test_a_server_that_reads_response_port_in_one_way_alone_tests_filtering_all_the_same(
    monkeypatch: pytest.MonkeyPatch, counts_padding: bool
) -> None:
    """RFC 5780 §7.5: stuntman takes two bytes, others four."""
    understand(monkeypatch, counts_padding)
    family = judge(diagnose(nat.SYMMETRIC, seed=2 + counts_padding).evidence).family(Family.IPV4)
    assert family is not None
    assert family.filtering.value is nat.SYMMETRIC.filtering


def test_a_server_that_knows_no_response_port_is_not_said_to_lie(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Vovida's drops such requests, and where mappings differ nothing shows that it does the rest."""
    understand(monkeypatch)
    report = judge(diagnose(nat.SYMMETRIC, seed=4).evidence)
    family = report.family(Family.IPV4)
    assert family is not None
    assert family.mapping.value is nat.SYMMETRIC.mapping
    assert not family.filtering.is_known
    assert report.servers[0].honest.value is True


def test_without_a_nat_one_port_is_enough() -> None:
    assert len(diagnose(None).trials(ONE)) == 1


def test_servers_that_cannot_test_alone_are_asked_from_one_port() -> None:
    run = diagnose(nat.SYMMETRIC, (SERVER, PLAIN_SERVER))
    shared = [
        trial for trial in run.trials(ONE) if {each.target for each in trial} == {A1P1, PLAIN}
    ]
    assert len(shared) == 2
    for trial in shared:
        assert len({each.socket for each in trial}) == 1
        assert len({each.server for each in trial}) == 2
        assert len({mapped(each) for each in trial}) == 2


@pytest.mark.parametrize("behavior", nat.ALL_NINE[::3])
def test_servers_at_two_ports_of_one_address_are_asked_from_one_port(
    behavior: nat.Behavior,
) -> None:
    run = diagnose(behavior, (PLAIN_SERVER, BESIDE_SERVER))
    shared = [
        trial for trial in run.trials(ONE) if {each.target for each in trial} == {PLAIN, BESIDE}
    ]
    assert len(shared) == 2
    changes = behavior.mapping is Dependence.ADDRESS_AND_PORT_DEPENDENT
    for trial in shared:
        assert len({each.socket for each in trial}) == 1
        assert len({mapped(each) for each in trial}) == 1 + changes
    family = judge(run.evidence).family(Family.IPV4)
    assert family is not None
    assert family.mapping.candidates(Dependence) == (
        (Dependence.ADDRESS_AND_PORT_DEPENDENT,) if changes else tuple(Dependence)[:2]
    )


def test_one_server_that_is_silent_is_asked_from_several_ports() -> None:
    blocked = nat.Behavior(*[Dependence.ENDPOINT_INDEPENDENT] * 2, blocking=nat.Blocking.UDP)
    run = diagnose(blocked)
    assert len(run.trials(ONE)) == 2
    assert all(len(each.sent) == 6 and not each.abandoned for each in run.of(ONE))
    assert run.seconds < 8
