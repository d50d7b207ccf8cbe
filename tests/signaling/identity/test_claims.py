"""What tokens say."""

import json

import msgspec
import pytest

from signaling.identity.claims import Claims, Grants
from signaling.messages import Role


def read(text: str) -> Claims:
    return msgspec.json.decode(text, type=Claims)


def test_a_token_that_grants_nothing_in_particular_opens_every_room():
    assert read('{"sub": "alice", "email": "a@example.org"}').hairpin == Grants(rooms=("*",))


def test_grants_are_read_with_their_bounds():
    grants = read(
        '{"hairpin": {"rooms": ["a", "b-*"], "role": "host", "peer": "alice", "meta": {"n": 1}}}'
    ).hairpin
    assert grants == Grants(rooms=("a", "b-*"), role=Role.HOST, peer="alice", meta={"n": 1})


@pytest.mark.parametrize(
    "claims",
    [
        '{"hairpin": {"room": "a"}}',
        '{"hairpin": {"rooms": "a"}}',
        '{"hairpin": {"rooms": [""]}}',
        '{"hairpin": {"role": "king"}}',
        '{"hairpin": {"peer": "a\\u0000"}}',
        '{"hairpin": {"meta": []}}',
        '{"hairpin": null}',
        '{"exp": "tomorrow"}',
        '{"exp": -1}',
        '{"exp": 1e300}',
        '{"sub": 7}',
        json.dumps({"hairpin": {"rooms": ["a"] * 65}}),
    ],
)
def test_a_grant_that_is_misspelt_is_refused_and_never_left_out(claims):
    with pytest.raises(msgspec.ValidationError):
        read(claims)
