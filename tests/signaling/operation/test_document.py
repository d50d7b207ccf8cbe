"""Documents: read, refused, and laid one over another."""

import dataclasses

import pytest

from signaling.faults import SettingsError
from signaling.operation.document import (
    LARGEST,
    Document,
    IceTable,
    LimitsTable,
    TlsTable,
    decode_document,
    read_document,
)
from signaling.settings import IceSettings, Limits, Settings


def test_every_setting_has_its_key():
    keys = set(Document.__struct_fields__)
    of_pages = {"pages", "names"}  # which `hairpin up` serves, and no file configures
    assert {one.name for one in dataclasses.fields(Settings)} - of_pages <= keys
    assert {one.name for one in dataclasses.fields(Limits)} == set(LimitsTable.__struct_fields__)
    renamed = {"stun_urls": "stun", "turn_urls": "turn"}
    ice = {renamed.get(one.name, one.name) for one in dataclasses.fields(IceSettings)}
    assert ice <= set(IceTable.__struct_fields__)


def test_what_the_upper_one_says_wins_and_a_list_as_a_whole():
    upper = Document(listen=("a:1",), node="n", ice=IceTable(turn=("turn:a",), secret="s"))
    lower = Document(
        listen=("b:2", "c:3"),
        region="eu",
        ice=IceTable(turn=("turn:b",), secret_file="f", ttl=60.0),
        tls=TlsTable(certificate="c"),
        limits=LimitsTable(message=1),
        anonymous_hosts=False,
    )
    assert upper.laid_over(lower) == Document(
        listen=("a:1",),
        node="n",
        region="eu",
        ice=IceTable(turn=("turn:a",), secret="s", ttl=60.0),
        tls=TlsTable(certificate="c"),
        limits=LimitsTable(message=1),
        anonymous_hosts=False,
    )


def test_nothing_laid_over_a_document_is_the_document():
    lower = decode_document(b"listen = ['a:1']\n[rooms.r]\nkey = 'k'\n[limits]\nrate = 1.5")
    assert Document().laid_over(lower) == lower
    assert lower.laid_over(Document()) == lower


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"listen", "no TOML"),
        (b"\xff", "no TOML"),
        (b"a = " + b"[" * 5000, "no TOML"),
        (b"#" * (LARGEST + 1), "at most"),
        (b"[ice]\nttl = inf", "ice.ttl: expected a number, got inf"),
        (b"[[webhooks]]\nurl = 'x'\ndeadline = nan", "webhooks[0].deadline: expected a number"),
    ],
)
def test_what_is_no_document_is_one_sentence(text, words):
    with pytest.raises(SettingsError) as refused:
        decode_document(text)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_is_named_in_what_is_said_of_it(tmp_path):
    path = tmp_path / "signaling.toml"
    with pytest.raises(SettingsError, match=r"signaling\.toml: No such file"):
        read_document(path)
    path.write_text("x = 1")
    with pytest.raises(SettingsError, match=r"signaling\.toml: unknown key 'x'"):
        read_document(path)


def test_what_is_said_of_a_file_repeats_no_value_of_it():
    for text in (
        b"resume-key = ['hunter2']",
        b"resume-kay = 'hunter2'",
        b"redis = { a = 'hunter2' }",
    ):
        with pytest.raises(SettingsError) as refused:
            decode_document(text)
        assert "hunter2" not in str(refused.value)
