"""The gate of tokens."""

from signaling.codes import ErrorCode
from signaling.gate import ANONYMOUS, Admit, Admitted, Authenticate, Authenticated, Unauthenticated
from signaling.identity.claims import Grants
from signaling.identity.keys import read_keys
from signaling.identity.minting import SigningKey, mint_token
from signaling.identity.tokengate import TokenGate, Tokenless
from tests.signaling.identity.conftest import NOW, SECRET

KEYS = read_keys(SECRET)
KEY = SigningKey(KEYS[0].algorithm, SECRET)


def gate(tokenless: Tokenless = Tokenless.REFUSED, now: float = NOW) -> TokenGate:
    made = TokenGate(lambda: KEYS, tokenless=tokenless, unix_clock=lambda: now)
    made.listen(lambda report: None)
    return made


def show(token: str | None) -> Authenticate:
    return Authenticate("c", token, "alice", "192.0.2.1")


TOKEN = mint_token(KEY, Grants(rooms=("a",)), lifetime=60, unix_now=NOW, subject="alice")


def test_a_good_token_is_an_identity_and_so_is_the_one_that_comes_after_it():
    (report,) = gate().carry(show(TOKEN))
    assert isinstance(report, Authenticated)
    assert report.identity.rooms == ("a",)
    (later,) = gate(now=NOW + 30).carry(show(TOKEN))
    assert later.identity.expires_in == 40.0


def test_one_that_was_good_is_410():
    (report,) = gate(now=NOW + 3600).carry(show(TOKEN))
    assert isinstance(report, Unauthenticated)
    assert report.code is ErrorCode.EXPIRED


def test_a_client_without_a_token_is_401_or_anonymous_as_the_operator_wants():
    (refused,) = gate().carry(show(None))
    assert refused == Unauthenticated("c", ErrorCode.UNAUTHORIZED, "a token is needed here")
    assert gate(Tokenless.ANONYMOUS).carry(show(None)) == [Authenticated("c", ANONYMOUS)]


def test_a_bad_token_is_never_anonymous():
    (refused,) = gate(Tokenless.ANONYMOUS).carry(show(TOKEN + "x"))
    assert isinstance(refused, Unauthenticated)


def test_rooms_are_left_to_the_identity():
    assert gate().carry(Admit("s", "r", "alice", None, {}, "")) == [Admitted("s", "r")]
