"""Where a webhook may be, and which secrets will do."""

import pytest

from relay import SettingsError, WebhookSettings

SECRET = "0123456789abcdef"


@pytest.mark.parametrize(
    "url",
    [
        "https://users.example.org/turn",
        "http://127.0.0.1:8080",
        "http://[::1]:8080/turn?tenant=7",
    ],
)
def test_urls_of_http_are_taken(url):
    assert WebhookSettings(url, SECRET).url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "users.example.org",
        "ftp://users.example.org/",
        "https://",
        "https://alice:wonder@users.example.org/",
        "https://users.example.org:99999/",
        "https://users.example.org:0/",
        "https://users.example.org/a b",
        "https://users.example.org/\n",
        "https://[::1/",
        "https://users.example.org/#part",
    ],
)
def test_others_are_refused_with_what_was_expected(url):
    with pytest.raises(SettingsError, match="expected https://HOST/PATH"):
        WebhookSettings(url, SECRET)


def test_a_short_secret_is_refused_and_no_secret_is_shown():
    with pytest.raises(SettingsError, match="at least 16 characters, got 6") as refused:
        WebhookSettings("https://users.example.org/", "hunter")
    assert "hunter" not in str(refused.value)
    assert SECRET not in repr(WebhookSettings("https://users.example.org/", SECRET))
