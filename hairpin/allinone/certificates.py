"""The certificate that browsers are shown: what stands in it, and why they would refuse it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

_SOON = timedelta(days=14)


class UnusableCertificateError(ValueError):
    """There is no certificate to serve with; the message says where, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of a certificate.

    Attributes:
        path: Its file.
        names: The names in it, without those that stand for many.
        fingerprint: SHA-256 over it, as browsers show it.
        begins: When it begins to be good.
        ends: When it ends.
    """

    path: Path
    names: tuple[str, ...]
    fingerprint: str
    begins: datetime
    ends: datetime

    def ends_soon(self, now: datetime) -> bool:
        """Say whether it is time for another one."""
        return self.ends - now < _SOON


def read(path: Path, now: datetime) -> Shown:
    """Read the first certificate of a PEM file, which is the server's own.

    Raises:
        UnusableCertificateError: There is none, or no browser would take it now.
    """
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        raise UnusableCertificateError(f"Cannot read {path}: {error.strerror or error}.") from error
    except ValueError as error:
        raise UnusableCertificateError(f"{path} has no certificate in PEM.") from error
    shown = describe(path, certificate)
    if now >= shown.ends:
        raise UnusableCertificateError(
            f"The certificate {path} ended on {shown.ends:%Y-%m-%d}, so browsers refuse it: renew it."
        )
    if now < shown.begins:
        raise UnusableCertificateError(
            f"The certificate {path} begins on {shown.begins:%Y-%m-%d}: is the clock of this machine right?"
        )
    return shown


def describe(path: Path, certificate: x509.Certificate) -> Shown:
    """Say what stands in it."""
    return Shown(
        path,
        tuple(name for name in dns_names(certificate) if not name.startswith("*.")),
        certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
    )


def dns_names(certificate: x509.Certificate) -> list[str]:
    """The names that it is for."""
    found = _alternatives(certificate)
    return [] if found is None else found.get_values_for_type(x509.DNSName)


def addresses(certificate: x509.Certificate) -> list[str]:
    """The IP addresses that it is for."""
    found = _alternatives(certificate)
    return (
        [] if found is None else [str(each) for each in found.get_values_for_type(x509.IPAddress)]
    )


def _alternatives(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return None
