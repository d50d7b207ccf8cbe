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
import time
from collections.abc import Callable

import msgspec

from operating.posting import NoAnswerError, Poster
from relay.errors import HookError, SettingsError
from relay.users import Keys, Password, User
from relay.webhooksettings import WebhookSettings

LONGEST_ANSWER = 4096
_FOUND, _NOBODY = 200, frozenset({403, 404})


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
        self._poster = Poster(
            (settings.url,), deadline=timeout, longest=LONGEST_ANSWER, agent="hairpin-relay"
        )

    async def find(self, username: str, realm: str) -> User | None:
        """Ask for a user.

        Raises:
            HookError: the webhook could not say.
        """
        body = msgspec.json.encode({"username": username, "realm": realm})
        headers = sign(body, self._settings.secret, self._unix_clock())
        try:
            answer = await self._poster.post(self._settings.url, body, headers)
        except NoAnswerError as error:
            raise HookError(f"webhook: {error}") from None
        if answer.status in _NOBODY:
            return None
        if answer.status != _FOUND:
            raise HookError(f"webhook: expected status 200, 403 or 404, got {answer.status}")
        if answer.body is None:
            raise HookError(f"webhook: expected at most {LONGEST_ANSWER} bytes, got more")
        return _user(answer.body)

    async def close(self) -> None:
        """Close every connection."""
        await self._poster.close()


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
