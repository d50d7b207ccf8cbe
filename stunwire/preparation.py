"""User names, realms and passwords are brought into one form before they become keys.

Two profiles: OpaqueString (RFC 8265 §4.2) for RFC 8489, and SASLprep (RFC 4013) for RFC 5389. They differ beyond ASCII only:
OpaqueString composes (NFC), SASLprep also replaces compatibility characters (NFKC) and drops soft hyphens.
The password of the published vectors is written for SASLprep, and OpaqueString refuses it: see `opaque_string`.
"""

import enum
import stringprep
import unicodedata
from typing import assert_never

_SPACE = " "
_JOINERS = "\u200c\u200d"
_FORBIDDEN_CATEGORIES = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))
# RFC 8264 §9.9, §9.13: old Hangul jamo, and ignorable characters that are letters or marks by category.
_FORBIDDEN_RANGES = (
    range(0x034F, 0x0350),
    range(0x1100, 0x1200),
    range(0x17B4, 0x17B6),
    range(0x180B, 0x1810),
    range(0x3164, 0x3165),
    range(0xA960, 0xA980),
    range(0xD7B0, 0xD800),
    range(0xFE00, 0xFE10),
    range(0xFFA0, 0xFFA1),
    range(0xE0100, 0xE01F0),
)
_PROHIBITED_BY_SASLPREP = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


class Preparation(enum.Enum):
    """Which profile brings a text into form before it becomes part of a key."""

    OPAQUE_STRING = enum.auto()
    SASLPREP = enum.auto()


class PreparationError(ValueError):
    """The text holds something that its profile forbids."""


def prepare(text: str, preparation: Preparation = Preparation.OPAQUE_STRING) -> str:
    """Bring a text into form without judging it: only the mapping of the profile, which cannot fail.

    A server derives keys for names that strangers send. A forbidden character there must end in a key that does not fit,
    not in an exception; `opaque_string` and `saslprep` are for texts that are chosen: configuration, sign-up.
    """
    if text.isascii():
        return text
    match preparation:
        case Preparation.OPAQUE_STRING:
            return unicodedata.normalize("NFC", _map_spaces(text))
        case Preparation.SASLPREP:
            kept = "".join(
                _SPACE if stringprep.in_table_c12(c) else c
                for c in text
                if not stringprep.in_table_b1(c)
            )
            return unicodedata.normalize("NFKC", kept)
        case _:
            assert_never(preparation)


def opaque_string(text: str) -> str:
    """The text after the OpaqueString profile. RFC 8265 §4.2.

    The rules of context (RFC 8264 §9.8) are not checked: joiners are let through everywhere.

    Raises:
        PreparationError: the text is empty or holds a character that the FreeformClass disallows (RFC 8264 §4.3).
    """
    prepared = prepare(text, Preparation.OPAQUE_STRING)
    if not prepared:
        raise PreparationError("expected at least one character")
    for character in prepared:
        if _is_forbidden(character):
            raise PreparationError(
                f"U+{ord(character):04X} is not allowed in a user name, realm or password"
            )
    return prepared


def saslprep(text: str) -> str:
    """The text after SASLprep. RFC 4013 §2.

    Raises:
        PreparationError: the text holds a prohibited character, or mixes directions (RFC 3454 §6).
    """
    prepared = prepare(text, Preparation.SASLPREP)
    for character in prepared:
        if any(prohibits(character) for prohibits in _PROHIBITED_BY_SASLPREP):
            raise PreparationError(f"U+{ord(character):04X} is prohibited by SASLprep")
    right_to_left = [stringprep.in_table_d1(character) for character in prepared]
    if any(right_to_left):
        ends_too = right_to_left[0] and right_to_left[-1]
        if not ends_too or any(stringprep.in_table_d2(character) for character in prepared):
            raise PreparationError("a right-to-left text must not hold left-to-right letters")
    return prepared


def _map_spaces(text: str) -> str:
    """RFC 8265 §4.2.2, additional mapping: every space beyond ASCII becomes U+0020."""
    return "".join(
        _SPACE if unicodedata.category(character) == "Zs" else character for character in text
    )


def _is_forbidden(character: str) -> bool:
    code = ord(character)
    if unicodedata.category(character) in _FORBIDDEN_CATEGORIES:
        return character not in _JOINERS
    return any(code in forbidden for forbidden in _FORBIDDEN_RANGES)
