"""Which text is the address of a webhook."""

from urllib.parse import urlsplit

from signaling.faults import SettingsError


def check_web_address(text: str) -> str:
    """Give the address back if something can be posted to it.

    Raises:
        SettingsError: It is no `http://` or `https://` address, or has a user, a password or a fragment.
    """
    try:
        url = urlsplit(text)
        port = url.port  # out of range is an error
    except ValueError:
        raise SettingsError(_expected(text)) from None
    is_plain = text.isascii() and text.isprintable() and " " not in text
    is_bare = "@" not in url.netloc and not url.fragment and port != 0
    if not (is_plain and is_bare and url.scheme in {"http", "https"} and url.hostname):
        raise SettingsError(_expected(text))
    return text


def _expected(text: str) -> str:
    shown = "one with a user or password" if "@" in text else repr(text)
    return f"expected https://HOST/PATH or http://HOST/PATH, got {shown}"
