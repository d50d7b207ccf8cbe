"""The pages of reports: one head for all of them, and nothing from anywhere else."""

import re
from pathlib import Path

import pytest

from operating.paper import written

TEMPLATES = (
    ("hairpin.diagnosis", "report.html"),
    ("hairpin.lab", "gridpage.html"),
    ("peer", "waterfall.html"),
)
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("package", "name"), TEMPLATES)
def test_a_report_begins_with_the_head_of_all_and_its_own_words(package: str, name: str) -> None:
    template = ROOT.joinpath(*package.split("."), name).read_text()
    words = dict.fromkeys(set(re.findall(r"\$(\w+)", template)) - {"head", "title"}, "&lt;word&gt;")
    page = written(package, name, title="A &amp; B", **words)
    assert page.startswith("<!doctype html>\n")
    assert (
        page.count("<head>") == page.count("</head>") == page.count("<title>A &amp; B</title>") == 1
    )
    assert page.count("<style>") == page.count("</style>") == 2
    assert page.count("prefers-color-scheme: dark") == 2
    assert re.findall(r"(?:src|href)=|url\(|@import", page.partition("</head>")[0]) == []


def test_a_word_that_is_missing_is_found_out() -> None:
    with pytest.raises(KeyError, match=r"sentence|grade|style"):
        written("hairpin.diagnosis", "report.html", title="t")
