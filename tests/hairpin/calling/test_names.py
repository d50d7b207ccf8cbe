"""Names that strangers chose can be printed, and saved under."""

from types import SimpleNamespace
from typing import Any

import pytest

from hairpin.calling.names import another, file_name, shown_name, tidy


@pytest.mark.parametrize(
    ("meta", "remote", "shown"),
    [
        ({"name": " A\u202eoi\x1b[31m\n"}, "m1", "A oi [31m"),
        ({"name": 5}, "m1", "m1"),
        ({"name": "\u200b"}, None, "somebody"),
        ({}, "bob", "bob"),
    ],
)
def test_a_member_is_called_by_its_own_name_in_one_line(
    meta: dict[str, Any], remote: str | None, shown: str
) -> None:
    session: Any = SimpleNamespace(remote_meta=meta, remote=remote)
    assert shown_name(session) == shown
    assert len(tidy("x" * 999)) == 40


@pytest.mark.parametrize(
    ("given", "saved"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "__.._etc_passwd"),
        ("..", "_"),
        (".bashrc", "_bashrc"),
        ("C:\\x\\y.txt", "C__x_y.txt"),
        ("", "file"),
        ("<b>a</b>\n.png", "_b_a__b_ .png"),
    ],
)
def test_a_file_s_name_leads_nowhere_else(given: str, saved: str) -> None:
    assert file_name(given) == saved


def test_a_long_name_keeps_its_extension() -> None:
    assert file_name("葵" * 500 + ".jpeg").endswith("葵.jpeg")
    assert len(file_name("葵" * 500 + ".jpeg").encode()) <= 200


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert another("a.txt", {"b.txt"}) == "a.txt"
    assert another("a.txt", {"a.txt", "a-2.txt"}) == "a-3.txt"
    assert another("a", {"a"}) == "a-2"
