"""Every way a relay may be wrong, and what the examination says of it; no socket is opened."""

from typing import Any

import pytest

from relay import Limits, PeerPolicy, Redirect
from relay.doctor.clock import OFFSETS
from relay.doctor.examination import examine
from relay.doctor.findings import Diagnosis, Finding, Outcome, Report, Step
from relay.doctor.instruments import Trust
from relay.doctor.target import Login, Secret, Target
from relay.doctor.troubles import Trouble
from relay.fivetuple import Transport
from stunwire import Address

SERVER = Address("198.51.99.1", 3478)
ALICE = Login("alice", "wonder")
SECRET = Secret("s3cret")


def target(**more: Any) -> Target:
    given: dict[str, Any] = {"host": SERVER.host, "port": SERVER.port, "access": ALICE, **more}
    return Target(**given)


async def failed(lab: Any, **more: Any) -> Finding:
    """Examine, and give the one step that failed; all later ones are skipped, all earlier are well."""
    diagnosis = await examine(target(**more), lab)
    assert not lab.lines, "every line is closed"
    bad = [one for one in diagnosis.findings if one.outcome is Outcome.FAILED]
    assert len(bad) == 1, bad
    assert bad[0].remedy
    return bad[0]


async def examine_all(targets: tuple[Target, ...], lab: Any) -> Report:
    return Report(tuple([await examine(one, lab) for one in targets]))


def outcome(diagnosis: Diagnosis, step: Step) -> Outcome:
    return next(one.outcome for one in diagnosis.findings if one.step is step)


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
async def test_a_relay_that_is_well_passes_packets_both_ways_and_keeps_nothing(
    make_lab: Any, transport: Transport
) -> None:
    lab = make_lab()
    report = await examine_all((target(transport=transport, realm="lab.example"),), lab)
    assert report.is_well
    assert report.verdict == f"It relays, over {transport.name}."
    assert {one.outcome for one in report.diagnoses[0].findings} == {Outcome.OK}
    assert not lab.world.relay.state.registry.all()
    assert not lab.lines
    assert not lab.peers


async def test_stun_alone_is_looked_at_without_a_credential(make_lab: Any) -> None:
    diagnosis = await examine(target(access=None), make_lab(users={}))
    assert [(one.step, one.outcome) for one in diagnosis.findings] == [(Step.BINDING, Outcome.OK)]
    assert "9.9.9.9:40000" in diagnosis.findings[0].what


async def test_a_name_without_an_address(make_lab: Any) -> None:
    finding = await failed(make_lab(), host="turn.invalid")
    assert finding.step is Step.NAME
    assert "no address" in finding.what


@pytest.mark.parametrize(
    "trouble", [Trouble.SILENT, Trouble.REFUSED, Trouble.UNREACHABLE, Trouble.NOT_TLS]
)
async def test_a_line_that_comes_to_nothing(make_lab: Any, trouble: Trouble) -> None:
    finding = await failed(make_lab({"trouble": lambda *_: trouble}), transport=Transport.TCP)
    assert finding.step is Step.CONNECTION
    assert trouble.value in finding.what
    assert "over TCP" in finding.what


async def test_tcp_closed_while_udp_works_is_told_apart(make_lab: Any) -> None:
    closed = {Transport.UDP: None, Transport.TCP: Trouble.REFUSED}
    lab = make_lab({"trouble": lambda transport, _: closed[transport]})
    report = await examine_all((target(), target(transport=Transport.TCP)), lab)
    assert not report.is_well
    assert report.verdict.startswith("Works over UDP, but not over TCP: the machine answers")


@pytest.mark.parametrize("trouble", [Trouble.EXPIRED, Trouble.OTHER_NAME, Trouble.UNKNOWN_ISSUER])
async def test_a_bad_certificate_is_named_and_the_rest_is_looked_at_all_the_same(
    make_lab: Any, trouble: Trouble
) -> None:
    lab = make_lab({"trouble": lambda _, trust: trouble if trust is Trust.CHECKED else None})
    diagnosis = await examine(target(transport=Transport.TLS), lab)
    bad = {one.step: one for one in diagnosis.findings if one.outcome is not Outcome.OK}
    assert list(bad) == [Step.CERTIFICATE]
    assert bad[Step.CERTIFICATE].outcome is Outcome.FAILED
    assert trouble.value in bad[Step.CERTIFICATE].what


async def test_a_relay_without_users_gives_no_allocations(make_lab: Any) -> None:
    finding = await failed(make_lab(users={}))
    assert finding.step is Step.REALM
    assert "no allocations to anybody" in finding.what


async def test_another_realm_than_expected(make_lab: Any) -> None:
    finding = await failed(make_lab(), realm="other")
    assert finding.step is Step.REALM
    assert "'lab.example' where 'other' was expected" in finding.what


@pytest.mark.parametrize("login", [Login("alice", "0p3n"), Login("nobody", "wonder")])
async def test_a_wrong_password_and_an_unknown_user_look_alike_and_that_is_said(
    make_lab: Any, login: Login
) -> None:
    finding = await failed(make_lab(), access=login)
    assert finding.step is Step.CREDENTIALS
    assert "unknown there, or the password is wrong" in finding.what
    assert login.password not in finding.what + finding.remedy


async def test_a_credential_that_ended_is_told_by_our_clock(make_lab: Any) -> None:
    lab = make_lab(users={}, rest_secrets=("s3cret",))
    finding = await failed(lab, access=SECRET.login(lab.unix_now(), -90))
    assert "ended 90 s ago" in finding.what
    assert "mint" in finding.remedy


