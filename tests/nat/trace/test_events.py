"""Tests of `nat.trace.events`: what happened to a packet at one place."""

from nat import DropReason, Protocol


def lines(scribe):
    return [" ".join(str(event).split()) for event in scribe.trace]


def test_an_event_reads_as_a_line(scribe):
    number = scribe.sent("alice", ("198.51.100.1", 1), ("198.51.100.2", 2))
    scribe.at(0.499)
    scribe.dropped(number, "home")
    assert lines(scribe)[1] == (
        '0.500000 #1 home dropped 198.51.100.1:1 > 198.51.100.2:2 (5 B) "hello":'
        " filtered by the NAT: never sent to you"
    )


def test_a_translation_shows_both_addresses(scribe):
    number = scribe.sent("alice", ("192.168.1.2", 1), ("198.51.100.2", 2))
    scribe.translated(number, "home", source=("203.0.113.1", 3))
    scribe.translated(number, "other", destination=("192.168.1.2", 9))
    assert "home translated 192.168.1.2:1 → 203.0.113.1:3 > 198.51.100.2:2" in lines(scribe)[1]
    assert "other translated 203.0.113.1:3 > 198.51.100.2:2 → 192.168.1.2:9" in lines(scribe)[2]


def test_a_firewall_that_changes_nothing_has_passed_the_packet(scribe):
    number = scribe.sent("alice", ("2001:db8::1", 1), ("2001:db8::2", 2))
    scribe.translated(number, "firewall")
    assert "firewall passed [2001:db8::1]:1 > [2001:db8::2]:2" in lines(scribe)[1]


def test_an_event_tells_what_its_packet_tells(scribe):
    scribe.dropped(scribe.sent("alice", ("198.51.100.1", 1), ("198.51.100.2", 2)), "home")
    sent, dropped = scribe.trace
    assert (sent.reason, sent.detail) == (None, "")
    assert (dropped.reason, dropped.detail) == (DropReason.FILTERED, "never sent to you")
    assert (sent.protocol, sent.payload, sent.size) == (Protocol.UDP, b"hello", 5)
    assert (sent.source.port, sent.destination.host) == (1, "198.51.100.2")
