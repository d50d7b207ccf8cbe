"""Pages in memory: what they are, and that nothing else is to be had."""

import pytest

from signaling.pages import Pages, page


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("deep/b.css", "text/css; charset=utf-8"),
        ("c.min.js", "text/javascript; charset=utf-8"),
        ("d.svg", "image/svg+xml"),
    ],
)
def test_the_ending_says_what_it_is(name: str, kind: str) -> None:
    made = page(name, b"x")
    assert made.content_type == kind
    assert ("X-Content-Type-Options", "nosniff") in made.headers


@pytest.mark.parametrize("name", ["a", "a.py", "a.html~", ".html"])
def test_an_ending_that_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected one of"):
        page(name, b"x")


def test_a_browser_that_has_it_is_known_by_its_tag_and_another_body_has_another() -> None:
    first, second = page("a.js", b"1"), page("a.js", b"2")
    assert first.etag != second.etag
    for known in (first.etag, f"W/{first.etag}", f'"other", {first.etag}', "*"):
        assert first.is_known(known)
    for unknown in (None, "", second.etag, first.etag.strip('"')):
        assert not first.is_known(unknown)


def test_only_what_is_in_the_table_is_found() -> None:
    pages = Pages({"/": page("a.html", b"start"), "/a/b.js": page("b.js", b"")})
    assert pages.paths == ("/", "/a/b.js")
    found = pages.find("/")
    assert found is not None
    assert found.body == b"start"
    for path in ("", "/a", "/a/", "/a/../a/b.js", "/A/b.js", "//", "/a/b.js/", "/a%2fb.js"):
        assert pages.find(path) is None
    assert repr(pages) == "<2 pages>"


def test_a_path_begins_with_a_slash() -> None:
    with pytest.raises(ValueError, match="slash"):
        Pages({"a.html": page("a.html", b"")})
