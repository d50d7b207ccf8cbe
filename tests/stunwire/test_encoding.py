"""Messages to bytes: what is encoded beforehand, and what cannot be."""

import pytest

from stunwire import (
    Class,
    ErrorCode,
    IntegrityKey,
    Method,
    Realm,
    XorMappedAddress,
    encode,
    encode_attributes,
)

SHA1 = IntegrityKey(b"first")


def test_attributes_encoded_beforehand_are_those_encoded_with_the_message() -> None:
    same, own = (ErrorCode(401, ""), Realm("lab.example")), (XorMappedAddress(("192.0.2.1", 9)),)
    for fingerprint in (False, True):
        for integrity in (None, SHA1):
            at_once, in_parts = (
                encode(
                    Method.ALLOCATE,
                    Class.ERROR,
                    b"t" * 12,
                    attributes,
                    encoded=encoded,
                    integrity=integrity,
                    fingerprint=fingerprint,
                )
                for attributes, encoded in (((*same, *own), b""), (own, encode_attributes(*same)))
            )
            assert at_once == in_parts


def test_an_address_that_is_masked_is_not_encoded_beforehand() -> None:
    with pytest.raises(ValueError, match="masked"):
        encode_attributes(XorMappedAddress(("192.0.2.1", 9)))
