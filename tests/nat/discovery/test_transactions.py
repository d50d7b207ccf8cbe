"""Recorded transactions keep their names in JSON, where old evidence is read by new programs."""

import msgspec

from nat.discovery.transactions import Purpose, Timer, Transaction, Transport
from stunwire import Address


def test_an_unanswered_request_takes_little_room() -> None:
    silent = Transaction(
        purpose=Purpose.FILTERING_II,
        server="a",
        trial=1,
        socket=2,
        target=Address("198.51.100.1", 3478),
        change_ip=True,
        change_port=True,
        sent=(0.25,),
    )
    assert msgspec.to_builtins(silent) == {
        "purpose": "filtering II",
        "server": "a",
        "trial": 1,
        "socket": 2,
        "target": ("198.51.100.1", 3478),
        "change_ip": True,
        "change_port": True,
        "sent": (0.25,),
    }


def test_names_in_old_evidence_stay_readable() -> None:
    assert {each.value for each in Transport} >= {"udp", "tcp", "tls"}
    assert {each.value for each in Timer} >= {"one-shot", "stream", "inbound refresh"}
    assert {each.value for each in Purpose} >= {
        *("mapping I", "mapping II", "mapping III"),
        *("filtering I", "filtering II", "filtering III"),
        *("hairpin learn", "hairpin ask", "ports", "fragments", "other port"),
        *("lifetime open", "lifetime ask", "lifetime refresh"),
    }
