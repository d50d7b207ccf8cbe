"""What a page asks for at once: every module that it will need, and no other."""

import pytest

from hairpin.pages.preloading import with_preloads

PAGE = b'<head>\n<script type="module" src="/a/main.js"></script>\n</head>\n<body></body>\n'


def preloaded(files: dict[str, bytes]) -> list[str]:
    document = with_preloads(PAGE, files).decode()
    head, _, rest = document.partition("</head>")
    assert rest == "\n<body></body>\n"
    links = head.removeprefix(PAGE.decode().partition("</head>")[0]).splitlines()
    start, end = '<link rel="modulepreload" href="', '">'
    assert all(link.startswith(start) and link.endswith(end) for link in links)
    return [link.removeprefix(start).removesuffix(end) for link in links]


def test_a_module_is_named_once_however_far_away_and_however_often_it_is_imported() -> None:
    files = {
        "/a/main.js": b'import { x } from "./x.js";\nimport {\n  y,\n  z as w,\n} from "/y.js";\n',
        "/a/x.js": b'import * as deep from "./deep/d.js";\nexport { y } from "/y.js";\n',
        "/a/deep/d.js": b'import "../../y.js";\n',
        "/y.js": b'import { x } from "./a/x.js";\nexport const z = "./no.js";\n',
    }
    assert preloaded(files) == ["/a/x.js", "/y.js", "/a/deep/d.js"]


def test_what_is_brought_when_it_is_wanted_is_not_asked_for_before() -> None:
    files = {"/a/main.js": b'const later = await import("./later.js");\n', "/a/later.js": b""}
    assert preloaded(files) == []


def test_a_module_that_is_not_there_is_found_out_when_the_pages_are_read() -> None:
    with pytest.raises(KeyError, match=r"/a/gone\.js"):
        with_preloads(PAGE, {"/a/main.js": b'import { gone } from "./gone.js";\n'})
