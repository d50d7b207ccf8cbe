"""Which pages may connect, said or not said."""

import re

import pytest

from signaling.origins import NULL, Origins


@pytest.mark.parametrize(
    ("origin", "local", "yes"),
    [
        (None, True, True),
        (None, False, True),
        ("https://example.org", False, True),
        (NULL, False, True),
        ("http://localhost:5173", True, True),
        ("http://app.localhost", True, True),
        ("https://127.0.0.1:8443", True, True),
        ("http://[::1]:80", True, True),
        ("https://example.org", True, False),
        ("http://localhost.example.org", True, False),
        ("http://127.0.0.1.example.org", True, False),
        (NULL, True, False),
        ("http://[::1", True, False),
        ("", True, False),
    ],
)
def test_where_nothing_is_said_a_page_of_a_stranger_cannot_use_a_server_on_this_machine(
    origin, local, yes
):
    assert Origins(None).allows(origin, local=local) == yes


@pytest.mark.parametrize(
    ("origin", "yes"),
    [
        ("https://example.org", True),
        ("https://EXAMPLE.org", True),
        ("https://a.example.net", True),
        ("https://a.b.example.net", False),
        ("https://example.net", False),
        ("https://evil.example/.example.net", False),
        ("http://localhost:5173", True),
        ("https://x.example", True),
        ("https://example.org.evil.example", False),
        ("http://example.org", False),
        ("https://exampleXorg", False),
        (NULL, False),
        (None, True),
    ],
)
def test_what_is_said_counts_wherever_the_connection_comes_from(origin, yes):
    origins = Origins(
        [
            "https://example.org/",
            "https://*.example.net",
            "http://localhost:*",
            re.compile(r"https://[xyz]\.example"),
        ]
    )
    assert origins.allows(origin, local=True) == yes
    assert origins.allows(origin, local=False) == yes


def test_a_star_allows_all_and_an_empty_list_no_page_at_all():
    assert Origins(["*"]).allows(NULL, local=True)
    assert Origins([NULL]).allows(NULL, local=True)
    assert not Origins([]).allows("https://example.org", local=False)
    assert Origins([]).allows(None, local=False)


@pytest.mark.parametrize(
    ("origin", "own", "yes"),
    [
        ("http://192.0.2.1:8080", "192.0.2.1:8080", True),
        ("https://[2001:db8::1]:8080", "[2001:db8::1]:8080", True),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", True),
        ("http://localhost:8080", "localhost:8080", True),
        ("http://192.0.2.1:8080", "192.0.2.1:8081", False),
        ("http://192.0.2.1:8080", "192.0.2.2:8080", False),
        ("http://rebound.example:8080", "rebound.example:8080", False),
        ("file://192.0.2.1:8080", "192.0.2.1:8080", False),
        (NULL, NULL, False),
        ("http://[::1", "[::1", False),
    ],
)
@pytest.mark.parametrize("said", [("https://example.org",), None])
def test_a_page_that_the_server_serves_may_connect_to_the_address_it_came_from(
    said, origin, own, yes
):
    allowed = Origins(said).allows(origin, local=True, own=own)
    assert allowed == (yes or (said is None and Origins(None).allows(origin, local=True)))


@pytest.mark.parametrize("said", [(), None])
def test_a_page_of_the_server_may_connect_under_a_name_that_is_the_servers(said):
    origins = Origins(said, ["Chat.test"])
    assert origins.allows("https://chat.test:8080", local=True, own="chat.test:8080")
    assert not origins.allows("https://chat.test:8080", local=True, own="chat.test:8081")
    assert not origins.allows("https://other.test:8080", local=True, own="other.test:8080")
