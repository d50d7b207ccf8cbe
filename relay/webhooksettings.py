"""Where a webhook is, and the secret that its requests are signed with."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from relay.errors import SettingsError

SHORTEST_SECRET = 16


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """A webhook that is asked for users.

    Args:
        url: `https://` or, where nobody can listen or answer in its place, `http://`.
        secret: shared with it; at least 16 characters, because who overhears a request can try out short ones.

    Raises:
        SettingsError: a value cannot be meant.
    """

    url: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if not _is_url(self.url):
            raise SettingsError(
                "webhook: expected https://HOST/PATH or http://HOST/PATH without a user, "
                f"got {self.url!r}"
            )
        if len(self.secret) < SHORTEST_SECRET:
            raise SettingsError(
                f"webhook: expected a secret of at least {SHORTEST_SECRET} characters, "
                f"got {len(self.secret)}"
            )


def _is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        port = url.port  # out of range is an error
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and " " not in text
    is_bare = "@" not in url.netloc and not url.fragment and port != 0
    return is_plain and is_bare and url.scheme in {"http", "https"} and bool(url.hostname)
