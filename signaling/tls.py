"""The certificate that clients of a TLS port are shown, read again when its files have changed."""

import asyncio
import logging
import ssl
from dataclasses import dataclass, field
from pathlib import Path

_logger = logging.getLogger("signaling")


class CertificateError(ValueError):
    """Certificate and key cannot be used."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where they are.

    Args:
        certificate: With its chain, as PEM.
        key: As PEM, without a password.
        look_every: Seconds between looks at whether they have changed.
    """

    certificate: Path
    key: Path = field(repr=False)
    look_every: float = 10.0


class Certificate:
    """What new connections use. Made inside a running event loop.

    Raises:
        CertificateError: The files cannot be used.
    """

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._seen = _stamp(files)
        self._context = _load(files)
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(files.look_every, self._look)

    def context(self) -> ssl.SSLContext:
        """Give the context for the next connection."""
        return self._context

    def reload(self) -> bool:
        """Read the files now; if they cannot be used, what was read before goes on being used."""
        self._seen = _stamp(self._files)
        try:
            self._context = _load(self._files)
        except CertificateError as error:
            _logger.error("the certificate stays as it was: %s", error)  # noqa: TRY400 - it says all
            return False
        _logger.info("the certificate has been read from %s", self._files.certificate)
        return True

    def stop(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        if _stamp(self._files) != self._seen:
            self.reload()
        self._timer = self._loop.call_later(self._files.look_every, self._look)


def _load(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    for path in (files.certificate, files.key):
        if not path.is_file():
            raise CertificateError(f"there is no file {path}")
    try:
        context.load_cert_chain(files.certificate, files.key, password=_no_password)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise CertificateError(
            f"{files.certificate} and {files.key} are no certificate and its key as PEM: {error}"
        ) from error
    return context


def _no_password() -> str:
    raise ValueError("the key is encrypted: expected one without a password")


def _stamp(files: TlsFiles) -> tuple[tuple[int, int, int] | None, ...]:
    """Say what would be different if a file were replaced or written to."""
    stamps: list[tuple[int, int, int] | None] = []
    for path in (files.certificate, files.key):
        try:
            stat = path.stat()
        except OSError:
            stamps.append(None)
        else:
            stamps.append((stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(stamps)
