"""The journal: one line for each piece of news, with strangers' text made harmless, and never a flood."""

import logging

import pytest

from relay.counters import DropReason, HangUp, Usage
from relay.fivetuple import FiveTuple, Transport
from relay.journal import LINES_AT_ONCE, LINES_PER_SECOND, Journal
from relay.outputs import (
    AllocationEnded,
    AllocationMoved,
    AllocationOpened,
    CertificateRead,
    ConnectionCut,
    HookFailed,
    PacketDropped,
    RequestRefused,
    UsersFileRead,
)
from stunwire import Address

CLIENT = Address("192.0.2.1", 5)
FIVE_TUPLE = FiveTuple(CLIENT, Address("192.0.2.2", 3478))


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, "hairpin.relay")
    return lambda: [
        record.getMessage() for record in caplog.records if record.name == "hairpin.relay"
    ]


def test_every_kind_of_news_is_one_line_with_its_fields(lines):
    journal, relayed = Journal(), Address("::1", 50000)
    journal.write(AllocationOpened(FIVE_TUPLE, relayed, "alice", 600), 0.0)
    journal.write(
        AllocationEnded(FIVE_TUPLE, relayed, "alice", "expired", 1.0, Usage(1, 2, 3, 4)), 0.0
    )
    there = FIVE_TUPLE._replace(client=Address("192.0.2.9", 6), transport=Transport.TCP)
    journal.write(AllocationMoved(there, FIVE_TUPLE, relayed, "alice"), 0.0)
    journal.write(RequestRefused(FIVE_TUPLE, "ALLOCATE", 486, "the user has 1", "alice"), 0.0)
    journal.write(PacketDropped(CLIENT, DropReason.GARBAGE, 7, "ff"), 0.0)
    journal.write(ConnectionCut(CLIENT, Transport.TLS, HangUp.IDLE, "0 bytes"), 0.0)
    journal.write(CertificateRead("no such file"), 0.0)
    journal.write(UsersFileRead(problem="line 3: expected UTF-8"), 0.0)
    journal.write(HookFailed("webhook: ConnectError"), 0.0)
    opened, ended, moved, refused, dropped, cut, read, users, failed = lines()
    assert "relay.allocation.opened" in opened
    assert "relayed='[::1]:50000'" in opened
    assert "client='192.0.2.9:6' transport='tcp' before='192.0.2.1:5'" in moved
    assert "to_peer_bytes=2 to_client_bytes=4" in ended
    assert (
        "client='192.0.2.1:5' method='ALLOCATE' code=486 why='the user has 1' user='alice'"
        in refused
    )
    assert "neither STUN nor channel data" in dropped
    assert "relay.certificate.read" in read
    assert "problem='no such file'" in read
    assert "relay.users.read" in users
    assert failed == "event='relay.hook.failed' problem='webhook: ConnectError'"
    assert "problem='line 3: expected UTF-8'" in users
    assert "client='192.0.2.1:5' transport='tls' why='no allocation" in cut


@pytest.mark.parametrize(
    "name", ["a\nb", "\x1b[31mred", "%s%n", "\u202egnp.exe", "a' code=0 user='root", "\x00"]
)
def test_a_user_name_stays_on_its_line_and_prints_as_ascii(lines, name):
    Journal().write(RequestRefused(FIVE_TUPLE, "ALLOCATE", 401, "unknown", name), 0.0)
    (line,) = lines()
    assert line.isascii()
    assert line.isprintable()
    assert line.startswith("event='relay.request.refused' client='192.0.2.1:5'")


def test_a_flood_is_cut_and_the_next_line_says_how_much_was_left_out(lines):
    journal, news = Journal(), PacketDropped(CLIENT, DropReason.GARBAGE, 7)
    for _ in range(int(LINES_AT_ONCE) + 50):
        journal.write(news, 100.0)
    assert len(lines()) == LINES_AT_ONCE
    journal.write(news, 100.0 + 1.5 / LINES_PER_SECOND)
    assert "suppressed_before=50" in lines()[-1]
    journal.write(news, 200.0)
    assert "suppressed_before" not in lines()[-1]


def test_nothing_is_rendered_when_nobody_listens(lines, caplog):
    caplog.set_level(logging.WARNING, "hairpin.relay")
    Journal().write(PacketDropped(CLIENT, DropReason.GARBAGE, 7), 0.0)
    assert lines() == []
