"""Packets through an allocation, and what it means when they do not come."""

from typing import Any

import pytest

from relay import PeerPolicy
from relay.doctor.client import TurnClient
from relay.doctor.findings import Finding, Outcome, Step
from relay.doctor.instruments import Trust
from relay.doctor.passage import Passage
from relay.doctor.target import Login
from relay.fivetuple import Transport
from stunwire import Address, Method, RequestedTransport, XorMappedAddress, XorRelayedAddress

SERVER = Address("198.51.99.1", 3478)


async def allocate(lab: Any) -> tuple[TurnClient, Passage]:
    line = await lab.open_line(Transport.UDP, SERVER, "", Trust.ANY)
    client = TurnClient(line, Transport.UDP, Login("alice", "wonder"), lab.transaction_id)
    response = await client.ask(Method.ALLOCATE, RequestedTransport(17))
    relayed, mapped = response.get(XorRelayedAddress), response.get(XorMappedAddress)
    assert relayed is not None
    assert mapped is not None
    passage = Passage(client, lab, server=SERVER, relayed=relayed.address, mapped=mapped.address)
    return client, passage


def outcomes(findings: list[Finding]) -> list[tuple[Step, Outcome]]:
    return [(one.step, one.outcome) for one in findings]


async def test_both_ways(make_lab: Any) -> None:
    _, passage = await allocate(make_lab())
    assert outcomes(await passage.findings()) == [
        (Step.PERMISSION, Outcome.OK),
        (Step.INBOUND, Outcome.OK),
        (Step.OUTBOUND, Outcome.OK),
    ]


async def test_a_machine_that_may_not_be_a_peer_after_all_is_no_firewall(make_lab: Any) -> None:
    lab = make_lab({"firewalled": True})
    _, passage = await allocate(lab)
    lab.world.relay.state.gate.objection = lambda *_: "the relay's own address"
    found = await passage.findings()
    assert outcomes(found)[1:] == [(Step.INBOUND, Outcome.NOTED)]
    assert "the relay's own machine" in found[1].remedy


@pytest.mark.parametrize("mine", [True, False])
async def test_a_relay_that_denies_its_own_relayed_addresses(make_lab: Any, mine: bool) -> None:
    lab = make_lab()
    client, passage = await allocate(lab)
    other, _ = await allocate(lab)
    denied = client if mine else other
    denied.show(None)  # so that it is refused
    finding = await passage.loop(other, Address("198.51.99.1", 50000))
    assert finding.outcome is Outcome.NOTED
    assert "as a peer, with 401" in finding.what


async def test_a_relay_that_passes_nothing(make_lab: Any) -> None:
    lab = make_lab()
    _, passage = await allocate(lab)
    other, _ = await allocate(lab)
    finding = await passage.loop(other, Address("198.51.99.1", 9))
    assert finding.outcome is Outcome.FAILED


async def test_a_denied_host_says_how_to_allow_it(make_lab: Any) -> None:
    _, passage = await allocate(make_lab(peers=PeerPolicy(deny=("9.0.0.0/8",))))
    (finding,) = await passage.findings()
    assert finding.outcome is Outcome.NOTED
    assert "--allow-peer 9.9.9.9/32" in finding.remedy
