"""Whom a call trusts at `wss:`: the system's authorities, one of one's own, or one certificate by its fingerprint."""

import re
import ssl
from dataclasses import dataclass
from pathlib import Path

import typer

import signaling

_PREFIX = re.compile(r"sha-?256[:\s=]*", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trust:
    """How servers are verified; `None` where that is as usual."""

    signaling: ssl.SSLContext | None = None
    relays: ssl.SSLContext | None = None


def read(url: str, authority: Path | None, fingerprint: str | None) -> Trust:
    """Read whom to trust.

    Args:
        url: Of the signaling server.
        authority: A file of certificates that are trusted as well.
        fingerprint: Of the signaling server's certificate.

    Raises:
        typer.BadParameter: The file has none, the fingerprint is none, or there is nothing to verify.
    """
    if authority is not None and fingerprint is not None:
        raise typer.BadParameter("one of --ca and --fingerprint", param_hint="--ca")
    if fingerprint is not None:
        if not url.startswith("wss:"):
            raise typer.BadParameter(
                f"{url} has no certificate: expected wss://HOST", param_hint="--fingerprint"
            )
        return Trust(signaling=signaling.pinned(read_fingerprint(fingerprint)))
    if authority is None:
        return Trust()
    both = _with(authority)
    return Trust(both, both)


def read_fingerprint(text: str) -> bytes:
    """Read a SHA-256 fingerprint: 32 bytes in hexadecimal, with or without colons and the name in front.

    Raises:
        typer.BadParameter: It is none.
    """
    digits = re.sub(r"[:\s]", "", _PREFIX.sub("", text.strip(), count=1))
    if not _DIGITS.fullmatch(digits):
        raise typer.BadParameter(
            f"{text!r} is not SHA256: and 32 bytes in hexadecimal, such as SHA256:0A:1B:…:FF",
            param_hint="--fingerprint",
        )
    return bytes.fromhex(digits)


def _with(authority: Path) -> ssl.SSLContext:
    """The system's authorities and those of a file."""
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=authority)
    except ssl.SSLError:
        raise typer.BadParameter(
            f"{authority} has no certificate in PEM", param_hint="--ca"
        ) from None
    except OSError as error:
        raise typer.BadParameter(
            f"cannot read {authority}: {error.strerror or error}", param_hint="--ca"
        ) from None
    return context
