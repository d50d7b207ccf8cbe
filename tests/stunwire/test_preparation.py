"""OpaqueString and SASLprep: what is mapped, what is refused."""

import unicodedata

import pytest

from stunwire import Preparation, PreparationError, opaque_string, saslprep
from stunwire.preparation import prepare

VECTOR_PASSWORD = "The\u00adM\u00aatr\u2168"


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        # RFC 8265 §4.3, examples 12 to 18.
        ("correct horse battery staple", "correct horse battery staple"),
        ("Correct Horse Battery Staple", "Correct Horse Battery Staple"),
        ("πßå", "πßå"),
        ("Jack of ♦s", "Jack of ♦s"),
        ("foo\u1680bar", "foo bar"),
        ("マトリックス", "マトリックス"),
        ("e\u0301", "é"),
        ("\u2168", "\u2168"),
        ("نام\u200cای", "نام\u200cای"),
    ],
)
def test_opaque_string_maps_spaces_and_composes(text: str, prepared: str) -> None:
    assert opaque_string(text) == prepared
    assert opaque_string(prepared) == prepared


@pytest.mark.parametrize(
    "text",
    [
        "my cat is a \u0009by",
        "\0",
        "\x7f",
        "\u00ad",
        VECTOR_PASSWORD,
        "\u202e",
        "\u2028",
        "\ue000",
        "\uffff",
        "\u0378",
        "\u1100",
        "\u034f",
        "\ufe0f",
        "\u3164",
    ],
)
def test_opaque_string_refuses_what_the_freeform_class_disallows(text: str) -> None:
    with pytest.raises(PreparationError, match="U\\+"):
        opaque_string(text)


def test_opaque_string_refuses_the_empty_text() -> None:
    with pytest.raises(PreparationError, match="at least one"):
        opaque_string("")


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        # RFC 4013 §3, and the password of RFC 5769 §2.4.
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        (VECTOR_PASSWORD, "TheMatrIX"),
        ("a\u00a0b", "a b"),
        ("", ""),
        ("\u0627 1 \u0628", "\u0627 1 \u0628"),
    ],
)
def test_saslprep_maps_and_replaces(text: str, prepared: str) -> None:
    assert saslprep(text) == prepared


@pytest.mark.parametrize("text", ["\u0007", "\u0627\u0031", "\u0627a\u0628", "\ue000", "\u200e"])
def test_saslprep_refuses_the_prohibited_and_mixed_directions(text: str) -> None:
    with pytest.raises(PreparationError):
        saslprep(text)


@pytest.mark.parametrize("preparation", Preparation)
def test_preparing_never_fails_and_leaves_ascii_alone(preparation: Preparation) -> None:
    ascii_text = "".join(map(chr, range(128)))
    assert prepare(ascii_text, preparation) == ascii_text
    odd = "\u00ad\u202e\uffff\U0010ffff\u1100 é"
    assert unicodedata.is_normalized("NFC", prepare(odd, preparation))