async def test_another_secret_is_told_from_another_clock(make_lab: Any) -> None:
    finding = await failed(make_lab(users={}, rest_secrets=("other",)), access=SECRET)
    assert finding.step is Step.CREDENTIALS
    assert "the secret is another one" in finding.what


async def test_a_clock_that_is_hours_ahead_refuses_good_credentials(make_lab: Any) -> None:
    lab = make_lab({"skew": 5 * 3600}, users={}, rest_secrets=("s3cret",))
    finding = await failed(lab, access=SECRET)
    assert finding.step is Step.CREDENTIALS
    assert "for 10 minutes is refused: its clock is 1 h to 1 day ahead" in finding.what


async def test_clocks_that_agree_are_told_with_the_bound(make_lab: Any) -> None:
    lab = make_lab(users={}, rest_secrets=("s3cret",))
    diagnosis = await examine(target(access=SECRET), lab)
    assert diagnosis.worst is None
    (finding,) = [one for one in diagnosis.findings if one.step is Step.CLOCK]
    assert finding.what.startswith("within 30 s")
    assert lab.world.relay.live_counters.allocations_opened == 1, "trying costs no allocation"


async def test_a_clock_that_is_behind_is_noted_since_it_still_relays(make_lab: Any) -> None:
    lab = make_lab({"skew": -3 * 3600}, users={}, rest_secrets=("s3cret",))
    diagnosis = await examine(target(access=SECRET), lab)
    assert diagnosis.is_well
    assert diagnosis.worst is not None
    assert "behind" in diagnosis.worst.what


async def test_a_user_with_too_many_allocations(make_lab: Any) -> None:
    lab = make_lab(limits=Limits(allocations_per_user=1))
    lab.world.client().allocate()
    finding = await failed(lab)
    assert finding.step is Step.ALLOCATION
    assert "486" in finding.what
    assert "allocations-per-user" in finding.remedy


@pytest.mark.parametrize(
    "settings", [{"limits": Limits(allocations=1)}, {"port_range": (50000, 50000)}]
)
async def test_a_relay_that_is_full(make_lab: Any, settings: Any) -> None:
    lab = make_lab(**settings)
    lab.world.client().allocate()
    finding = await failed(lab)
    assert finding.step is Step.ALLOCATION
    assert "508" in finding.what
    assert "--max-port" in finding.remedy


async def test_a_relay_that_sends_its_clients_elsewhere(make_lab: Any) -> None:
    elsewhere = Address("198.51.99.2", 3478)
    lab = make_lab(alternate_servers=(elsewhere,), redirect=Redirect.ALWAYS)
    finding = await failed(lab)
    assert "sends clients to 198.51.99.2" in finding.what


async def test_a_private_address_announced_by_a_public_relay(make_lab: Any) -> None:
    finding = await failed(make_lab(relay_address="10.0.0.7"))
    assert finding.step is Step.RELAYED_ADDRESS
    assert (
        "announces 10.0.0.7, which is private, though it is reached at 198.51.99.1" in finding.what
    )
    assert "--external-ip" in finding.remedy


async def test_another_external_address_than_expected(make_lab: Any) -> None:
    lab = make_lab(external_address="198.51.99.8")
    finding = await failed(lab, external=("198.51.99.9", "2001:db8::9"))
    assert finding.step is Step.RELAYED_ADDRESS
    assert "198.51.99.8 where 198.51.99.9 was expected" in finding.what


async def test_packets_that_come_from_elsewhere_than_announced(make_lab: Any) -> None:
    lab = make_lab({"nat_is_wrong": True}, relay_address="10.0.0.7", external_address="198.51.99.8")
    finding = await failed(lab)
    assert finding.step is Step.OUTBOUND
    assert "come from 10.0.0.7" in finding.what


async def test_a_firewall_before_the_relay_ports_is_told_from_a_relay_that_does_not_relay(
    make_lab: Any,
) -> None:
    lab = make_lab({"firewalled": True})
    diagnosis = await examine(target(), lab)
    assert outcome(diagnosis, Step.INBOUND) is Outcome.FAILED
    assert outcome(diagnosis, Step.LOOP) is Outcome.OK
    assert diagnosis.worst is not None
    assert "do not arrive" in diagnosis.worst.what
    assert "firewall" in diagnosis.worst.remedy
    assert not lab.world.relay.state.registry.all()


async def test_a_peer_that_policy_denies_is_a_reservation_and_the_relay_is_tried_with_itself(
    make_lab: Any,
) -> None:
    lab = make_lab(peers=PeerPolicy(deny=("9.9.9.0/24",)))
    report = await examine_all((target(),), lab)
    (diagnosis,) = report.diagnoses
    assert report.is_well
    assert report.verdict.startswith("It relays, with one reservation: it denies 9.9.9.9")
    assert outcome(diagnosis, Step.PERMISSION) is Outcome.NOTED
    assert outcome(diagnosis, Step.LOOP) is Outcome.OK
    assert outcome(diagnosis, Step.INBOUND) is Outcome.SKIPPED


async def test_a_server_that_answers_nothing_is_asked_a_few_times_only(make_lab: Any) -> None:
    lab = make_lab()
    lab.world.receive = lambda *_: []
    finding = await failed(lab)
    assert finding.step is Step.BINDING
    assert "nothing answers at 198.51.99.1:3478 over UDP" in finding.what
    assert lab.sent == 4


def test_the_clock_is_tried_from_far_behind_to_years_ahead() -> None:
    assert sorted(OFFSETS) == list(OFFSETS)
    assert OFFSETS[0] < -86400
    assert OFFSETS[-1] > 365 * 86400
