"""Where the servers of `hairpin up` listen, by what was asked for and where the machine is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hairpin.allinone.certificates import UnusableCertificateError
from hairpin.allinone.lan import Lan
from hairpin.allinone.options import Absent, Tls, TlsWish, UpOptions
from hairpin.allinone.plan import NoPlanError, Plan, draw_room, make, needs_lan
from tests.hairpin.allinone.conftest import Issue

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HOME = Lan("192.168.1.20", others=("10.0.0.2",))
SELF_SIGNED = TlsWish(kind=Tls.SELF_SIGNED)


def plan(tmp_path: Path, lan: Lan | None = HOME, **options: Any) -> Plan:
    return make(UpOptions(**options), lan, tmp_path / "state", NOW)


def test_without_options_it_is_for_this_machine_alone(tmp_path: Path) -> None:
    made = plan(tmp_path, lan=None)
    assert made.is_for_this_machine_alone
    assert made.services.signaling_address == ("127.0.0.1", 8080)
    assert made.services.signaling_besides == ()
    assert made.services.relay_address == ("127.0.0.1", 3478)
    assert made.services.second == ("127.0.0.1", 3479)
    assert made.services.tls is None
    assert made.has_local_metrics
    assert not needs_lan(UpOptions())


def test_a_certificate_made_here_goes_with_the_address_that_phones_reach(tmp_path: Path) -> None:
    made = plan(tmp_path, tls=SELF_SIGNED)
    assert needs_lan(UpOptions(tls=SELF_SIGNED))
    assert made.services.signaling_address == ("192.168.1.20", 8080)
    assert made.services.signaling_besides == (("127.0.0.1", 8080),)
    assert made.services.announced_host == "192.168.1.20"
    assert made.names == ("192.168.1.20",)
    assert made.certificate is not None
    assert made.services.tls is not None
    assert made.services.tls.certificate == tmp_path / "state" / "certificate.pem"
    assert made.services.relay_tls is None
    assert made.has_local_metrics


@pytest.mark.parametrize(
    ("options", "signaling", "relay"),
    [
        ({"host": "lan"}, ("192.168.1.20", 8080), ("192.168.1.20", 3478)),
        ({"host": "10.0.0.2"}, ("10.0.0.2", 8080), ("10.0.0.2", 3478)),
        (
            {"tls": SELF_SIGNED, "host": "127.0.0.1"},
            ("127.0.0.1", 8080),
            ("127.0.0.1", 3478),
        ),
        (
            {"tls": SELF_SIGNED, "signaling": ("127.0.0.1", 1)},
            ("127.0.0.1", 1),
            ("127.0.0.1", 3478),
        ),
        (
            {"host": "lan", "signaling": ("0.0.0.0", 80)},
            ("0.0.0.0", 80),
            ("192.168.1.20", 3478),
        ),
    ],
)
def test_what_is_said_goes_before_what_is_found(
    tmp_path: Path, options: dict[str, Any], signaling: tuple[str, int], relay: tuple[str, int]
) -> None:
    made = plan(tmp_path, **options)
    assert made.services.signaling_address == signaling
    assert made.services.relay_address == relay


def test_a_server_at_every_address_has_a_certificate_for_each(tmp_path: Path) -> None:
    made = plan(
        tmp_path,
        tls=SELF_SIGNED,
        names=("chat.test",),
        signaling=("0.0.0.0", 8080),
        relay=("0.0.0.0", 3478),
        public_host="203.0.114.7",
    )
    assert made.names == ("203.0.114.7", "192.168.1.20", "10.0.0.2", "chat.test")
    assert made.services.names == ("chat.test",)
    assert made.services.second == ("0.0.0.0", 3479)
    assert made.has_local_metrics


@pytest.mark.parametrize(
    ("lan", "options", "second"),
    [
        (HOME, {"relay": ("192.168.1.20", 0)}, ("192.168.1.20", 0)),
        (HOME, {"relay": ("192.168.1.20", 65535)}, ("192.168.1.20", 1)),
        (HOME, {"host": "lan", "alternate": Absent.OFF}, None),
        (HOME, {"host": "lan", "alternate": ("10.0.0.2", 99)}, ("10.0.0.2", 99)),
        (replace(HOME, beside="192.168.1.21"), {"host": "lan"}, ("192.168.1.21", 3479)),
        (
            replace(HOME, beside="192.168.1.21"),
            {"host": "lan", "public_host": "203.0.114.7"},
            ("192.168.1.20", 3479),
        ),
    ],
)
def test_stun_is_answered_at_a_second_place_at_another_address_where_there_is_one(
    tmp_path: Path, lan: Lan, options: dict[str, Any], second: tuple[str, int] | None
) -> None:
    assert plan(tmp_path, lan, **options).services.second == second


def test_a_certificate_of_an_authority_brings_its_name_and_turn_over_tls(
    tmp_path: Path, issue: Issue
) -> None:
    wish = issue(NOW, "*.example.org", "chat.example.org")
    made = plan(tmp_path, tls=wish, host="203.0.114.7")
    assert made.services.names == ("chat.example.org",)
    assert made.services.relay_tls == ("203.0.114.7", 5349)
    elsewhere = plan(tmp_path, tls=wish, names=("b.example.org",), relay_tls=("203.0.114.7", 443))
    assert elsewhere.services.names == ("b.example.org",)
    assert elsewhere.services.relay_tls == ("203.0.114.7", 443)
    assert plan(tmp_path, tls=wish, relay_tls=Absent.OFF).services.relay_tls is None
    nameless = plan(tmp_path, tls=issue(NOW, "203.0.114.7"), host="203.0.114.7").services
    assert (nameless.names, nameless.relay_tls) == ((), None)


def test_what_cannot_be_is_said_with_what_to_do(tmp_path: Path, issue: Issue) -> None:
    for options in ({"tls": SELF_SIGNED}, {"host": "lan"}):
        with pytest.raises(NoPlanError, match=r"in no private network.*--host ADDRESS"):
            plan(tmp_path, None, **options)
    with pytest.raises(NoPlanError, match="--public-host"):
        plan(tmp_path, relay=("0.0.0.0", 3478))
    with pytest.raises(NoPlanError, match="--relay-tls needs --tls-cert"):
        plan(tmp_path, relay_tls=("127.0.0.1", 5349))
    with pytest.raises(UnusableCertificateError, match="ended on 2026-01-"):
        plan(tmp_path, tls=issue(NOW, "a.test", before=timedelta(days=500)))


def test_rooms_are_drawn_as_the_page_draws_them() -> None:
    room = draw_room()
    assert [len(part) for part in room.split("-")] == [4, 4, 4]
    assert room != draw_room()
