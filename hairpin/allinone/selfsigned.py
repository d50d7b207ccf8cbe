"""A certificate that signs itself: made at the first start, kept, and made anew in time or for other addresses.

The key stays the same as long as nobody else could read it, so that two servers which start at once do not come to a
certificate of one and the key of the other.
"""

import asyncio
import contextlib
import ipaddress
import logging
import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hairpin.allinone.certificates import (
    Shown,
    UnusableCertificateError,
    addresses,
    describe,
    dns_names,
)

#: Browsers take at most 398 days from authorities, and 825 from anybody (iOS).
LIFETIME: Final = timedelta(days=397)
RENEWED_BEFORE: Final = timedelta(days=30)
_LOOK_EVERY: Final = 12 * 3600.0
_CLOCKS_DIFFER: Final = timedelta(days=1)
_OTHERS: Final = 0o077
ALWAYS: Final = ("localhost", "127.0.0.1", "::1")

_logger = logging.getLogger("hairpin")


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the certificate and its key lie, and what stands in it."""

    shown: Shown
    key: Path


def folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where this user's programs keep what must outlive them (the XDG Base Directory Specification).

    Raises:
        UnusableCertificateError: This user has no home.
    """
    given = Path(environment.get("XDG_STATE_HOME", ""))
    if given.is_absolute():
        return given / "hairpin"
    try:
        return Path.home() / ".local" / "state" / "hairpin"
    except RuntimeError:
        raise UnusableCertificateError(
            "There is no place to keep a certificate, as this user has no home: set XDG_STATE_HOME to a directory."
        ) from None


def keep(where: Path, names: Iterable[str], now: datetime) -> Kept:
    """Give the certificate that is kept there, if it is good for all these names and a while; else make one.

    Args:
        where: The directory.
        names: Names and addresses that the server is reached by, besides those of this machine alone.
        now: With a time zone.

    Raises:
        UnusableCertificateError: Nothing can be kept there.
    """
    wanted = tuple(dict.fromkeys((*ALWAYS, *names)))
    at, key_at = where / "certificate.pem", where / "key.pem"
    try:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = _load_key(key_at)
        if key is not None:
            found = _load(at)
            if found is not None and _is_good(found, key, wanted, now):
                return Kept(describe(at, found), key_at)
        key = key or _make_key(key_at)
        made = make(key, wanted, now)
        _write(at, made.public_bytes(serialization.Encoding.PEM), 0o644)
    except OSError as error:
        raise UnusableCertificateError(
            f"Cannot keep a certificate in {where}: {error.strerror or error}. "
            "Set XDG_STATE_HOME to a directory that can be written to."
        ) from error
    return Kept(describe(at, made), key_at)


def make(key: ec.EllipticCurvePrivateKey, names: Iterable[str], now: datetime) -> x509.Certificate:
    """Sign a certificate for a key with that key."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hairpin")])
    usage = x509.KeyUsage(
        digital_signature=True,
        **dict.fromkeys(
            (
                *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
                *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
            ),
            False,
        ),
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(secrets.token_bytes(16)) >> 1)
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now - _CLOCKS_DIFFER + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(list(map(_name, names))), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _is_good(
    found: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    wanted: tuple[str, ...],
    now: datetime,
) -> bool:
    there = {*dns_names(found), *addresses(found)}
    return (
        found.public_key() == key.public_key()
        and found.not_valid_before_utc <= now
        and now + RENEWED_BEFORE < found.not_valid_after_utc
        and there.issuperset(wanted)
    )


def _load(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey | None:
    """Read the key; one that others could read as well is none any more."""
    try:
        if path.stat().st_mode & _OTHERS:
            path.unlink()
            return None
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        path.unlink()
        return None
    return key


def _make_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Make the key; who comes second takes that of who came first."""
    key = ec.generate_private_key(ec.SECP256R1())
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    beside = _beside(path, text, 0o600)
    try:
        os.link(beside, path)
    except FileExistsError:
        return _load_key(path) or key
    finally:
        beside.unlink()
    return key


def _write(path: Path, text: bytes, mode: int) -> None:
    """Put a file in its place at once, whoever reads it meanwhile."""
    _beside(path, text, mode).replace(path)


def _beside(path: Path, text: bytes, mode: int) -> Path:
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with contextlib.ExitStack() as undo:
        undo.callback(Path(name).unlink, missing_ok=True)
        with os.fdopen(number, "wb") as file:
            file.write(text)
            os.fchmod(file.fileno(), mode)
        undo.pop_all()
    return Path(name)


async def keep_fresh(where: Path, names: Iterable[str], *, every: float = _LOOK_EVERY) -> None:
    """Make the certificate anew in time, however long the server runs; what serves it reads it again."""
    names = tuple(names)
    while True:
        await asyncio.sleep(every)
        try:
            keep(where, names, datetime.now(UTC))
        except UnusableCertificateError as error:
            _logger.error("%s", error)  # noqa: TRY400 - it says all
