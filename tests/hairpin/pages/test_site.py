"""The pages as they are served: complete, with a strict policy, and with nothing from anywhere else."""

import re
from graphlib import TopologicalSorter
from html.parser import HTMLParser
from importlib.resources import files
from posixpath import dirname, join, normpath
from urllib.parse import urljoin

import pytest

import signaling
from hairpin.pages.site import site

SITE = site()
DOCUMENTS = ("/", "/game")
LIBRARY = tuple(path for path in SITE.paths if path.startswith("/hairpin"))
SHARED = ("/shared.css", "/icon.svg", *LIBRARY)
HEAVIEST = 150 * 1024
#: Brought when somebody asks for it; it has a limit of its own.
LATER = "/chat/inspector/"


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
    elsewhere = (each for each in links.wanted if not each.startswith("#"))
    assert [each for each in elsewhere if SITE.find(each) is None] == []
    assert sorted(set(links.ids)) == sorted(links.ids)
    assert set(links.inputs) <= links.labels
    policy = dict(read(path).headers)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", [each for each in SITE.paths if each.endswith((".js", ".css"))])
def test_a_file_names_no_other_server_and_imports_only_what_is_here(path: str) -> None:
    text = read(path).body.decode()
    assert re.findall(r"https?://(?!www\.w3\.org/|localhost)\w", text) == []
    assert "url(" not in text
    for each in re.findall(r'^import [^;]*?from "([^"]+)"', text, re.MULTILINE):
        assert SITE.find(urljoin(path, each)) is not None


def test_no_module_imports_itself_by_way_of_others() -> None:
    """What types alone need stands in comments, and is not asked for."""
    imports = {
        path: [
            normpath(join(dirname(path), each))
            for each in re.findall(
                r'^(?:import|export) .*? from "([^"]+)"', text, re.MULTILINE | re.DOTALL
            )
        ]
        for path in SITE.paths
        if path.endswith(".js") and (text := read(path).body.decode())
    }
    assert len(imports["/hairpin/client.js"]) > 3
    TopologicalSorter(imports).prepare()  # raises where there is a circle


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_page_weighs_little(path: str) -> None:
    """With all that it may come to load, in every language."""
    folder = re.search(r'src="(/\w+/)', read(path).body.decode())
    assert folder is not None
    own = [each for each in SITE.paths if each.startswith(folder[1]) and LATER not in each]
    loaded = [path, *SHARED, *own]
    sizes = {each: len(read(each).body) for each in loaded}
    assert sum(sizes.values()) < HEAVIEST, sizes


def test_modules_are_served_without_comments_and_indentation_and_with_everything_else() -> None:
    for path in (each for each in SITE.paths if each.endswith(".js")):
        text = read(path).body.decode()
        assert re.findall(r"^(?:\s|//|/\*\*(?!.*\*/ *\S)).*", text, re.MULTILINE) == [], path
        # A text that goes over lines would not be the same any more.
        assert [line for line in text.splitlines() if line.count("`") % 2] == [], path
    source = files("hairpin.pages").joinpath("chat/talk.js").read_text()
    code = [line.strip() for line in source.splitlines() if not re.match(r"\s*(//|/?\*|$)", line)]
    assert read("/chat/talk.js").body.decode().splitlines() == code


@pytest.mark.parametrize(("path", "devices"), [("/", "camera=(self)"), ("/game", "camera=()")])
def test_the_chat_alone_may_ask_for_a_camera(path: str, devices: str) -> None:
    assert devices in dict(read(path).headers)["Permissions-Policy"]
