"""A STUN question of a diagnosis, how often it is sent, and what an answer to it says."""

from dataclasses import KW_ONLY, dataclass
from typing import Final

from nat.discovery.transactions import Answer, Purpose
from stunwire import (
    Address,
    Attribute,
    ChangeRequest,
    Class,
    DecodeError,
    ErrorCode,
    MappedAddress,
    Message,
    Method,
    OtherAddress,
    Padding,
    ResponseOrigin,
    ResponsePort,
    Software,
    UnknownAttribute,
    UnknownAttributes,
    XorMappedAddress,
)

CHANGED_ADDRESS: Final = 0x0005
"""OTHER-ADDRESS as RFC 3489 §11.2.3 calls it."""
LONGEST_SOFTWARE: Final = 128
"""Characters of SOFTWARE that are kept (RFC 8489 §14.14 allows as many)."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a request is sent, seconds after the first time, and how long the last one is waited for.

    RFC 8489 §6.2.1 would double its patience each time and decide after 39.5 s. A diagnosis has 8 s
    to tell silence from loss, so it asks in steps that hardly grow, and no faster than that begins.
    """

    offsets: tuple[float, ...]
    patience: float


STEADY: Final = Schedule((0.0, 0.5, 1.0, 1.6, 2.3), 1.0)
"""Of five transmissions none is answered once in 4,000 times where a tenth is lost each way."""
NEAR: Final = Schedule((0.0, 0.3, 0.6, 1.0, 1.5), 0.8)
"""For what comes back from our own NAT, and bothers no server."""
INSISTENT: Final = Schedule((0.0, 0.5, 1.0, 1.6, 2.3, 3.1), 1.0)
"""For what everything else rests on."""


@dataclass(frozen=True, slots=True)
class Question:
    """A Binding request; see `Transaction` for what each item is.

    Attributes:
        counts_padding: how RESPONSE-PORT is written, which servers read in one way or the other.
    """

    purpose: Purpose
    server: str
    target: Address
    _: KW_ONLY
    change_ip: bool = False
    change_port: bool = False
    response_port: int | None = None
    counts_padding: bool = True
    padding: int = 0

    def encode(self, transaction_id: bytes) -> bytes:
        """Write it down.

        CHANGE-REQUEST is never sent without a flag: it must be understood, and who does not know it
        would refuse (RFC 5780 §7.2, RFC 8489 §14).
        """
        attributes: list[Attribute] = []
        if self.change_ip or self.change_port:
            change = ChangeRequest(change_ip=self.change_ip, change_port=self.change_port)
            attributes.append(change)
        if self.response_port is not None:
            port = ResponsePort(self.response_port, counts_padding=self.counts_padding)
            attributes.append(port)
        if self.padding:
            attributes.append(Padding(bytes(self.padding)))
        return Message.request(Method.BINDING, transaction_id, *attributes).encode()


def read_answer(message: Message, *, at: float, socket: int, source: Address, size: int) -> Answer:
    """What an answer says, whoever sent it."""
    error, unknown = message.get(ErrorCode), message.get(UnknownAttributes)
    mapped, xor_mapped = message.get(MappedAddress), message.get(XorMappedAddress)
    origin, padding = message.get(ResponseOrigin), message.get(Padding)
    software = message.get(Software)
    is_error = message.cls is Class.ERROR
    return Answer(
        at=at,
        socket=socket,
        source=source,
        mapped=mapped.address if mapped else None,
        xor_mapped=xor_mapped.address if xor_mapped else None,
        origin=origin.address if origin else None,
        other=_other(message),
        error=(error.code if error else 0) if is_error else None,
        unknown=tuple(unknown.types) if unknown else (),
        padding=len(padding.value) if padding else 0,
        size=size,
        software=software.value[:LONGEST_SOFTWARE] if software else "",
    )


def _other(message: Message) -> Address | None:
    """The server's other address: OTHER-ADDRESS, or what RFC 3489 had."""
    if (other := message.get(OtherAddress)) is not None:
        return other.address
    for each in message.get_all(UnknownAttribute):
        if each.type == CHANGED_ADDRESS:
            try:
                return MappedAddress.decode(each.value).address
            except DecodeError:
                return None
    return None
