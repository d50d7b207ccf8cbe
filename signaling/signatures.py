"""Signs what is posted to webhooks, as Standard Webhooks 1.0 has it, so that any library for it can check."""

import base64
import binascii
import hashlib
import hmac

from signaling.faults import SettingsError

PREFIX = "whsec_"
SHORTEST_SECRET, LONGEST_SECRET = 24, 64
"""Bytes, as Standard Webhooks has them."""


def read_webhook_secret(text: str) -> bytes:
    """Read a secret: base64 behind `whsec_`, or any text long enough.

    Raises:
        SettingsError: It is too short, too long, or no base64.
    """
    if text.startswith(PREFIX):
        try:
            secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            raise SettingsError(f"expected base64 behind {PREFIX}, got something else") from None
    else:
        secret = text.encode()
    if not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET:
        raise SettingsError(
            f"expected a secret of {SHORTEST_SECRET} to {LONGEST_SECRET} bytes, got {len(secret)}"
        )
    return secret


def signature_headers(
    body: bytes, secrets: tuple[bytes, ...], message: str, unix_now: float
) -> dict[str, str]:
    """Give the headers that say which message a body is, when it was sent, and that it is ours.

    Args:
        body: As it is sent.
        secrets: Each makes a signature of its own, so that one can follow another without a gap.
        message: Its id, the same each time it is sent.
        unix_now: Seconds since 1970.
    """
    timestamp = str(int(unix_now))
    headers = {"webhook-id": message, "webhook-timestamp": timestamp}
    if secrets:
        signed = f"{message}.{timestamp}.".encode() + body
        headers["webhook-signature"] = " ".join(_v1(secret, signed) for secret in secrets)
    return headers


def _v1(secret: bytes, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
