"""Filtering tests go out from ports that have sent nowhere else, and silence is asked after."""

import pytest

import nat
from nat.choices import Dependence
from nat.discovery.transactions import Purpose

from .simulated import A1P1, A2P2, PLAIN_SERVER, diagnose, purposes

_EI, _AD, _APD = Dependence
ONE, TWO, THREE = Purpose.FILTERING_I, Purpose.FILTERING_II, Purpose.FILTERING_III
AGAIN, OPEN = Purpose.FILTERING_AGAIN, Purpose.FILTERING_OPEN
A1P2 = A1P1._replace(port=A2P2.port)


@pytest.mark.parametrize("behavior", nat.ALL_NINE)
def test_what_comes_in_is_what_the_nat_lets_in(behavior: nat.Behavior) -> None:
    run = diagnose(behavior)
    let_in = {
        _EI: {TWO, THREE},
        _AD: {THREE},
        _APD: set(),
    }[behavior.filtering]
    trials = run.trials(ONE)
    assert len(trials) == 3
    for trial in trials:
        assert {each.purpose for each in trial if each.answers} == {ONE, AGAIN, OPEN, *let_in}
        for each in trial:
            assert each.purpose not in {TWO, THREE} or each.answers or len(each.sent) == 5
            if each.answers and each.purpose is TWO:
                assert each.answers[0].source == A2P2


@pytest.mark.parametrize("loss", [0.02, 0.1])
@pytest.mark.parametrize("seed", [1, 2])
def test_with_loss_it_is_the_same(loss: float, seed: int) -> None:
    for behavior in (nat.FULL_CONE, nat.RESTRICTED_CONE):
        run = diagnose(behavior, loss=loss, seed=seed)
        assert any(each.answers for each in run.of(THREE))
        assert bool([each for each in run.of(TWO) if each.answers]) is (behavior is nat.FULL_CONE)


def test_its_ports_have_sent_nowhere_else_before_the_silence() -> None:
    run = diagnose(nat.PORT_RESTRICTED_CONE)
    for trial in run.trials(ONE):
        (socket,) = {each.socket for each in trial}
        everything = [each for each in run.evidence.transactions if each.socket == socket]
        assert everything == trial
        assert sorted(purposes(trial[1:3]), key=str) == sorted([TWO, THREE], key=str)
        assert purposes(trial[3:]) == [AGAIN, OPEN]
        assert {each.target for each in trial[:4]} == {A1P1}
        assert trial[3].sent[0] > max(trial[1].sent[-1], trial[2].sent[-1])


def test_something_is_sent_to_a_neighbour_where_that_one_alone_was_let_in() -> None:
    for behavior, goals in (
        (nat.FULL_CONE, {A2P2}),
        (nat.RESTRICTED_CONE, {A1P2, A2P2}),
        (nat.PORT_RESTRICTED_CONE, {A2P2}),
    ):
        assert {each.target for each in diagnose(behavior).of(OPEN)} == goals


def test_flags_are_asked_for_as_rfc_5780_has_them() -> None:
    run = diagnose(nat.FULL_CONE)
    assert {(each.change_ip, each.change_port) for each in run.of(TWO)} == {(True, True)}
    assert {(each.change_ip, each.change_port) for each in run.of(THREE)} == {(False, True)}
    assert not any(each.change_ip or each.change_port for each in run.of(ONE, AGAIN, OPEN))


def test_a_server_without_a_second_address_is_not_asked_to_answer_from_there() -> None:
    run = diagnose(nat.FULL_CONE, (PLAIN_SERVER,))
    assert run.of(ONE)
    assert not run.of(TWO, THREE, AGAIN, OPEN)


def test_without_a_nat_the_firewall_is_tested_all_the_same() -> None:
    run = diagnose(None)
    assert all(each.answers for each in run.of(TWO, THREE))
    assert len(run.of(TWO)) == 3
