"""What clients are told, held to what the RFCs let a server say, and strangers' answers to what they weigh."""

from collections import Counter

from relay_clients import Memory

from relay.fivetuple import FiveTuple
from relay.outputs import Output, SendToClient
from stunwire import (
    Address,
    Class,
    DecodeError,
    ErrorCode,
    Family,
    IntegrityKey,
    MessageIntegrity,
    MessageIntegritySha256,
    Method,
    decode,
)

MOST_BINDING, MOST_REFUSAL, MOST_DISCOVERY = 1.6, 2.6, 2.5
"""How many times the bytes of a packet, headers of IP and UDP included, a stranger's answer may have."""
OF_ALL = {400, 401, 403, 420, 438}
ALLOWED = {
    Method.BINDING: {400, 420},
    Method.ALLOCATE: OF_ALL | {300, 405, 437, 440, 442, 486, 508},
    Method.REFRESH: OF_ALL | {405, 437, 441, 443, 486},
    Method.CREATE_PERMISSION: OF_ALL | {437, 441, 443, 508},
    Method.CHANNEL_BIND: OF_ALL | {437, 441, 443, 508},
    Method.CONNECT: OF_ALL | {437, 441, 443, 446, 447, 508},
    Method.CONNECTION_BIND: OF_ALL | {441},
}
"""RFC 8489 §14.8, RFC 8656 §19, RFC 6062 §6.3 and RFC 8016 §3.4: which errors a request may get."""


class Witness:
    """Knows what was asked, and sees what is answered.

    Args:
        memory: learns from the answers.
        discovers: whether it is a server for NAT behaviour discovery, whose answers are longer.
    """

    def __init__(self, memory: Memory, *, discovers: bool) -> None:
        self._memory = memory
        self._discovers = discovers
        self._asked: Counter[bytes] = Counter()
        self._keys: dict[bytes, list[IntegrityKey]] = {}

    def expect(self, data: bytes) -> None:
        """Hear that bytes are sent that may be a request."""
        self._asked[data[8:20]] += 1

    def expect_proof(self, data: bytes, key: IntegrityKey) -> None:
        """Hear that a request has a proof, as its answer must have then."""
        self._keys.setdefault(data[8:20], []).append(key)

    def hear(self, outputs: list[Output], *, has_signed: bool) -> None:
        """Look at what clients get.

        Args:
            outputs: what the core wants done.
            has_signed: whether any client has shown a proof.
        """
        for output in outputs:
            if isinstance(output, SendToClient) and output.data[0] < 4:
                self.judge(output, has_signed=has_signed)

    def judge(self, output: SendToClient, *, has_signed: bool) -> None:
        """Hold a message to what a server may say."""
        place, data = output.five_tuple, output.data
        message = decode(self._plain(data))
        if message.cls is Class.INDICATION:
            assert message.method in (Method.DATA, Method.CONNECTION_ATTEMPT)
            self._memory.learn(place, message)
            return
        assert message.cls in (Class.SUCCESS, Class.ERROR)
        assert self._asked[message.transaction_id] > 0, "an answer to nothing"
        self._asked[message.transaction_id] -= 1
        self._memory.learn(place, message)
        error = message.get(ErrorCode)
        if error is not None:
            assert error.code in ALLOWED[Method(message.method)], (message.method, error.code)
        keys = self._keys.get(message.transaction_id, ())
        if message.cls is Class.SUCCESS and message.method != Method.BINDING:
            assert has_signed
            assert any(decode(data).verify(key.key, key.algorithm) for key in keys)
        if message.method == Method.BINDING or (error is not None and error.code in (401, 438)):
            assert message.get(MessageIntegrity) is message.get(MessageIntegritySha256) is None

    def weigh(self, place: FiveTuple, data: bytes, outputs: list[Output]) -> None:
        """See that a stranger's datagram has no answer that is much larger than itself."""
        try:
            if decode(data).has_integrity:
                return
        except DecodeError:
            pass
        header = _headers(place.client)
        answers = [one for one in outputs if isinstance(one, SendToClient) and one.data[0] < 4]
        mine = [one for one in answers if one.data[8:20] == data[8:20]]
        most = MOST_BINDING if data[:2] == b"\0\1" else MOST_REFUSAL
        most = max(most, MOST_DISCOVERY) if self._discovers else most
        assert sum(len(one.data) + header for one in mine) <= most * (len(data) + header)

    def _plain(self, data: bytes) -> bytes:
        """A classic answer has the client's own bytes where the cookie is."""
        return data[:4] + bytes.fromhex("2112a442") + data[8:] if self._discovers else data


def _headers(address: Address) -> int:
    """How many bytes the headers of IP and UDP have."""
    return 28 if address.family is Family.IPV4 else 48
