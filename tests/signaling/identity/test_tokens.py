"""Tokens that are good, and every way to forge one."""

import base64
import hashlib
import hmac
import json

import jwt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from signaling.codes import ErrorCode
from signaling.gate import Identity
from signaling.identity.claims import Grants
from signaling.identity.keys import read_keys
from signaling.identity.minting import SigningKey, mint_token
from signaling.identity.tokens import TokenFault, TokenRules, check_token
from signaling.messages import Role
from tests.signaling.identity.conftest import NOW, SECRET, ec_jwk, jwks, public_pem, rsa_jwk

RULES = TokenRules()
KEYS = read_keys(SECRET)
OTHER = b"another-secret-of-thirty-two-bytes!"
UNSIGNED = "not signed with a key that is known here"


def sign(claims: object, key=SECRET, algorithm: str | None = "HS256", **headers: object) -> str:
    """Make a token without any of our own code."""
    return jwt.PyJWS().encode(json.dumps(claims).encode(), key, algorithm, headers or None)


def claims(**more: object) -> dict:
    return {"sub": "alice", "exp": NOW + 60} | more


def check(token: str, keys=KEYS, rules: TokenRules = RULES, now: float = NOW):
    return check_token(token, keys, rules, now)


def part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def forged(header: bytes, payload: bytes, key: bytes = SECRET) -> str:
    """A token whose signature is right whatever is in it."""
    signed = f"{part(header)}.{part(payload)}"
    return f"{signed}.{part(hmac.digest(key, signed.encode(), hashlib.sha256))}"


def test_a_good_token_says_who_it_is_and_what_it_may():
    grants = {"rooms": ["team-*"], "role": "host", "peer": "al", "meta": {"name": "Alice"}}
    assert check(sign(claims(hairpin=grants))) == Identity(
        subject="alice",
        peer="al",
        rooms=("team-*",),
        role=Role.HOST,
        expires_in=70.0,
        meta={"name": "Alice"},
    )


@pytest.mark.parametrize("kind", ["rsa", "ec", "set", "named"])
def test_every_kind_of_key_checks_what_was_signed_with_it_and_nothing_else(kind, rsa_key, ec_key):
    contents = {
        "rsa": public_pem(rsa_key),
        "ec": public_pem(ec_key),
        "set": jwks(rsa_jwk(rsa_key), ec_jwk(ec_key)),
        "named": jwks(rsa_jwk(rsa_key, kid="r"), ec_jwk(ec_key, kid="e")),
    }
    keys = read_keys(contents[kind])
    signed = {
        "RS256": sign(claims(), rsa_key, "RS256", kid="r"),
        "ES256": sign(claims(), ec_key, "ES256", kid="e"),
    }
    known = {key.algorithm.value for key in keys}
    for algorithm, token in signed.items():
        assert isinstance(check(token, keys), Identity if algorithm in known else TokenFault)
    assert UNSIGNED in check(sign(claims()), keys).reason


def test_a_name_in_the_token_chooses_the_key_and_cannot_be_another_keys(rsa_key, ec_key):
    keys = read_keys(jwks(rsa_jwk(rsa_key, kid="r"), ec_jwk(ec_key, kid="e")))
    assert isinstance(check(sign(claims(), rsa_key, "RS256"), keys), Identity)
    for kid in ("e", "unknown", "", "../../etc/passwd", "r' OR 1=1"):
        assert UNSIGNED in check(sign(claims(), rsa_key, "RS256", kid=kid), keys).reason


def test_a_public_key_is_no_secret(rsa_key, ec_key):
    """The attack on libraries that let the token choose: HS256 with what everybody can read."""
    for key in (rsa_key, ec_key):
        public = public_pem(key)
        for secret in (public, public.strip(), public.replace(b"\n", b"\r\n")):
            token = forged(b'{"alg":"HS256","typ":"JWT"}', json.dumps(claims()).encode(), secret)
            assert UNSIGNED in check(token, read_keys(public)).reason


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "nOnE", "", "HS512", "RS256", "PS256"]
)
def test_the_token_does_not_choose_the_algorithm(algorithm):
    header = json.dumps({"alg": algorithm}).encode()
    body = json.dumps(claims()).encode()
    assert UNSIGNED in check(forged(header, body)).reason
    assert UNSIGNED in check(f"{part(header)}.{part(body)}.").reason


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        ({"exp": NOW - 10}, ErrorCode.EXPIRED, "has expired"),
        ({"exp": None}, ErrorCode.UNAUTHORIZED, "no `exp`"),
        ({"nbf": NOW + 11}, ErrorCode.UNAUTHORIZED, "not good yet"),
        ({"exp": NOW + 3611}, ErrorCode.UNAUTHORIZED, "longer than 3600 s"),
        ({"aud": "them"}, ErrorCode.UNAUTHORIZED, "`aud`"),
        ({"aud": None}, ErrorCode.UNAUTHORIZED, "`aud`"),
        ({"iss": "them"}, ErrorCode.UNAUTHORIZED, "`iss`"),
        ({"iss": None}, ErrorCode.UNAUTHORIZED, "`iss`"),
        ({"hairpin": {"rom": []}}, ErrorCode.UNAUTHORIZED, "unknown field `rom`"),
        ({"sub": 7}, ErrorCode.UNAUTHORIZED, "$.sub"),
        ({"exp": -1}, ErrorCode.UNAUTHORIZED, "$.exp"),
    ],
)
def test_a_token_whose_claims_are_not_good_is_told_why(more, code, words):
    rules = TokenRules(audience=("us", "we"), issuer=("home",), longest=3600.0)
    good = claims(aud=["them", "us"], iss="home")
    assert isinstance(check(sign(good), rules=rules), Identity)
    fault = check(sign(good | more), rules=rules)
    assert fault.code is code
    assert words in fault.reason


