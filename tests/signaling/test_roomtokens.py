"""Room tokens: whoever has the key reads them, for ten minutes, as they were written."""

import base64

import pytest

from signaling.codes import ErrorCode
from signaling.resumption import Claimant, Tokens
from signaling.roomtokens import PREFIX, RoomGrant, RoomTokens, is_room_token
from signaling.wire import Refusal

KEY = b"the resume key of all nodes"
GRANT = RoomGrant("mm-room", "alíce", "m", "alice@example.org", 10)
TOKEN = RoomTokens(KEY).write(GRANT, 1000.0)


def read(token: str, at: float = 1000.0, key: bytes = KEY) -> RoomGrant | Refusal:
    return RoomTokens(key).read(token, at)


def test_a_token_is_read_at_any_node_for_ten_minutes() -> None:
    assert is_room_token(TOKEN)
    assert read(TOKEN) == read(TOKEN, 1600.0) == GRANT


def test_a_token_that_has_expired_is_410() -> None:
    refusal = read(TOKEN, 1606.0)
    assert refusal == Refusal(ErrorCode.EXPIRED, "the room token has expired")


def changed() -> str:
    signed = bytearray(base64.urlsafe_b64decode(TOKEN.removeprefix(PREFIX) + "=="))
    at = signed.index(b"mm-room")
    signed[at + 3 : at + 7] = b"door"
    return PREFIX + base64.urlsafe_b64encode(signed).decode().rstrip("=")


@pytest.mark.parametrize(
    "token",
    [
        changed(),
        TOKEN[:-1],
        PREFIX,
        f"{PREFIX}é",
        f"{PREFIX}A",
        f"{PREFIX}{'A' * 200}",
        RoomTokens(b"another").write(GRANT, 1000.0),
        PREFIX + Tokens(KEY).write(Claimant("local", "s", 1)),
    ],
    ids=["changed", "cut", "empty", "no ascii", "no base64", "no signature", "other key", "resume"],
)
def test_whatever_else_is_shown_is_401_in_words(token: str) -> None:
    refusal = read(token)
    assert isinstance(refusal, Refusal)
    assert refusal.code is ErrorCode.UNAUTHORIZED
    assert "not of this server" in refusal.reason


def test_a_token_of_the_longest_names_fits_into_the_key_of_a_join() -> None:
    longest = RoomGrant("mm-" + "r" * 22, "\U0001f600" * 64, "m" * 22, "\U0001f600" * 256, 100)
    assert len(RoomTokens(KEY).write(longest, 1e10)) <= 2048


def test_the_key_is_in_no_text_form() -> None:
    assert repr(RoomTokens(KEY)) == "RoomTokens(…)"
