"""The certificate that clients are shown: read from files, and read again while the relay runs."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL

from relay.errors import CertificateError

ALPN = ("stun.turn", "stun.nat-discovery")
"""RFC 7443 §2: what this server speaks inside TLS."""

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2; those of 1.3 are all good
_DTLS_1_2 = 0xFEFD  # RFC 6347 §4.1: the complement of 1.2
_DTLS_OPTIONS = SSL.OP_NO_QUERY_MTU | SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION
_Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Where the certificate is.

    Args:
        chain: PEM file with the server's certificate and those between it and the root.
        key: PEM file with its key, without a password.
    """

    chain: Path
    key: Path


class Certificates:
    """The TLS and DTLS contexts for new connections; those that are open keep theirs.

    Args:
        files: where they are.
        with_dtls: whether there is a DTLS listener.

    Raises:
        CertificateError: the files cannot be used.
    """

    def __init__(self, files: CertificateFiles, *, with_dtls: bool = False) -> None:
        self._files = files
        self._with_dtls = with_dtls
        self.reload()

    @property
    def dtls_context(self) -> SSL.Context:
        """What a new DTLS session starts with."""
        assert self._dtls_context is not None
        return self._dtls_context

    def reload(self) -> None:
        """Read the files again; what they held before goes on when they cannot be used.

        Raises:
            CertificateError: they cannot be used.
        """
        stamp = self._look()  # before reading: what changes meanwhile is seen as a change
        context = make_context(self._files)
        self._dtls_context = make_dtls_context(self._files) if self._with_dtls else None
        self.context = context
        self._stamp = stamp

    def reload_if_changed(self) -> bool:
        """Read the files again if they are others than before; say whether they were read.

        Raises:
            CertificateError: they cannot be used; this is said once, until they change again.
        """
        stamp = self._look()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        self.reload()
        return True

    def _look(self) -> _Stamp:
        found = []
        for path in (self._files.chain, self._files.key):
            try:
                status = path.stat()
            except OSError:
                found.append((0, 0, 0))
            else:
                found.append((status.st_ino, status.st_mtime_ns, status.st_size))
        return tuple(found)


def make_context(files: CertificateFiles) -> ssl.SSLContext:
    """Make a server's TLS context from the files.

    Raises:
        CertificateError: they cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # RFC 8489 §6.2.3 asks for RFC 7525, which has become RFC 9325: TLS 1.2 or later
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(list(ALPN))
    try:
        context.load_cert_chain(files.chain, files.key, password="")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        raise CertificateError(
            f"cannot use certificate {files.chain} with key {files.key}: {reason}"
        ) from error
    return context


def make_dtls_context(files: CertificateFiles) -> SSL.Context:
    """Make a server's DTLS context from the files.

    Raises:
        CertificateError: they cannot be used.
    """
    context = SSL.Context(SSL.DTLS_SERVER_METHOD)
    context.set_min_proto_version(_DTLS_1_2)  # RFC 9325 §3.1.2
    context.set_options(_DTLS_OPTIONS)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_cipher_list(_CIPHERS.encode())
    context.set_alpn_select_callback(_choose_protocol)
    context.set_cookie_verify_callback(_is_proven)
    try:
        context.use_certificate_chain_file(files.chain)
        context.use_privatekey(_read_key(files.key))
        context.check_privatekey()
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm, SSL.Error) as error:
        raise CertificateError(
            f"cannot use certificate {files.chain} with key {files.key} over DTLS: {error}"
        ) from error
    return context


def _read_key(path: Path) -> Any:
    """Read a key that has no password."""
    return load_pem_private_key(path.read_bytes(), password=None)


def _choose_protocol(_: SSL.Connection, offered: list[bytes]) -> Any:
    ours = (name.encode() for name in ALPN)
    return next((name for name in ours if name in offered), SSL.NO_OVERLAPPING_PROTOCOLS)


def _is_proven(_: SSL.Connection, __: bytes) -> bool:
    """OpenSSL is only asked about clients whose cookies were found right before (`relay.dtlshello`)."""
    return True
