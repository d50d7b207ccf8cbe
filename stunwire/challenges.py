"""A long-term credential as a client proves it: a challenge comes, requests are signed, answers checked (RFC 8489 §9.2)."""

from dataclasses import dataclass, field
from typing import Final

from stunwire.attributes import (
    Attribute,
    ErrorCode,
    Nonce,
    PasswordAlgorithm,
    PasswordAlgorithms,
    Realm,
    UserHash,
    Username,
)
from stunwire.integrity import IntegrityKey, long_term_key, userhash
from stunwire.message import Message
from stunwire.nonces import SecurityFeatures, security_features
from stunwire.registry import Class, ErrorCodes, Integrity, PasswordHash

_CHALLENGES: Final = frozenset({ErrorCodes.UNAUTHENTICATED, ErrorCodes.STALE_NONCE})


@dataclass
class LongTermCredential:
    """A user name, its password, and what a server has said about them so far; one for each server."""

    username: str
    password: str = field(repr=False)
    _realm: str | None = None
    _nonce: str | None = None
    _algorithm: PasswordHash | None = None
    _offered: PasswordAlgorithms | None = None
    _features: SecurityFeatures = SecurityFeatures.NONE
    _key: IntegrityKey | None = field(default=None, repr=False)

    @property
    def is_ready(self) -> bool:
        """Whether a challenge has come, so that requests can be signed."""
        return self._key is not None

    def take(self, answer: Message) -> bool:
        """Take a challenge in.

        Returns:
            Whether the answer is one, and asking again with what it says makes sense.
        """
        code, nonce = answer.get(ErrorCode), answer.get(Nonce)
        if code is None or code.code not in _CHALLENGES or nonce is None:
            return False
        realm = answer.get(Realm)
        if code.code == ErrorCodes.UNAUTHENTICATED and realm is not None:
            self._realm = realm.value
        if self._realm is None or not self._choose(nonce.value, answer.get(PasswordAlgorithms)):
            return False
        self._nonce = nonce.value
        key = long_term_key(
            self.username, self._realm, self.password, self._algorithm or PasswordHash.MD5
        )
        # RFC 8489 §9.2.5: who takes up a password algorithm protects with SHA-256.
        strength = Integrity.SHA1 if self._algorithm is None else Integrity.SHA256
        self._key = IntegrityKey(key, strength)
        return True

    def sign(self, request: Message) -> bytes:
        """A request's bytes, with proof once a challenge has come."""
        if self._key is None:
            return request.encode(fingerprint=True)
        assert self._realm is not None
        assert self._nonce is not None
        proof: list[Attribute] = [self._who(), Realm(self._realm), Nonce(self._nonce)]
        if self._algorithm is not None and self._offered is not None:
            proof += [self._offered, PasswordAlgorithm(self._algorithm)]
        signed = Message.request(
            request.method, request.transaction_id, *request.attributes, *proof
        )
        return signed.encode(integrity=self._key, fingerprint=True)

    def trusts(self, answer: Message) -> bool:
        """Whether an answer to a signed request is the server's.

        RFC 8489 §9.2.5: a challenge need not be protected, since it may come from a server that
        does not know us yet.
        """
        if self._key is None:
            return True
        code = answer.get(ErrorCode)
        if answer.cls is Class.ERROR and code is not None and code.code in _CHALLENGES:
            return True
        return any(answer.verify(self._key.key, algorithm) for algorithm in answer.integrity)

    def _choose(self, nonce: str, offered: PasswordAlgorithms | None) -> bool:
        """Choose the best algorithm of those offered.

        RFC 8489 §9.2.5: where the nonce says that there are some and the attribute lacks, somebody
        has taken it out on the way.
        """
        self._features = security_features(nonce) or SecurityFeatures.NONE
        if SecurityFeatures.PASSWORD_ALGORITHMS not in self._features:
            self._algorithm = self._offered = None
            return True
        if offered is None:
            return self._offered is not None
        known = [one.algorithm for one in offered.algorithms if one.algorithm in set(PasswordHash)]
        self._offered = offered
        self._algorithm = PasswordHash(known[0]) if known else None
        return bool(known)

    def _who(self) -> Attribute:
        assert self._realm is not None
        if SecurityFeatures.USERNAME_ANONYMITY in self._features:
            return UserHash(userhash(self.username, self._realm))
        return Username(self.username)
