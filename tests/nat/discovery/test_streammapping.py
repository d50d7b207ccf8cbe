"""Over TCP one port of ours makes several connections, to all addresses of a server and to other servers."""

import dataclasses

import nat
from nat.discovery.evidence import Wish
from nat.discovery.plan import StunServer
from nat.discovery.transactions import Purpose, Transport

from .simulated import A1P1, PLAIN, PLAIN_SERVER, SERVER, diagnose, mapped

TCP = frozenset({Wish.TCP})


def test_connections_leave_from_one_port_and_show_what_the_mapping_depends_on() -> None:
    for behavior in (nat.PORT_RESTRICTED_CONE, nat.SYMMETRIC):
        run = diagnose(behavior, (SERVER, PLAIN_SERVER), TCP)
        local = {each.number: each.local for each in run.evidence.sockets}
        trials = run.trials(Purpose.MAPPING_I)
        assert len(trials) == 2
        for trial in trials:
            assert {each.target for each in trial} == {A1P1, PLAIN}
            assert len({local[each.socket] for each in trial}) == 1
            kept = behavior is nat.PORT_RESTRICTED_CONE
            assert (len({mapped(each) for each in trial}) == 1) is kept
        transports = {each.transport for each in run.evidence.sockets}
        assert transports == {Transport.TCP}


def test_servers_named_for_tcp_are_asked_alone() -> None:
    named = dataclasses.replace(PLAIN_SERVER, transport=Transport.TCP)
    run = diagnose(nat.SYMMETRIC, (SERVER, named), TCP)
    assert {each.target for each in run.evidence.transactions} == {PLAIN}
    assert {each.server for each in run.evidence.transactions} == {f"tcp:{PLAIN.host}:3478"}


def test_a_server_without_tcp_is_passed_over() -> None:
    dead = StunServer(PLAIN.host, 9)
    run = diagnose(nat.SYMMETRIC, (dead, SERVER), TCP)
    assert {each.target for each in run.evidence.transactions} == {A1P1}
    assert not diagnose(nat.SYMMETRIC, (dead,), TCP).evidence.transactions
