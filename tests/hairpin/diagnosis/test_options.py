"""Flags become a plan, or a sentence says which one makes no sense."""

from pathlib import Path
from typing import Any

import pytest
import typer

from hairpin.diagnosis.options import TESTS, Flags
from nat.discovery import StunServer, TurnServer, Wish
from nat.discovery.plan import DEFAULT_WISHES, Page
from nat.discovery.transactions import Transport


def test_without_flags_the_usual_is_asked() -> None:
    plan = Flags().plan()
    assert (plan.servers, plan.turn, plan.wishes, plan.interface) == ((), (), DEFAULT_WISHES, "")
    assert plan.deadline == 8.0


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("stun.example.org", StunServer("stun.example.org", 3478)),
        ("stun.example.org:19302", StunServer("stun.example.org", 19302)),
        ("stun:203.0.113.7", StunServer("203.0.113.7", 3478)),
        ("2001:db8::1", StunServer("2001:db8::1", 3478)),
        ("[2001:db8::1]:3479", StunServer("2001:db8::1", 3479)),
        ("stun:[2001:db8::1]", StunServer("2001:db8::1", 3478)),
        ("stun:h:1?transport=tcp", StunServer("h", 1, Transport.TCP)),
        ("stuns:h", StunServer("h", 5349, Transport.TLS)),
    ],
)
def test_a_stun_server_may_be_named_in_many_ways(text: str, server: StunServer) -> None:
    assert Flags(server=[text]).plan().servers == (server,)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("turn:h:3478", TurnServer("h", 3478, Transport.UDP, "alice", "secret")),
        ("turn:h?transport=tcp", TurnServer("h", 3478, Transport.TCP, "alice", "secret")),
        (
            "turns:[2001:db8::1]:443",
            TurnServer("2001:db8::1", 443, Transport.TLS, "alice", "secret"),
        ),
        ("h:3478", TurnServer("h", 3478, Transport.UDP, "alice", "secret")),
    ],
)
def test_a_turn_server_has_the_credential_that_is_given(text: str, server: TurnServer) -> None:
    flags = Flags(turn=[text], turn_user="alice", turn_password="secret")
    assert flags.plan().turn == (server,)


def test_a_password_may_come_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("hunter2\n")
    flags = Flags(turn=["turn:h"], turn_user="alice", turn_password_file=file)
    (server,) = flags.plan().turn
    assert server.password == "hunter2"
    assert "hunter2" not in repr(server) + repr(Flags(turn_password="hunter2"))


def test_a_password_file_that_is_none_is_status_1(tmp_path: Path, capsys: Any) -> None:
    flags = Flags(turn=["turn:h"], turn_user="alice", turn_password_file=tmp_path / "none")
    with pytest.raises(typer.Exit) as ended:
        flags.plan()
    assert ended.value.exit_code == 1
    assert "No such file" in capsys.readouterr().err


def test_tests_are_chosen_and_left_out_by_name() -> None:
    assert Flags(only=["mapping,filtering"]).plan().wishes == {Wish.MAPPING, Wish.FILTERING}
    assert Flags(skip=["path-mtu", "reach"]).plan().wishes == DEFAULT_WISHES - {
        Wish.PATH_MTU,
        Wish.REACH,
    }
    assert set(TESTS.values()) == set(Wish)


def test_what_changes_something_or_takes_long_is_asked_only_if_wanted() -> None:
    assert not Flags().plan().wishes & {Wish.MAP_TEST, Wish.CLASSIC, Wish.LIFETIME}
    wishes = Flags(classic=True, map_test=True, only=["mapping"]).plan(Wish.LIFETIME).wishes
    assert wishes == {Wish.MAPPING, Wish.CLASSIC, Wish.MAP_TEST, Wish.GATEWAY, Wish.LIFETIME}


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (Flags(server=["a:b:c]"]), "'a:b:c]'"),
        (Flags(server=["h:99999"]), "'99999'"),
        (Flags(server=[""]), "'' names no host"),
        (Flags(turn=["turn:h"]), "needs a user"),
        (Flags(turn=["turn:h"], turn_user="alice"), "HAIRPIN_TURN_PASSWORD"),
        (Flags(turn=["turn:"], turn_user="a", turn_password="b"), "'turn:' is not turn:HOST"),
        (Flags(only=["everything"]), "'everything' is no test; there are mapping"),
        (Flags(skip=["mapping,"]), "'' is no test"),
        (Flags(within=0), "0 s: expected more than 0"),
        (Flags(within=float("nan")), "nan s: expected"),
        (Flags(within=601), "at most 600"),
    ],
)
def test_what_makes_no_sense_is_told(flags: Flags, words: str) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        flags.plan()
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("http://page.example", Page("page.example", "/")),
        ("http://page.example/known?a=b", Page("page.example", "/known?a=b")),
        ("http://[2001:db8::1]:8080/", Page("2001:db8::1", "/", port=8080)),
    ],
)
def test_a_page_of_ones_own_shows_a_portal(text: str, page: Page) -> None:
    assert Flags(page=text).plan().page == page


@pytest.mark.parametrize(
    "text",
    ["", "page.example", "https://page.example", "http://", "http://a:b@c", "http://h:x/", "http://h/ä",
     "http://h/a b", "http://h/\r\nX: y"],
)  # fmt: skip
def test_what_is_no_page_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="http://HOST"):
        Flags(page=text).plan()
