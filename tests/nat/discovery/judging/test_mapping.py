"""Of what several targets see, the hypotheses are left that agree with it, and luck proves nothing."""

import dataclasses
from collections.abc import Sequence

import pytest

from nat.choices import Dependence
from nat.discovery.judging.mapping import judge_mapping
from nat.discovery.judging.reading import Sighting
from nat.discovery.transactions import Purpose, Transaction
from stunwire import Address
from tests.nat.discovery.judging.playing import AD, APD, EI, OUTSIDE

A1, A2 = "198.51.100.1", "198.51.100.2"
TARGETS = (Address(A1, 1), Address(A2, 1), Address(A2, 2))


def seen(
    ports: Sequence[int | None],
    *,
    socket: int = 0,
    hosts: Sequence[str] = (OUTSIDE,) * 4,
    local: int = 5,
    targets: Sequence[Address] = TARGETS,
) -> list[Sighting]:
    """What the targets saw of one socket, whose own port is `local`."""
    return [
        Sighting(
            Transaction(
                purpose=Purpose.MAPPING_I, server="a", trial=0, socket=socket, target=target
            ),
            Address("192.168.1.2", local + socket),
            Address(host, port),
            float(number),
        )
        for number, (target, port, host) in enumerate(zip(targets, ports, hosts, strict=False))
        if port is not None
    ]


@pytest.mark.parametrize(
    ("ports", "possible"),
    [
        ((40, 40, 40), (EI,)),
        ((40, 41, 41), (AD,)),
        ((40, 41, 42), (APD,)),
        ((40, 40, None), (EI,)),
        ((40, 41, None), (AD, APD)),
        ((None, 41, 41), (EI, AD)),
        ((None, 41, 42), (APD,)),
        ((40, None, None), ()),
        # endpoint-independent by luck, which RFC 5780 §4.3 would believe after II
        ((40, 40, 41), ()),
        ((40, 41, 40), ()),
    ],
)
def test_one_port_leaves_what_agrees_with_it(
    ports: tuple[int | None, ...], possible: tuple[Dependence, ...]
) -> None:
    found = judge_mapping(seen(ports), 1).found
    assert found.candidates(()) == possible
    assert found.is_known == (len(possible) == 1)


def test_ports_that_agree_make_it_sure_and_deterministic() -> None:
    judged = judge_mapping([*seen((40, 40, 40)), *seen((50, 50, 50), socket=1)], 1)
    assert (judged.found.value, judged.found.tests) == (EI, 2)
    assert judged.is_deterministic.value is True


def test_what_one_port_leaves_open_another_may_decide() -> None:
    sightings = [*seen((40, 41, None)), *seen((None, 51, 51), socket=1)]
    assert judge_mapping(sightings, 1).found.value is AD


def test_ports_that_contradict_each_other_are_no_answer_but_a_fact_of_their_own() -> None:
    once = [*seen((40, 40, 40)), *seen((50, 51, 52), socket=1)]
    again = [*seen((40,)), *seen((50,), socket=1)]
    judged = judge_mapping([*once, *again], 1)
    assert not judged.found.is_known
    assert judged.found.possible == (EI, APD)
    assert judged.is_deterministic.value is False


def test_a_contradiction_is_no_fact_where_a_mapping_may_have_been_lost_or_addresses_are_drawn() -> (
    None
):
    once = [*seen((40, 40, 40)), *seen((50, 51, 52), socket=1)]
    assert not judge_mapping(once, 1).is_deterministic.is_known
    kept = [*seen((5, 5, 5)), *seen((6, 6, 7), socket=1)]
    again = [*seen((5,)), *seen((6,), socket=1)]
    assert not judge_mapping([*kept, *again], 2).is_deterministic.is_known


def test_two_addresses_for_one_target_are_no_answer() -> None:
    twice = seen((40, 41), targets=(TARGETS[0], TARGETS[0]))
    judged = judge_mapping([*seen((40, 40, 40)), *twice[1:]], 1)
    assert not judged.found.is_known
    assert not judged.is_deterministic.is_known


def test_kept_ports_prove_nothing_where_addresses_are_drawn() -> None:
    luck = seen((5, 5, 5))
    assert judge_mapping(luck, 1).found.value is EI
    assert not judge_mapping(luck, 2).found.is_known
    assert judge_mapping(seen((40, 40, 40)), 2).found.value is EI
    apart = judge_mapping(seen((5, 5, 5), hosts=("192.0.2.1", "192.0.2.1", "192.0.2.2")), 2).found
    assert apart.value is APD


def test_ports_that_an_inner_nat_chose_prove_nothing_where_an_outer_one_draws_addresses() -> None:
    """One port at two addresses shows that it does; two that are equal may be so by luck."""
    drawn = ("192.0.2.1", "192.0.2.2", "192.0.2.2")
    sightings = [*seen((40, 40, 40), hosts=drawn), *seen((50, 50, 50), socket=1, hosts=drawn)]
    assert judge_mapping(sightings, 2).found.candidates(()) == (AD, APD)
    equal = [*seen((40, 40, 40), hosts=drawn), *seen((50, 50, 50), socket=1)]
    assert judge_mapping(equal, 2).found.candidates(()) == (AD, APD)
    assert judge_mapping([*seen((40, 41, 41)), *seen((50, 51, 51), socket=1)], 2).found.value is AD


def test_connections_of_one_local_port_are_held_together() -> None:
    one = [
        dataclasses.replace(
            each,
            transaction=Transaction(
                purpose=Purpose.MAPPING_I, server="a", trial=0, socket=number, target=each.target
            ),
        )
        for number, each in enumerate(seen((40, 41, 42)))
    ]
    assert not judge_mapping(one, 1).found.is_known
    assert judge_mapping(one, 1, by_socket=False).found.value is APD
