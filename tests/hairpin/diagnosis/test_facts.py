"""A report as rows."""

import dataclasses
from typing import Any

import pytest

from hairpin.diagnosis.facts import Chapter, chapters, unanswered, witnesses
from nat.choices import PortMapping
from nat.discovery import FamilyReport, Finding, Report
from nat.discovery.findings import known, unknown
from nat.discovery.judging import judge
from nat.discovery.report import PortRule, RelayReport
from stunwire import Address, Family
from tests.nat.discovery.judging.playing import Played, PlayedServer


def titled(report: Report, title: str) -> Chapter:
    (chapter,) = [each for each in chapters(report) if each.title.startswith(title)]
    return chapter


def test_a_familys_title_has_its_addresses(home: Report) -> None:
    assert titled(home, "IPv4").title == "IPv4: 192.168.1.10 here, 203.0.113.7 outside"


def test_no_finding_of_a_report_is_left_out(home: Report) -> None:
    told = {fact.key for fact in titled(home, "IPv4").facts}
    findings = {f.name for f in dataclasses.fields(FamilyReport) if "Finding" in str(f.type)}
    assert findings | {f.name for f in dataclasses.fields(PortRule)} == told
    rest = {fact.key for fact in titled(home, "Beyond").facts}
    assert rest == {"works", "captive_portal", "opens", "classic"}


def test_a_family_of_which_nothing_was_tested_has_no_chapter(make_report: Any) -> None:
    nothing = FamilyReport(Family.IPV6)
    shown = chapters(make_report(families=(nothing,)))
    assert not [each for each in shown if each.title.startswith("IPv")]


def test_servers_are_told_with_their_round_trip_and_loss(home: Report) -> None:
    first, filtering, honest, silent = titled(home, "Servers").facts
    assert first.note == "198.51.100.10:3478, 41 ms, 25% lost"
    assert (filtering.words.text, honest.words.text) == ("yes", "yes")
    assert silent.words.whole == "unknown: nothing came"


def test_a_turn_server_is_told_with_its_transport(home: Report) -> None:
    (turn,) = [f for f in titled(home, "Beyond").facts if f.name.startswith("TURN")]
    assert turn.name == "TURN over UDP turn.example.org:3478"
    assert turn.note == "52 ms, relays at 198.51.100.10:50000"


def test_what_was_not_asked_is_counted_and_named(home: Report, make_family: Any) -> None:
    facts = titled(home, "IPv4").facts
    assert unanswered(facts).partition(" ")[2].startswith("questions not asked: ")
    asked = tuple(dataclasses.replace(fact, finding=Finding(unknown("").status)) for fact in facts)
    assert unanswered(asked) == ""


ALONE = "one server's word)"


def test_where_one_server_is_all_that_was_heard_that_is_said(
    make_report: Any, make_family: Any
) -> None:
    found = {fact.key: " ".join(fact.grounds) for fact in chapters(make_report())[0].facts}
    for key in ("mapping", "filtering", "preserving", "alg", "one_shot_lifetime"):
        assert ALONE in found[key]
    for key in ("udp", "hairpinning", "path_mtu"):
        assert ALONE not in found[key]
    known_otherwise = make_family(double=known(value=False, why="the same"))
    report = make_report(families=(known_otherwise,))
    assert "the router tells the same external address" in witnesses(report)[0]
    assert "a lie that it keeps to would not be found out" in witnesses(make_report())[0]


def test_two_servers_have_been_compared(home: Report) -> None:
    (first, second) = home.servers
    address = Address("198.51.100.20", 3478)
    second = dataclasses.replace(second, address=address, answers=known(value=True, why=""))
    assert not witnesses(dataclasses.replace(home, servers=(first, second)))


def test_a_family_of_which_nothing_is_known_is_one_line(make_report: Any) -> None:
    six = FamilyReport(
        Family.IPV6, "2001:db8::5", udp=unknown("no server could be asked"), mapping=unknown("")
    )
    chapter = chapters(make_report(families=(six,)))[0]
    words = "IPv6: 2001:db8::5 here; nothing is known, as no server could be asked."
    assert chapter.nothing == words
    assert not chapters(make_report())[0].nothing


def test_pinholes_are_told_beside_the_ports_of_the_nat(make_report: Any) -> None:
    told = known(value=True, why="it was seen")
    report = make_report(
        pinholes={PortMapping.UPNP: unknown("silence"), PortMapping.PCP: told},
        opened_pinholes={PortMapping.PCP: told},
    )
    facts = [fact for fact in titled(report, "Beyond").facts if "pinhole" in fact.key]
    assert [(fact.name, fact.words.text) for fact in facts] == [
        ("IPv6 pinholes by UPnP IGD", "unknown"),
        ("IPv6 pinholes by PCP", "there"),
        ("pinhole opened by PCP", "reached"),
    ]
    assert all(fact.explanation.how for fact in facts)


def test_why_a_relay_cannot_be_used_stands_beside_that(make_report: Any) -> None:
    refused = RelayReport("turn.example.org:3478", "turn over udp", known(value=False, why="401"))
    facts = [fact for each in chapters(make_report(ways_out=(refused,))) for fact in each.facts]
    (told,) = (fact for fact in facts if fact.name.startswith("TURN"))
    assert (told.words.text, told.note) == ("does not work", "401")


def test_a_router_that_speaks_and_opens_nothing_is_not_called_absent(make_report: Any) -> None:
    why = "192.168.1.1 tells by UPnP that it has no external address"
    found = {PortMapping.UPNP: known(value=False, why=why)}
    facts = [fact for each in chapters(make_report(port_mapping=found)) for fact in each.facts]
    (told,) = (fact for fact in facts if fact.name == "UPnP IGD")
    assert (told.words.text, told.words.meaning, told.note) == (
        "no",
        "no port is opened by it",
        why,
    )


@pytest.mark.parametrize(
    ("outer", "title", "is_witnessed"),
    [("192.168.77.2", "192.168.77.2 in a private network", True), ("", "", False)],
)
def test_what_a_server_in_a_private_network_saw_is_not_called_outside(
    outer: str, title: str, is_witnessed: bool
) -> None:
    local = "192.168.1.2" if outer else "192.168.77.2"
    server = PlayedServer(host="192.168.77.1", second="192.168.77.5")
    played = Played(outside=(outer,) if outer else (), local=local, servers=[server])
    report = judge(played.diagnose())
    parts = ", ".join(filter(None, (f"IPv4: {local} here", title)))
    assert titled(report, "IPv4").title == parts
    assert bool(witnesses(report)) is is_witnessed
