"""The pages as they are served: complete, with a strict policy, and with nothing from anywhere else."""

import re
from html.parser import HTMLParser

import pytest

import signaling
from hairpin.pages.site import site

SITE = site()
DOCUMENTS = ("/", "/game")
HEAVIEST = 150 * 1024


class Links(HTMLParser):
    """What a document asks for, what it has inline, and its ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.wanted: list[str] = []
        self.inline: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.inputs: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.wanted += [value for name in ("src", "href") if (value := said.get(name))]
        self.inline += [name for name in said if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in said):
            self.inline.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.labels |= {value for name, value in attrs if name == "for" and value}
        self.inputs += [said.get("id") or "" for _ in (tag,) if tag == "input"]


def read(path: str) -> signaling.Page:
    found = SITE.find(path)
    assert found is not None, path
    return found


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_document_asks_for_nothing_that_is_not_here_and_has_nothing_inline(path: str) -> None:
    links = Links(read(path).body.decode())
    assert links.inline == []
    assert [each for each in links.wanted if SITE.find(each) is None] == []
    assert sorted(set(links.ids)) == sorted(links.ids)
    assert set(links.inputs) <= links.labels
    policy = dict(read(path).headers)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", [each for each in SITE.paths if each.endswith((".js", ".css"))])
def test_a_file_names_no_other_server_and_imports_only_what_is_here(path: str) -> None:
    text = read(path).body.decode()
    assert re.findall(r"https?://(?!www\.w3\.org/)", text) == []
    assert "url(" not in text
    for each in re.findall(r'^import [^;]*?from "([^"]+)"', text, re.MULTILINE):
        assert SITE.find(each.replace("./", path.rpartition("/")[0] + "/")) is not None


def test_a_page_weighs_little() -> None:
    sizes = {path: len(read(path).body) for path in SITE.paths}
    assert sum(sizes.values()) < HEAVIEST, sizes
