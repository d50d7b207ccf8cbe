"""Attributes under the numbers that drafts gave them, as clients older than the RFC send them.

coturn's client, up to the release that Debian 12 has, asks for an additional address family under 0x8032;
RFC 8656 §18.11 has it as 0x8000. Such a client refreshes both families afterwards, and ends itself when one
of them was never given.
"""

from stunwire import AdditionalAddressFamily, Message, UnknownAttribute

ADDITIONAL_ADDRESS_FAMILY = 0x8032
_SIZE = 4
_NAMED_SO = frozenset((AdditionalAddressFamily, UnknownAttribute))


def additional_family(message: Message) -> AdditionalAddressFamily | None:
    """Return the additional address family that a request asks for, under the RFC's number or the draft's."""
    if not message.has_any(_NAMED_SO):
        return None
    found = message.get(AdditionalAddressFamily)
    if found is not None:
        return found
    for attribute in message.get_all(UnknownAttribute):
        if attribute.type == ADDITIONAL_ADDRESS_FAMILY and len(attribute.value) == _SIZE:
            return AdditionalAddressFamily.decode(attribute.value)
    return None
