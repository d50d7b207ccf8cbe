"""The report's page is valid HTML, can be read in light and in dark, by screen readers and by keys."""

import dataclasses
import itertools
import re
from collections import Counter
from xml.etree.ElementTree import Element

import pytest
from tinyhtml5.parser import HTMLParser

from hairpin.diagnosis.htmlreport import page
from nat.discovery import Evidence, Report

READABLE = 4.5
"""The contrast of text that WCAG 2.2 §1.4.3 asks for."""
VISIBLE = 3.0
"""The contrast of what is drawn (§1.4.11)."""
TEXTS = ("ink", "soft", "fine", "helped", "broken", "quiet", "accent")
GROUNDS = ("page", "panel")
GRADES = ("fine", "helped", "broken", "quiet")
DARK = r"@media \(prefers-color-scheme: dark\) \{((?:[^{}]*\{[^{}]*\})*\s*)\}"
XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def html(home: Report, packets: Evidence) -> str:
    return page(dataclasses.replace(home, evidence=packets), made="hairpin nat --report r.html")


@pytest.fixture
def tree(html: str) -> Element:
    parser = HTMLParser()
    root = parser.parse(html)
    assert parser.errors == []
    assert isinstance(root, Element)
    return root


def test_the_page_is_valid_and_says_its_language(tree: Element) -> None:
    assert tree.get("lang") == "en"
    ids = Counter(each.get("id") for each in tree.iter() if each.get("id"))
    assert ids.most_common(1)[0][1] == 1
    (title,) = tree.iter(f"{XHTML}title")
    assert title.text
    levels = [
        int(each.tag[-1]) for each in tree.iter() if re.fullmatch(rf"{XHTML}h\d", str(each.tag))
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_no_script_runs_and_nothing_is_loaded(tree: Element) -> None:
    loading = {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "audio",
        "video",
        "base",
        "form",
    }
    for each in tree.iter():
        assert str(each.tag).rpartition("}")[2] not in loading
        for name, value in each.attrib.items():
            assert not name.startswith("on")
            assert name.rpartition("}")[2] not in {"src", "href", "style", "action"}
            assert "url(" not in value


def test_pictures_and_what_scrolls_have_names_and_tables_have_heads(tree: Element) -> None:
    pictures = list(tree.iter(f"{SVG}svg"))
    assert len(pictures) == 2
    assert all(each.get("role") == "img" and each.get("aria-label") for each in pictures)
    regions = [each for each in tree.iter() if each.get("tabindex") is not None]
    assert len(regions) == len(pictures)
    assert all(each.get("role") == "region" and each.get("aria-label") for each in regions)
    heads = list(tree.iter(f"{XHTML}th"))
    assert heads
    assert {each.get("scope") for each in heads} == {"row", "col"}


def colours(css: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", css))


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 computes it."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * each for each in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    ]
    return sum(share * each for share, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_black_on_white_has_the_contrast_that_the_standard_says() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.01)


def schemes(html: str) -> tuple[str, str]:
    """All styles of the page, those of light and those that dark has besides."""
    css = "".join(re.findall(r"<style>(.*?)</style>", html, re.DOTALL))
    dark = re.findall(DARK, css, re.DOTALL)
    assert dark
    return re.sub(DARK, "", css, flags=re.DOTALL), "".join(dark)


def test_all_that_is_written_can_be_read_in_light_and_in_dark(html: str) -> None:
    light, dark = map(colours, schemes(html))
    assert set(dark) >= {*TEXTS, *GROUNDS}
    for scheme in (light, light | dark):
        for text, ground in itertools.product(TEXTS, GROUNDS):
            assert contrast(scheme[text], scheme[ground]) >= READABLE, (text, ground, scheme)
        for grade in GRADES:  # the verdict in one word stands on its colour
            assert contrast(scheme["page"], scheme[grade]) >= READABLE, (grade, scheme)


def test_all_that_is_drawn_can_be_seen_in_light_and_in_dark(html: str) -> None:
    for css in schemes(html):
        ground = colours(css)["page"]
        drawn = re.findall(r"(\.p[\w .]*)\{[^}]*?(?:fill|stroke): (#\w+)", css)
        assert drawn
        for rule, colour in drawn:
            if "grid" in rule:
                continue  # lines that only guide the eye
            wanted = READABLE if rule.strip() in {".p", ".p .soft"} else VISIBLE
            assert contrast(colour, ground) >= wanted, (rule, colour, ground)