def test_clocks_may_differ_by_the_leeway():
    assert check(sign(claims(exp=NOW - 9.5, nbf=NOW + 9.5))).expires_in == pytest.approx(0.5)


def test_a_token_for_somebody_is_not_for_a_server_that_has_no_name():
    assert "`aud`" in check(sign(claims(aud="them"))).reason


def test_without_expiry_it_is_good_for_ever_where_that_is_allowed():
    rules = TokenRules(needs_expiry=False)
    assert check(sign({"sub": "a"}), rules=rules) == Identity(subject="a")


def test_a_secret_that_is_not_ours_has_signed_nothing():
    assert UNSIGNED in check(sign(claims(), OTHER)).reason


def test_while_one_secret_follows_another_both_are_good():
    both = (*KEYS, *read_keys(OTHER))
    assert all(isinstance(check(sign(claims(), key), both), Identity) for key in (SECRET, OTHER))


GOOD = sign(claims(hairpin={"rooms": ["a"]}))


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("AZaz09-_.= \u00e9"))
def test_whoever_changes_one_letter_has_no_token(at, letter):
    changed = GOOD[:at] + letter + GOOD[at + 1 :]
    assert changed == GOOD or isinstance(check(changed), TokenFault)


@given(st.text(max_size=60) | st.text("AZaz09-_.=", max_size=60))
@example(".".join(["A" * 100] * 3))
@example("..")
@example("\ud800.a.b")
def test_any_text_is_a_fault_and_never_an_exception(text):
    assert isinstance(check(text), TokenFault)


@given(
    st.dictionaries(
        st.sampled_from(["alg", "kid", "crit", "b64", "typ", "jwk", "x5c", "jku", "hairpin"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(["b64"]),
    ),
    st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5),
)
def test_any_header_and_any_payload_are_a_fault_even_if_they_are_signed(header, payload):
    for alg in ({}, {"alg": "HS256"}):
        token = forged(json.dumps(header | alg).encode(), json.dumps(payload).encode())
        assert isinstance(check(token), TokenFault)


DEEP = b"[" * 5000 + b"]" * 5000


@pytest.mark.parametrize(
    "token",
    [
        forged(b'{"alg":"HS256","x":' + b"[" * 1400 + b"]" * 1400 + b"}", b"{}"),
        forged(b'{"alg":"HS256","x":' + b"9" * 3000 + b"}", b"{}"),
        forged(b'{"alg":"HS256"}', DEEP),
        forged(b'{"alg":"HS256"}', b'{"hairpin":{"meta":{"a":' + DEEP + b"}}}"),
        forged(b'{"alg":"HS256"}', b'{"exp":' + b"9" * 5000 + b"}"),
        forged(b'{"alg":"HS256"}', b'{"exp":1e999}'),
        forged(b'{"alg":"HS256"}', b'{"exp":NaN}'),
        forged(b'{"alg":"HS256"}', b"\xff\xfe"),
        forged(b'{"alg":"HS256","crit":["x"],"x":1}', json.dumps(claims()).encode()),
        forged(b'{"alg":"HS256","b64":true}', json.dumps(claims()).encode()),
        GOOD + "A" * 16384,
        "A" * 5000 + "." + GOOD.partition(".")[2],
    ],
    ids=lambda token: f"{len(token)} bytes",
)
def test_what_is_huge_deep_or_strange_is_a_fault(token, no_collection):
    assert isinstance(check(token), TokenFault)


def test_no_reason_repeats_what_was_in_a_forged_token():
    token = sign(claims(sub="hunter2"), OTHER, kid="hunter2")
    assert "hunter2" not in check(token).reason


def test_what_we_mint_is_what_we_check():
    grants = Grants(rooms=("a",), role=Role.MEMBER, meta={"n": 1})
    key = SigningKey(KEYS[0].algorithm, SECRET)
    token = mint_token(key, grants, lifetime=60, unix_now=NOW, subject="bob")
    assert check(token) == Identity("bob", None, ("a",), Role.MEMBER, 70.0, {"n": 1})
