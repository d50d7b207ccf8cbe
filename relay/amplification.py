"""How many times its own bytes the smallest request of a stranger draws, wherever its sender says it is."""

from relay.authentication import Authenticator
from relay.refusal import Refusal
from relay.settings import Settings
from stunwire import Address, Message, Method

MOST = 2.6
"""Of a challenge; a realm of up to 20 letters keeps to it."""
_HEADERS = 28  # IPv4 and UDP
_STUN_HEADER = 20


def challenge_factor(settings: Settings) -> float:
    """Say how many times a bare 20-byte request its challenge is, in whole IPv4 packets."""
    challenge = Authenticator(settings, bytes(32)).authenticate(
        Message.request(Method.ALLOCATE, bytes(12)), Address("192.0.2.1", 9), held=(), unix_now=0.0
    )
    assert isinstance(challenge, Refusal)
    return (_HEADERS + _STUN_HEADER + len(challenge.encoded)) / (_HEADERS + _STUN_HEADER)
