"""`hairpin up --bot`: a bot in a room of the video chat as soon as somebody is there, to try a call alone."""

import contextlib

from cryptography import x509

from hairpin.allinone import certificates
from hairpin.allinone.certificates import Shown
from hairpin.matching.standby import IDLE, Standby, Start
from signaling.journal import Happening, Noted


def for_room(room: str, certificate: Shown | None = None, start: Start | None = None) -> Standby:
    """A bot for whoever comes to a room.

    Args:
        room: Its name.
        certificate: What the server shows; the bot trusts it by its fingerprint.
        start: Starts the process.
    """

    def comes(noted: Noted) -> bool:
        return noted.happening is Happening.PEER_JOINED and noted.fields.get("room") == room

    def command(url: str) -> list[str]:
        trust = [] if certificate is None else ["--fingerprint", _fingerprint(certificate)]
        return ["bot", room, "--quiet", "--signaling", url, "--idle", str(IDLE), *trust]

    return Standby(comes, command, start)


def _fingerprint(certificate: Shown) -> str:
    """Of the certificate as it is now: it may have been renewed."""
    with contextlib.suppress(OSError, ValueError):
        now = x509.load_pem_x509_certificate(certificate.path.read_bytes())
        certificate = certificates.describe(certificate.path, now)
    return f"SHA256:{certificate.fingerprint}"
