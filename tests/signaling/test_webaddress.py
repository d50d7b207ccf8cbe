"""Addresses of webhooks."""

import pytest

from signaling.faults import SettingsError
from signaling.webaddress import check_web_address


@pytest.mark.parametrize("text", ["https://example.org/hook", "http://[::1]:8000/", "http://a"])
def test_what_can_be_posted_to_is_given_back(text):
    assert check_web_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "http://",
        "http://a:99999/",
        "http://a:0/",
        "https://a/#part",
        "https://a/ b",
        "https://ä/",
        "http://[::1",
    ],
)
def test_what_cannot_is_refused_and_said(text):
    with pytest.raises(SettingsError, match="expected https://HOST/PATH"):
        check_web_address(text)


def test_a_password_in_it_is_refused_and_not_repeated():
    with pytest.raises(SettingsError) as refused:
        check_web_address("https://me:hunter2@example.org/")
    assert "hunter2" not in str(refused.value)
