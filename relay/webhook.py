"""Users from a webhook: a signed POST for each name that is asked for, and a bounded answer.

::

    POST /turn-users HTTP/1.1
    Content-Type: application/json
    X-Hairpin-Timestamp: 1700000000
    X-Hairpin-Signature: <hexadecimal HMAC-SHA256 of "1700000000.{...}" with the secret>

    {"username":"alice","realm":"example.org"}

200 with `{"password": "…"}` or `{"keys": {"md5": "…", "sha256": "…"}}` is a user, and may have
`"allocations": 5`; 404 and 403 are nobody. Whatever else comes means that nobody can say: redirects, answers
that are too long or too late, and what is not understood.
"""

import hmac
import ssl
import time
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
import msgspec

from relay.errors import HookError, SettingsError
from relay.users import Keys, Password, User
from relay.webhooksettings import WebhookSettings

LONGEST_ANSWER = 4096
MOST_CONNECTIONS = 32
IDLE = 30.0
"""Seconds that a connection is kept for the next request."""

_FOUND, _NOBODY = 200, frozenset({403, 404})
_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "hairpin-relay",
}


class _KeysTable(msgspec.Struct, frozen=True):
    md5: str
    sha256: str | None = None


class _Found(msgspec.Struct, frozen=True):
    password: str | None = None
    keys: _KeysTable | None = None
    allocations: int | None = None


class Webhook:
    """Asks a webhook, over connections that are used again.

    Args:
        settings: where it is.
        timeout: seconds for each step; whoever asks bounds the whole.
        unix_clock: gives the time of the signature.
    """

    def __init__(
        self,
        settings: WebhookSettings,
        *,
        timeout: float,
        unix_clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._unix_clock = unix_clock
        self._client = httpx.AsyncClient(
            headers=_HEADERS,
            timeout=timeout,
            limits=httpx.Limits(
                max_connections=MOST_CONNECTIONS,
                max_keepalive_connections=MOST_CONNECTIONS,
                keepalive_expiry=IDLE,
            ),
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # none are kept
            trust_env=False,
            verify=ssl.create_default_context(),  # the system's, among which may be the operator's own
        )

    async def find(self, username: str, realm: str) -> User | None:
        """Ask for a user.

        Raises:
            HookError: the webhook could not say.
        """
        body = msgspec.json.encode({"username": username, "realm": realm})
        try:
            try:
                status, answer = await self._post(body)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                # a kept connection may be closed at the moment it is used again
                status, answer = await self._post(body)
        except httpx.HTTPError as error:
            raise HookError(f"webhook: {type(error).__name__}") from error
        if status in _NOBODY:
            return None
        if status != _FOUND:
            raise HookError(f"webhook: expected status 200, 403 or 404, got {status}")
        if len(answer) > LONGEST_ANSWER:
            raise HookError(f"webhook: expected at most {LONGEST_ANSWER} bytes, got more")
        return _user(answer)

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        headers = sign(body, self._settings.secret, self._unix_clock())
        url = self._settings.url
        async with self._client.stream("POST", url, content=body, headers=headers) as response:
            answer = b""
            async for part in response.aiter_raw():
                answer += part
                if len(answer) > LONGEST_ANSWER:
                    break  # a connection whose answer is not read to its end is not used again
            return response.status_code, answer


def sign(body: bytes, secret: str, unix_now: float) -> dict[str, str]:
    """Give the headers that prove who sent a body, and when."""
    timestamp = str(int(unix_now))
    signed = hmac.digest(secret.encode(), f"{timestamp}.".encode() + body, "sha256")
    return {"X-Hairpin-Timestamp": timestamp, "X-Hairpin-Signature": signed.hex()}


def _user(answer: bytes) -> User:
    try:
        found = msgspec.json.decode(answer, type=_Found)
        match found:
            case _Found(password=str() as password, keys=None):
                return User(Password(password), found.allocations)
            case _Found(password=None, keys=_KeysTable(md5, sha256)):
                keys = Keys(bytes.fromhex(md5), None if sha256 is None else bytes.fromhex(sha256))
                return User(keys, found.allocations)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, SettingsError):
        pass  # its text may hold what came
    raise HookError("webhook: expected a password or keys as JSON, got something else")
