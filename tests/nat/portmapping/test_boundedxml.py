"""Tests of `nat.portmapping.boundedxml`: documents that are meant to do harm are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat.portmapping.boundedxml import DEEPEST, LARGEST, XmlError, child_text, local_name, parse

LAUGHS = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>'
FILE = b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><a>&a;</a>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
@pytest.mark.parametrize("document", [LAUGHS, FILE, b"<!DOCTYPE a><a/>"])
def test_a_document_type_is_refused_in_any_encoding(document: bytes, encoding: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    with pytest.raises(XmlError, match="document type"):
        parse((head + document.decode()).encode(encoding))


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "no XML"),
        (b"hello", "no XML"),
        (b"<a>", "no XML"),
        (b"<a>&b;</a>", "no XML"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "no XML"),
        (b'<?xml version="1.0" encoding="gbk"?><a/>', "no XML: multi-byte encodings"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "no XML: multi-byte encodings"),
        (b"<a>" + b" " * LARGEST + b"</a>", "are allowed"),
        (b"<a>" * (DEEPEST + 1), "in each other"),
    ],
)
def test_what_is_no_document_or_too_much_of_one_is_refused(document: bytes, words: str) -> None:
    with pytest.raises(XmlError, match=words):
        parse(document)


def test_names_count_without_their_namespace_and_text_without_what_does_not_print() -> None:
    root = parse('<!-- fine --><x:a xmlns:x="urn:x"><x:b> Grüß\x7f e </x:b><c/></x:a>'.encode())
    assert local_name(root) == "a"
    assert child_text(root, "b") == "Grüß e"
    assert child_text(root, "b", longest=2) == "Gr"
    assert child_text(root, "c") == child_text(root, "d") == ""


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for document in (data, b"<a>" + data + b"</a>"):
        try:
            parse(document)
        except XmlError:
            continue
