"""What docs/nat-behaviors.md claims: settings, presets and tests that it names are there."""

import re
from pathlib import Path

from nat import PRESETS
from nat.behavior import SETTINGS

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = (ROOT / "docs" / "nat-behaviors.md").read_text()
LINK = re.compile(r"\[`(test_\w+)`\]\(\.\./([\w./]+)\)")
ROWS = [row for row in TEXT.splitlines() if row.startswith("| ") and not row.startswith("| ---")]


def test_every_test_that_is_named_is_where_it_is_said_to_be():
    named = LINK.findall(TEXT)
    assert len(named) > 100
    assert not [
        (name, path)
        for name, path in named
        if not re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE)
    ]


def test_every_setting_is_on_the_page_and_nothing_is_taken_for_one_that_is_none():
    columns = [row.split(" | ")[1] for row in ROWS if row.count(" | ") == 2 and "test_" in row]
    words = {word for column in columns for word in re.findall(r"`(\w+)`", column)}
    methods = {"map_port", "unmap_port", "explicit_mappings", "prefix", "Nat64", "Translator"}
    methods |= {"reboot", "renumber", "expire_all", "change"}
    assert words - methods == set(SETTINGS)


def test_every_preset_is_on_the_page():
    assert [name for name in PRESETS if f"`{name}`" not in TEXT and "pure-" not in name] == []


def test_every_requirement_is_there_and_is_shown_or_said_not_to_be_done():
    for heading, last in (("RFC 4787", 14), ("RFC 5382", 10), ("RFC 5508", 11), ("RFC 6888", 15)):
        part = TEXT.split(f"## {heading}", 1)[1].split("\n## ", 1)[0]
        named = {int(number) for number in re.findall(r"REQ-(\d+)", part)}
        ranges = re.findall(r"REQ-(\d+) to REQ-(\d+)", part)
        named |= {n for low, high in ranges for n in range(int(low), int(high) + 1)}
        assert named >= set(range(1, last + 1)), heading
    silent = [row for row in ROWS if row.endswith("|  |") and "**not done**" not in row]
    assert [row for row in silent if "all of the above" not in row] == []
