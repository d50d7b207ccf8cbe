"""Whether the certificate of a server is trusted: why not, and one that is known by its fingerprint alone."""

import enum
import hashlib
import hmac
import ssl
from typing import Final


class Distrust(enum.Enum):
    """Why a certificate was not trusted."""

    UNKNOWN_ISSUER = "nobody who is trusted vouches for its certificate"
    EXPIRED = "its certificate has ended"
    NOT_YET_VALID = "its certificate has not begun"
    OTHER_NAME = "its certificate is for another name"
    OTHER_FINGERPRINT = "its certificate is not the one with the expected fingerprint"
    UNUSABLE = "its certificate cannot be verified"


# The numbers are X509_V_ERR_… of OpenSSL's x509_vfy.h, which the module ssl hands on without names.
_REASONS: Final = {
    2: Distrust.UNKNOWN_ISSUER,
    9: Distrust.NOT_YET_VALID,
    10: Distrust.EXPIRED,
    18: Distrust.UNKNOWN_ISSUER,
    19: Distrust.UNKNOWN_ISSUER,
    20: Distrust.UNKNOWN_ISSUER,
    21: Distrust.UNKNOWN_ISSUER,
    62: Distrust.OTHER_NAME,
    64: Distrust.OTHER_NAME,
}
_SHA256_SIZE: Final = 32


class OtherFingerprintError(ssl.SSLCertVerificationError):
    """A certificate is not the one that was expected."""


def distrust(error: ssl.SSLCertVerificationError) -> Distrust:
    """Say why a handshake failed."""
    if isinstance(error, OtherFingerprintError):
        return Distrust.OTHER_FINGERPRINT
    return _REASONS.get(getattr(error, "verify_code", 0), Distrust.UNUSABLE)


class PinnedContext(ssl.SSLContext):
    """Takes the one certificate with this SHA-256 fingerprint, whoever issued it and for whatever name, and no other.

    The handshake fails with any other, before anything is said. `pinned` makes one.
    """

    sha256: bytes = b""  # which no certificate has


def pinned(sha256: bytes) -> PinnedContext:
    """Trust the certificate with this fingerprint alone.

    Args:
        sha256: 32 bytes, over the certificate in DER.

    Raises:
        ValueError: It is of another size.
    """
    if len(sha256) != _SHA256_SIZE:
        raise ValueError(f"a SHA-256 fingerprint has {_SHA256_SIZE} bytes, not {len(sha256)}")
    context = PinnedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # by OpenSSL; the classes below do it
    context.sha256 = sha256
    return context


def _compare(shown: bytes | None, context: ssl.SSLContext) -> None:
    assert isinstance(context, PinnedContext)
    if not hmac.compare_digest(hashlib.sha256(shown or b"").digest(), context.sha256):
        raise OtherFingerprintError(1, Distrust.OTHER_FINGERPRINT.value)


class _PinnedObject(ssl.SSLObject):
    """What asyncio shakes hands with."""

    def do_handshake(self) -> None:
        super().do_handshake()
        _compare(self.getpeercert(binary_form=True), self.context)


class _PinnedSocket(ssl.SSLSocket):
    """The same for a socket that blocks."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as in the base
        super().do_handshake(block)
        _compare(self.getpeercert(binary_form=True), self.context)


PinnedContext.sslobject_class = _PinnedObject
PinnedContext.sslsocket_class = _PinnedSocket
