"""Over TCP one port of ours makes several connections, to all addresses of a server and to other servers."""

import dataclasses
import ssl

import pytest

import nat
import relay
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.collecting import collect
from nat.discovery.evidence import Wish
from nat.discovery.judging import judge
from nat.discovery.plan import Plan, StunServer
from nat.discovery.transactions import Purpose, Transport
from stunwire import Address, Family

from .homes import OTHER, Home
from .homes import SERVER as FIRST
from .simulated import A1P1, A2P1, A2P2, PLAIN, PLAIN_SERVER, SERVER, diagnose, mapped

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


@pytest.mark.parametrize("behavior", nat.ALL_NINE[::3], ids=lambda one: one.mapping.short)
def test_where_a_server_names_its_other_address_over_udp_alone_tcp_is_tried_there(behavior) -> None:
    run = diagnose(behavior, (SERVER,), frozenset({Wish.MAPPING, Wish.TCP}))
    local = {each.number: each.transport for each in run.evidence.sockets}
    tcp = [each for each in run.evidence.transactions if local[each.socket] is Transport.TCP]
    assert {each.target for each in tcp} == {A1P1, A2P1, A2P2}
    assert {answer.other for each in tcp for answer in each.answers} == {None}
    family = judge(run.evidence).family(Family.IPV4)
    assert family is not None
    assert family.tcp_mapping.value is behavior.mapping


@pytest.mark.parametrize("behavior", nat.ALL_NINE[::3], ids=lambda one: one.mapping.short)
@pytest.mark.parametrize("transport", [Transport.TCP, Transport.TLS])
def test_a_server_over_streams_names_its_other_address_there(
    behavior, transport, certificate
) -> None:
    squares = tuple(Address(one.host, port) for one in (FIRST, OTHER) for port in (5349, 5350))
    setting = "listen_tls" if transport is Transport.TLS else "listen_tcp"
    settings = relay.Settings(
        listen=(FIRST,), alternate=OTHER, certificate=certificate, **{setting: squares}
    )
    network = AsyncioNetwork(ssl.create_default_context(cafile=certificate.chain))
    home = Home(behavior)
    home.simulation.name("lab", FIRST.host)
    server = StunServer("lab", 5349, transport)
    plan = Plan(servers=(server,), wishes=frozenset({Wish.TCP}))
    report = judge(home.run(collect(plan, network), settings))
    family = report.family(Family.IPV4)
    assert family is not None
    found = family.tls_mapping if transport is Transport.TLS else family.tcp_mapping
    assert (found.value, found.tests) == (behavior.mapping, 2)
