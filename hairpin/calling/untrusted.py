"""What to say when a server's certificate is not trusted: which one it is, why not, and how to trust it."""

import contextlib
import socket
import ssl
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from hairpin.allinone.certificates import UnusableCertificateError, addresses, dns_names
from hairpin.allinone.selfsigned import folder
from signaling import Distrust, UntrustedError

_PATIENCE = 5.0
_MOST_NAMES = 6
_MALFORMED = (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
"""What comes of reading names in a certificate that is not as RFC 5280 wants it."""
_PARTS = {"CN": NameOID.COMMON_NAME, "O": NameOID.ORGANIZATION_NAME}


def explain_distrust(error: UntrustedError) -> str:
    """Look at the certificate and explain; nothing but a handshake is said to the server."""
    try:
        return explain(error, shown_at(error.url), datetime.now(UTC))
    except _MALFORMED as fault:
        return f"{error}. Its certificate is malformed: {_plain(str(fault))}."


def shown_at(url: str) -> x509.Certificate | None:
    """Fetch the certificate that a server shows, trusted or not; None if that does not work within five seconds."""
    parts = urlsplit(url)
    where = (parts.hostname or "", parts.port or 443)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection(where, timeout=_PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=where[0]) as secured,
        ):
            return x509.load_der_x509_certificate(secured.getpeercert(binary_form=True) or b"")
    except (OSError, ValueError):
        return None


def explain(error: UntrustedError, shown: x509.Certificate | None, now: datetime) -> str:
    """Explain why a certificate is not trusted, and how it could be.

    Args:
        error: What was met.
        shown: The server's certificate, if it could be had.
        now: With a time zone.
    """
    if shown is None:
        return f"{error}. Its certificate could not be had a second time."
    refused = f"cannot connect to {error.url}"
    if now >= shown.not_valid_after_utc:
        ended = f"{shown.not_valid_after_utc:%Y-%m-%d}"
        return f"{refused}: its certificate ended on {ended}, and has to be renewed there{_today(now)}."
    if now < shown.not_valid_before_utc:
        begins = f"{shown.not_valid_before_utc:%Y-%m-%d}"
        return (
            f"{refused}: its certificate begins on {begins} only{_today(now)}: is this clock right?"
        )
    return f"{refused}: {_reason(error, shown)}.\n{_way_out(error, shown)}"


def _today(now: datetime) -> str:
    return f" (today is {now:%Y-%m-%d} by the clock of this machine)"


def _reason(error: UntrustedError, shown: x509.Certificate) -> str:
    issuer = _called(shown.issuer)
    match error.distrust:
        case Distrust.OTHER_NAME:
            host = urlsplit(error.url).hostname
            return f"its certificate is for {_names(shown)}, and not for {host}"
        case Distrust.UNKNOWN_ISSUER if shown.issuer == shown.subject:
            return f"its certificate (issuer {issuer}, for {_names(shown)}) is signed by itself, and nobody vouches for it"
        case Distrust.UNKNOWN_ISSUER:
            return f"nobody who is trusted here vouches for the issuer of its certificate, {issuer}"
        case Distrust.OTHER_FINGERPRINT:
            return (
                f"its certificate (issuer {issuer}, for {_names(shown)}) is not the one with that fingerprint: "
                "it was made anew, or somebody else answers in its place"
            )
    return f"{error.distrust.value} (issuer {issuer}, for {_names(shown)})"


def _way_out(error: UntrustedError, shown: x509.Certificate) -> str:
    fingerprint = f"SHA256:{shown.fingerprint(hashes.SHA256()).hex(':').upper()}"
    told = f"Its fingerprint is {fingerprint}\nTrust it if this is what `hairpin up` has printed there (or ask whoever runs it)"
    if error.distrust is Distrust.OTHER_NAME:
        return f"{told}: --fingerprint {fingerprint}; or use one of its names in the address."
    if _is_ours(shown):
        return f"It is the one that `hairpin up` keeps here: --ca {folder() / 'certificate.pem'}"
    return f"{told}: --fingerprint {fingerprint}; or --ca FILE with its certificate or its authority's."


def _is_ours(shown: x509.Certificate) -> bool:
    """Whether it is the certificate that this user's own `hairpin up` has made."""
    with contextlib.suppress(OSError, ValueError, UnusableCertificateError):
        kept = (folder() / "certificate.pem").read_bytes()
        return x509.load_pem_x509_certificate(kept) == shown
    return False


def _names(shown: x509.Certificate) -> str:
    names = [*dns_names(shown), *addresses(shown)]
    more = ["…"] if len(names) > _MOST_NAMES else []
    return ", ".join([*map(_plain, names[:_MOST_NAMES]), *more]) or _called(shown.subject)


def _called(name: x509.Name) -> str:
    told = [(short, name.get_attributes_for_oid(oid)) for short, oid in _PARTS.items()]
    words = [f"{short}={_plain(str(each.value))}" for short, found in told for each in found]
    return ", ".join(words) or "nobody"


def _plain(text: str) -> str:
    """Strangers wrote it: what does not print is left out, and what is long is cut."""
    return "".join(each for each in text if each.isprintable())[:100]
