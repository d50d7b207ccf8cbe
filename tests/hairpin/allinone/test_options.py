"""The command line of `hairpin up`, read: what fits together, and what is said of the rest."""

from pathlib import Path

import pytest
import typer

from hairpin.allinone.options import (
    Absent,
    Tls,
    TlsWish,
    UpOptions,
    parse_bot_room,
    parse_host,
    parse_listening,
    parse_names,
    parse_optional_address,
    parse_port_range,
    parse_relay,
    parse_relay_or_off,
    parse_tls,
)

CERT, KEY = Path("c.pem"), Path("k.pem")


def test_a_certificate_is_made_here_or_given_with_its_key() -> None:
    assert parse_tls(None, None, None) == TlsWish()
    assert parse_tls("self-signed", None, None).kind is Tls.SELF_SIGNED
    assert parse_tls(None, CERT, KEY) == TlsWish(kind=Tls.FILES, certificate=CERT, key=KEY)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("selfsigned", None, None), "'selfsigned' is not self-signed.*--tls-cert FILE"),
        (("self-signed", CERT, KEY), "one of --tls and --tls-cert"),
        ((None, CERT, None), "go together"),
        ((None, None, KEY), "go together"),
    ],
)
def test_whatever_else_is_said_of_certificates_is_refused(
    given: tuple[str | None, Path | None, Path | None], said: str
) -> None:
    with pytest.raises(typer.BadParameter, match=said):
        parse_tls(*given)


def test_names_are_those_that_browsers_send() -> None:
    assert parse_names(["Chat.Example.org.", "bücher.test"]) == (
        "chat.example.org",
        "xn--bcher-kva.test",
    )
    assert parse_names(None) == ()


@pytest.mark.parametrize("name", ["", "a b", "a..b", "https://x", "*.example.org", "x:8080"])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a name, such as"):
        parse_names([name])


def test_addresses_are_read_and_nothing_said_stays_nothing() -> None:
    assert parse_host("lan") == "lan"
    assert parse_host("192.168.1.20") == "192.168.1.20"
    assert parse_relay_or_off("off", "--alternate") is Absent.OFF
    assert parse_relay_or_off("[::1]:3479", "--alternate") == ("::1", 3479)
    assert parse_listening("localhost:80", "--signaling") == ("localhost", 80)
    assert parse_port_range("10-20") == (10, 20)
    assert parse_host(None) is None
    assert parse_relay(None, "--relay") is None
    assert parse_listening(None, "--signaling") is None
    assert parse_optional_address(None, "--public-host") is None


def test_a_host_that_is_a_name_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(typer.BadParameter, match="'wlan' is not lan or an IP address"):
        parse_host("wlan")
    with pytest.raises(typer.BadParameter, match=r"'relay.test' is not an IP address"):
        parse_relay("relay.test:3478", "--relay")


def test_secrets_do_not_show() -> None:
    options = UpOptions(secret="s3cret", tls=TlsWish(kind=Tls.FILES, key=Path("hidden.pem")))
    assert "s3cret" not in repr(options)
    assert "hidden" not in repr(options)


def test_a_bot_is_in_the_lobby_or_in_a_room_that_a_link_can_name() -> None:
    assert parse_bot_room(None, bot=False) is None
    assert parse_bot_room(None, bot=True) == "lobby"
    assert parse_bot_room("tea-room", bot=False) == "tea-room"
    for wrong in ("", "a room", "x" * 65):
        with pytest.raises(typer.BadParameter, match="letters, digits"):
            parse_bot_room(wrong, bot=True)
