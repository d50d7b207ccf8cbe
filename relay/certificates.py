"""The certificate that clients are shown: read from files, and read again while the relay runs."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from relay.errors import CertificateError

ALPN = ("stun.turn", "stun.nat-discovery")
"""RFC 7443 §2: what this server speaks inside TLS."""

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2; those of 1.3 are all good
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
    """The TLS context for new connections; those that are open keep theirs.

    Raises:
        CertificateError: the files cannot be used.
    """

    def __init__(self, files: CertificateFiles) -> None:
        self._files = files
        self.reload()

    def reload(self) -> None:
        """Read the files again; what they held before goes on when they cannot be used.

        Raises:
            CertificateError: they cannot be used.
        """
        stamp = self._look()  # before reading: what changes meanwhile is seen as a change
        self.context = make_context(self._files)
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
