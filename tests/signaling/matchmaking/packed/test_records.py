"""The lists that the server keeps."""

import typing

import msgspec

from signaling.matchmaking.ledger import changes
from signaling.matchmaking.ledger.dealings import MovedAway, Reachable, Report
from signaling.matchmaking.packed import records


def test_there_is_a_record_for_each_change_and_each_report() -> None:
    named = {each.__name__ for each in typing.get_args(changes.Change)}
    assert {each.__name__ for each in typing.get_args(records.ChangeRecord)} == named
    reports = {MovedAway.__name__} | {each.__name__ for each in typing.get_args(Report)} - {
        Reachable.__name__
    }
    assert {each.__name__ for each in typing.get_args(records.ReportRecord)} == reports


def test_what_a_newer_server_adds_to_a_party_is_passed_over() -> None:
    data = msgspec.msgpack.encode({"until": 5, "size": 2, "more": []})
    assert msgspec.msgpack.decode(data, type=records.PartyRecord).until == 5.0
