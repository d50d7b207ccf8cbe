"""Pages in memory: what they are, and that nothing else is to be had."""

import gzip

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
    first, second = page("a.js", b"1").plain, page("a.js", b"2").plain
    assert first.etag != second.etag
    for known in (first.etag, f"W/{first.etag}", f'"other", {first.etag}', "*"):
        assert first.is_known(known)
    for unknown in (None, "", second.etag, first.etag.strip('"')):
        assert not first.is_known(unknown)


def test_text_is_packed_once_under_a_tag_of_its_own_and_both_forms_say_that_there_are_two() -> None:
    made = page("a.js", b"let a;\n" * 100, (("X-Of-Its-Own", "yes"),))
    packed = made.form("gzip, br")
    assert packed is made.form("gzip")
    assert gzip.decompress(packed.body) == made.body == made.form(None).body
    assert len(packed.body) < len(made.body)
    assert not packed.is_known(made.form(None).etag)
    assert ("Content-Encoding", "gzip") in packed.headers
    assert "Content-Encoding" not in dict(made.form(None).headers)
    for form in (packed, made.form(None)):
        assert {("Vary", "Accept-Encoding"), ("X-Of-Its-Own", "yes")} <= set(form.headers)
    assert page("a.js", made.body).form("gzip").body == packed.body


@pytest.mark.parametrize(
    ("name", "body"), [("a.png", b"a" * 1000), ("a.js", b"short"), ("a.js", b"")]
)
def test_what_gains_nothing_is_sent_as_it_is(name: str, body: bytes) -> None:
    form = page(name, body).form("gzip")
    assert form.body == body
    assert {"Content-Encoding", "Vary"}.isdisjoint(dict(form.headers))


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
