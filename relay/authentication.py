"""Who may ask: long-term credentials of static users and of shared secrets (RFC 8489 §9.2).

Nothing is kept about a client. The nonce says by itself that it was made here, for this client's address and
when; it is checked before anything costs more. A name nobody has costs the same work and gets the same
answer as a wrong password.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from relay.allocations import Allocation
from relay.counters import DropReason
from relay.credentials import Credential, Owner, Scheme
from relay.keyring import FITS_NOTHING, PROVEN_AT_HAND, Keyring, Proven
from relay.refusal import Refusal
from relay.settings import PasswordOffer, Settings
from relay.users import LONGEST_NAME, NOBODY, Answer, NoUser, Password, Proof, User, UserList
from stunwire import (
    Address,
    ErrorCode,
    ErrorCodes,
    Integrity,
    IntegrityKey,
    Message,
    MessageIntegritySha256,
    Nonce,
    NonceMaker,
    NonceVerdict,
    PasswordAlgorithm,
    PasswordAlgorithms,
    PasswordHash,
    Realm,
    SecurityFeatures,
    UserHash,
    Username,
    encode_attributes,
    rest_expiry,
    rest_password,
    userhash,
)

OFFERED = PasswordAlgorithms(
    (PasswordAlgorithm(PasswordHash.SHA256), PasswordAlgorithm(PasswordHash.MD5))
)
_CHALLENGES = ErrorCodes.UNAUTHENTICATED, ErrorCodes.STALE_NONCE
_UNAUTHENTICATED, _STALE_NONCE = _CHALLENGES  # Python 3.11 asks code of its own for a member
_VALID = NonceVerdict.VALID
_SHA1, _SHA256 = Integrity.SHA1, Integrity.SHA256
_MD5 = PasswordHash.MD5
_PASSWORD_ALGORITHMS = frozenset((PasswordAlgorithms, PasswordAlgorithm))
_NOBODY = Owner(Scheme.STATIC, "")
_NOBODYS = Password("nobody's")


@dataclass(frozen=True, slots=True)
class Question:
    """Who is this? Only a hook can say: the name is nobody's that the relay knows by itself.

    Args:
        username: the name.
        algorithm: the hash that the client makes its key with.
    """

    username: str
    algorithm: PasswordHash


class _Candidate(NamedTuple):
    """A proof that would be right, and until when (Unix time)."""

    owner: Owner
    proof: Proof
    expires: float | None = None


class Authenticator:
    """Tells a request with proof from one without, and says what is missing.

    Args:
        settings: with the users that never come from elsewhere.
        nonce_secret: key of the nonces.
        listed: the users that a file lists.
    """

    def __init__(self, settings: Settings, nonce_secret: bytes, listed: UserList = NOBODY) -> None:
        self._settings = settings
        self._listed = listed
        self._realm = settings.realm
        self._has_credentials = settings.has_credentials
        self._offers_sha256 = settings.password_algorithms is not PasswordOffer.MD5
        # what is the same in all challenges, before the nonce and behind it; they carry no reason (`refuse_message`)
        self._openings = {
            code: encode_attributes(ErrorCode(code, ""), Realm(settings.realm))
            for code in _CHALLENGES
        }
        self._offer = encode_attributes(OFFERED) if self._offers_sha256 else b""
        self._keyring = Keyring()
        self._name_of_hash = {userhash(name, settings.realm): name for name in settings.users}
        self._credential = lru_cache(PROVEN_AT_HAND)(_credential)
        self._nonces = NonceMaker(nonce_secret, settings.nonce_lifetime, self._features())

    def authenticate(
        self,
        message: Message,
        client: Address,
        *,
        held: tuple[Allocation, ...],
        beside: Address | None = None,
        unix_now: float,
    ) -> Credential | Refusal | Question:
        """Prove who sent `message`, or say how to refuse it.

        Args:
            message: a request, as decoded.
            client: where it came from.
            held: what the five-tuple holds, or what the request names by a CONNECTION-ID or a ticket.
            beside: another address whose nonces are good here: that of the control connection, for ConnectionBind,
                because coturn's client asks for no new one there. For a ticket it would not do: what a stranger
                overhears and sends from elsewhere must not move anything.
            unix_now: wall-clock time: nonces go by it, too, since the relays of a fleet share it.
        """
        if not self._has_credentials:
            return Refusal(ErrorCodes.FORBIDDEN, "no users and no secrets are configured")
        if not message.has_integrity:
            return self._challenge(_UNAUTHENTICATED, None, client, unix_now)
        nonce = message.get(Nonce)
        if nonce is None or message.get(Realm) is None or not _names_user(message):
            return Refusal(
                ErrorCodes.BAD_REQUEST, "USERNAME or USERHASH, REALM or NONCE is missing"
            )
        if not self._is_valid(nonce, client, beside, unix_now):
            return self._challenge(_STALE_NONCE, None, client, unix_now)
        algorithm = self._password_hash(message)
        if isinstance(algorithm, Refusal):
            return algorithm
        return self._verify(message, client, algorithm, held, unix_now)

    def judge(
        self,
        message: Message,
        client: Address,
        question: Question,
        answer: Answer,
        *,
        held: tuple[Allocation, ...],
        unix_now: float,
    ) -> Credential | Refusal | DropReason:
        """Say who sent `message`, now that its question is answered.

        Where nobody can say, an allocation's own client goes on with the key that it was made with: a hook that
        fails ends no calls.
        """
        integrity = _integrity(message)
        if answer is NoUser.UNAVAILABLE or answer is NoUser.OVERDUE:
            shown = _held_with(held, question.username)
            if shown is None or not message.verify(shown.key.key, integrity):
                return DropReason.USER_UNAVAILABLE
            answer_with = self._answer(message, integrity)
            return self._credential(
                shown.owner, shown.username, shown.key.key, answer_with, shown.allocations
            )
        proof = answer.proof if isinstance(answer, User) else _NOBODYS
        key = proof.key(question.username, self._realm, question.algorithm)
        if key is None or not message.verify(key, integrity) or not isinstance(answer, User):
            return self._refuse_unproven(client, unix_now)
        owner = Owner(Scheme.HOOK, question.username)
        answer_with = self._answer(message, integrity)
        return self._credential(owner, question.username, key, answer_with, answer.allocations)

    def _is_valid(
        self, nonce: Nonce, client: Address, beside: Address | None, unix_now: float
    ) -> bool:
        if self._nonces.check(nonce.value, client, unix_now) is _VALID:
            return True
        return beside is not None and self._nonces.check(nonce.value, beside, unix_now) is _VALID

    def _verify(
        self,
        message: Message,
        client: Address,
        algorithm: PasswordHash,
        held: tuple[Allocation, ...],
        unix_now: float,
    ) -> Credential | Refusal | Question:
        username, integrity = self._username(message), _integrity(message)
        answer_with = self._answer(message, integrity)
        known = None
        if answer_with is integrity:
            known = self._keyring.find(username, algorithm, integrity)
        at_hand = FITS_NOTHING[integrity] if known is None else known.credential.key
        fits = message.fits(at_hand)
        if fits and known is not None and (known.expires is None or known.expires > unix_now):
            return known.credential
        if self._settings.has_hook and self._is_strange(username):
            return Question(username, algorithm)
        for owner, proof, expires in self._candidates(username):
            key = proof.key(username, self._realm, algorithm)
            if key is None or not message.verify(key, integrity) or owner is _NOBODY:
                continue
            if expires is not None and expires <= unix_now and not _continues(held, username):
                why = f"the credential expired {unix_now - expires:.0f} seconds ago"
                return self._challenge(_UNAUTHENTICATED, why, client, unix_now)
            proven = Proven(self._credential(owner, username, key, answer_with), expires)
            self._keyring.keep(proven, algorithm)
            return proven.credential
        return self._refuse_unproven(client, unix_now)

    def _is_strange(self, username: str) -> bool:
        """Say whether only somebody else can know the user, if there can be one of that name at all."""
        if username in self._settings.users or self._listed.find(username) is not None:
            return False
        if self._settings.rest_secrets and rest_expiry(username) is not None:
            return False
        return 0 < len(username.encode()) <= LONGEST_NAME

    def _refuse_unproven(self, client: Address, unix_now: float) -> Refusal:
        why = "unknown user or wrong password"
        return self._challenge(_UNAUTHENTICATED, why, client, unix_now)

    def _answer(self, message: Message, integrity: Integrity) -> Integrity:
        """Choose the integrity of the answer: the request's, or SHA-256 with PASSWORD-ALGORITHM (RFC 8489 §9.2.4)."""
        takes_up = self._offers_sha256 and message.get(PasswordAlgorithm) is not None
        return _SHA256 if takes_up else integrity

    def _candidates(self, username: str) -> Iterator[_Candidate]:
        """Give everything that would prove `username`, at least one, which may be nobody's."""
        password = self._settings.users.get(username)
        proof = self._listed.find(username) if password is None else Password(password)
        if proof is not None:
            yield _Candidate(Owner(Scheme.STATIC, username), proof)
            return
        expires = rest_expiry(username)
        if expires is None or not self._settings.rest_secrets:
            yield _Candidate(_NOBODY, _NOBODYS)
            return
        owner = Owner(Scheme.REST, username.partition(":")[2] or username)
        for secret, algorithm in product(self._settings.rest_secrets, self._settings.rest_hashes):
            proof = Password(rest_password(secret, username, algorithm))
            yield _Candidate(owner, proof, float(expires))

    def _username(self, message: Message) -> str:
        named = message.get(Username)
        if named is not None:
            return named.value
        hashed = message.get(UserHash)
        if hashed is None:
            return ""
        return self._name_of_hash.get(hashed.value) or self._listed.name_of(hashed.value) or ""

    def _password_hash(self, message: Message) -> PasswordHash | Refusal:
        """Find the algorithm that the client took up (RFC 8489 §9.2.4)."""
        if not self._offers_sha256 or not message.has_any(_PASSWORD_ALGORITHMS):
            return _MD5
        listed, chosen = message.get(PasswordAlgorithms), message.get(PasswordAlgorithm)
        if listed != OFFERED or chosen not in OFFERED.algorithms:
            return Refusal(ErrorCodes.BAD_REQUEST, "PASSWORD-ALGORITHMS is not what was offered")
        return PasswordHash(chosen.algorithm)

    def _challenge(
        self, code: ErrorCodes, why: str | None, client: Address, unix_now: float
    ) -> Refusal:
        nonce = encode_attributes(Nonce(self._nonces.make(client, unix_now)))
        return Refusal(code, why, encoded=self._openings[code] + nonce + self._offer)

    def _features(self) -> SecurityFeatures | None:
        if not self._offers_sha256:
            return None
        if self._settings.rest_secrets or self._settings.has_hook:
            # A hash of a user name that only others know cannot be turned back into the name.
            return SecurityFeatures.PASSWORD_ALGORITHMS
        return SecurityFeatures.PASSWORD_ALGORITHMS | SecurityFeatures.USERNAME_ANONYMITY


def _credential(
    owner: Owner, username: str, key: bytes, integrity: Integrity, allocations: int | None = None
) -> Credential:
    return Credential(owner, username, IntegrityKey(key, integrity), allocations)


def _names_user(message: Message) -> bool:
    return message.get(Username) is not None or message.get(UserHash) is not None


def _integrity(message: Message) -> Integrity:
    # RFC 8489 §9.2.4: where both integrity attributes came, the stronger one counts
    return _SHA1 if message.get(MessageIntegritySha256) is None else _SHA256


def _held_with(held: tuple[Allocation, ...], username: str) -> Credential | None:
    """Return the credential of a hook's user that an allocation was made with."""
    credential = held[0].credential if held else None
    if credential is None or credential.username != username:
        return None
    return credential if credential.owner.scheme is Scheme.HOOK else None


def _continues(held: tuple[Allocation, ...], username: str) -> bool:
    """Say whether an expired credential still serves: for the allocation it made, as long as that lives.

    Calls outlast credentials, and clients cannot change theirs in the middle of one.
    """
    return any(allocation.credential.username == username for allocation in held)
