"""Nonces: made for one client, known again, and out of date in time."""

import base64

import hypothesis
import pytest
from hypothesis import strategies as st

from stunwire import (
    NONCE_COOKIE,
    Address,
    NonceMaker,
    NonceVerdict,
    SecurityFeatures,
    security_features,
)

CLIENT = Address("192.0.2.1", 4000)
BOTH = SecurityFeatures.PASSWORD_ALGORITHMS | SecurityFeatures.USERNAME_ANONYMITY
FEATURES = [None, SecurityFeatures.NONE, SecurityFeatures.PASSWORD_ALGORITHMS, BOTH]


@pytest.fixture(params=FEATURES, ids=str)
def maker(request: pytest.FixtureRequest) -> NonceMaker:
    return NonceMaker(b"0123456789abcdef", lifetime=600, features=request.param)


def test_a_nonce_is_valid_until_its_lifetime_has_passed(maker: NonceMaker) -> None:
    nonce = maker.make(CLIENT, 1000.0)
    assert maker.check(nonce, CLIENT, 1000.0) is NonceVerdict.VALID
    assert maker.check(nonce, CLIENT, 1600.9) is NonceVerdict.VALID
    assert maker.check(nonce, CLIENT, 1601.0) is NonceVerdict.STALE


def test_a_nonce_from_the_future_is_stale(maker: NonceMaker) -> None:
    nonce = maker.make(CLIENT, 1000.0)
    assert maker.check(nonce, CLIENT, 990.0) is NonceVerdict.STALE


def test_a_nonce_lives_across_the_wrap_of_its_stamp(maker: NonceMaker) -> None:
    nonce = maker.make(CLIENT, 2.0**32 - 5)
    assert maker.check(nonce, CLIENT, 2.0**32 + 5) is NonceVerdict.VALID


@pytest.mark.parametrize(
    "other", [("192.0.2.1", 4001), ("192.0.2.2", 4000), ("192.0.2.14", 0), ("::1", 4000)]
)
def test_a_nonce_of_another_client_is_foreign(maker: NonceMaker, other: tuple[str, int]) -> None:
    assert maker.check(maker.make(CLIENT, 5), other, 5) is NonceVerdict.FOREIGN


def test_a_nonce_of_another_secret_is_foreign(maker: NonceMaker) -> None:
    stranger = NonceMaker(b"fedcba9876543210", features=maker.features)
    assert maker.check(stranger.make(CLIENT, 5), CLIENT, 5) is NonceVerdict.FOREIGN


def test_a_nonce_with_any_character_changed_is_foreign(maker: NonceMaker) -> None:
    nonce = maker.make(CLIENT, 5)
    for at, character in enumerate(nonce):
        changed = nonce[:at] + ("x" if character != "x" else "y") + nonce[at + 1 :]
        assert maker.check(changed, CLIENT, 5) is NonceVerdict.FOREIGN, at


@hypothesis.settings(max_examples=100, deadline=None, database=None)
@hypothesis.given(st.text(max_size=60))
def test_any_text_is_judged(text: str) -> None:
    maker = NonceMaker(b"0123456789abcdef")
    assert maker.check(text, CLIENT, 5) is NonceVerdict.FOREIGN
    security_features(NONCE_COOKIE + text)


def test_a_nonce_made_before_the_features_changed_is_stale() -> None:
    # The client has to read the new features before it goes on.
    before = NonceMaker(b"0123456789abcdef", features=None)
    after = NonceMaker(b"0123456789abcdef", features=BOTH)
    assert after.check(before.make(CLIENT, 5), CLIENT, 5) is NonceVerdict.STALE
    assert before.check(after.make(CLIENT, 5), CLIENT, 5) is NonceVerdict.STALE


def test_a_nonce_is_short_and_fits_a_quoted_string(maker: NonceMaker) -> None:
    nonce = maker.make(CLIENT, 1.0e9)
    assert len(nonce) == (15 if maker.features is None else 28)
    assert nonce.isascii()
    assert nonce.isprintable()
    assert '"' not in nonce


def test_a_client_reads_the_features_of_the_server(maker: NonceMaker) -> None:
    assert security_features(maker.make(CLIENT, 5)) == maker.features


def test_bit_0_is_the_leftmost_of_24() -> None:
    # RFC 8489 §18.1: "Bit 0 is the leftmost bit and Bit 23 is the rightmost bit."
    assert base64.b64decode("gAAA") == bytes((0b10000000, 0, 0))
    assert security_features("obMatJos2gAAA") == SecurityFeatures.PASSWORD_ALGORITHMS
    assert security_features("obMatJos2QAAA") == SecurityFeatures.USERNAME_ANONYMITY
    assert security_features("obMatJos2wAAArest") == BOTH


def test_a_bit_without_a_name_is_kept() -> None:
    # The nonce of RFC 8489 §B.1 sets bit 22.
    features = security_features("obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA")
    assert features is not None
    assert int(features) == 2
    assert not features & BOTH


@pytest.mark.parametrize(
    "nonce", ["", "abc", "obMatJos2", "obMatJos2AAA", "obMatJos2A?AA", "obMatJos2AA=="]
)
def test_a_nonce_without_a_whole_cookie_says_nothing(nonce: str) -> None:
    assert security_features(nonce) is None


def test_a_secret_does_not_show_in_logs() -> None:
    assert "0123" not in repr(NonceMaker(b"0123456789abcdef"))
