"""Multicast DNS without I/O: names of our own are answered for, others' are asked for (RFC 6762).

As far as ICE needs it (draft-ietf-mmusic-mdns-ice-candidates): addresses of names under `.local`, no
services, no probing, since a random name is nobody else's. Answers are always multicast, and a name
is answered for at most once a second (RFC 6762 §6).
"""

import socket
from dataclasses import dataclass, field
from typing import Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

PORT: Final = 5353
GROUP4: Final = "224.0.0.251"
GROUP6: Final = "ff02::fb"
#: Seconds until a question is repeated (RFC 6762 §5.2: at least one), and until it is given up.
ASK_AGAIN: Final = 1.0
GIVEN_UP_AFTER: Final = 2.5
#: RFC 6762 §10: 120 seconds for records that name a host.
TIME_TO_LIVE: Final = 120
_MOST_QUESTIONS: Final = 256
_MOST_IN_A_MESSAGE: Final = 64
#: RFC 6762 §10.2: the top bit of the class says that the record is unique.
_UNIQUE: Final = dns.rdataclass.RdataClass.make(dns.rdataclass.IN | 0x8000)
_TYPES: Final = {4: dns.rdatatype.A, 16: dns.rdatatype.AAAA}
_FAMILIES: Final = {4: socket.AF_INET, 16: socket.AF_INET6}
_ASKED: Final = frozenset({dns.rdatatype.A, dns.rdatatype.AAAA, dns.rdatatype.ANY})
#: What dnspython lets through for bytes that are no message.
_GARBLED: Final = (dns.exception.DNSException, ValueError, IndexError, KeyError)


@dataclass(frozen=True, slots=True)
class Multicast:
    """Bytes for everybody in the group."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a name stands for; no address where nobody has answered."""

    name: str
    host: str | None


Output = Multicast | Resolved


@dataclass(slots=True)
class _Question:
    ask_at: float
    expires: float


@dataclass
class MdnsResponder:
    """The names of this machine and the questions it has."""

    _published: dict[str, str] = field(default_factory=dict)
    _answered: dict[str, float] = field(default_factory=dict)
    _questions: dict[str, _Question] = field(default_factory=dict)

    def publish(self, name: str, host: str) -> None:
        """Answer for a name with an address."""
        self._published[name.lower()] = host.partition("%")[0]

    def withdraw(self, name: str) -> None:
        """Answer no longer for a name."""
        self._published.pop(name.lower(), None)
        self._answered.pop(name.lower(), None)

    def ask(self, name: str, now: float) -> list[Output]:
        """Ask for a name's address; `Resolved` follows, at once for a name of ours."""
        name = name.lower()
        if name in self._published:
            return [Resolved(name, self._published[name])]
        if name in self._questions:
            return []
        if len(self._questions) >= _MOST_QUESTIONS:
            return [Resolved(name, None)]
        self._questions[name] = _Question(now + ASK_AGAIN, now + GIVEN_UP_AFTER)
        return [Multicast(_query(name))]

    def receive_datagram(self, data: bytes, now: float) -> list[Output]:
        """Take in what somebody sent to the group; what is no DNS message is passed over."""
        try:
            message = dns.message.from_wire(data, ignore_trailing=True)
        except _GARBLED:
            return []
        if message.flags & dns.flags.QR:
            return self._take_answers(message)
        return self._answer(message, now)

    def handle_timer(self, now: float) -> list[Output]:
        """Ask again, give up."""
        outputs: list[Output] = []
        for name, question in list(self._questions.items()):
            if now >= question.expires:
                del self._questions[name]
                outputs.append(Resolved(name, None))
            elif now >= question.ask_at:
                question.ask_at = now + ASK_AGAIN
                outputs.append(Multicast(_query(name)))
        return outputs

    def next_deadline(self) -> float | None:
        """When `handle_timer` has something to do."""
        return min((min(one.ask_at, one.expires) for one in self._questions.values()), default=None)

    def _answer(self, message: dns.message.Message, now: float) -> list[Output]:
        names = []
        for question in message.question[:_MOST_IN_A_MESSAGE]:
            name = _text(question.name)
            due = now - self._answered.get(name, -1.0) >= 1.0
            if name in self._published and question.rdtype in _ASKED and due:
                self._answered[name] = now
                names.append(name)
        if not names:
            return []
        return [Multicast(_response({name: self._published[name] for name in names}))]

    def _take_answers(self, message: dns.message.Message) -> list[Output]:
        outputs: list[Output] = []
        for record in (message.answer + message.additional)[:_MOST_IN_A_MESSAGE]:
            name = _text(record.name)
            host = _host(record)
            if host is not None and self._questions.pop(name, None) is not None:
                outputs.append(Resolved(name, host))
        return outputs


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _query(name: str) -> bytes:
    """A question for both kinds of address."""
    query = dns.message.make_query(dns.name.from_text(name), dns.rdatatype.A)
    query.id, query.flags = 0, dns.flags.Flag(0)
    query.question.append(
        dns.rrset.RRset(dns.name.from_text(name), dns.rdataclass.IN, dns.rdatatype.AAAA)
    )
    return query.to_wire()


def _response(names: dict[str, str]) -> bytes:
    response = dns.message.Message(id=0)
    response.flags = dns.flags.QR | dns.flags.AA
    for name, host in names.items():
        packed = socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
        kind = _TYPES[len(packed)]
        rdata = dns.rdata.GenericRdata(_UNIQUE, kind, packed)
        record = dns.rrset.RRset(dns.name.from_text(name), _UNIQUE, kind)
        record.add(rdata, TIME_TO_LIVE)
        response.answer.append(record)
    return response.to_wire()


def _host(record: dns.rrset.RRset) -> str | None:
    """The address in a record, whether it is said to be unique or not."""
    if record.rdtype not in {dns.rdatatype.A, dns.rdatatype.AAAA} or not len(record):
        return None
    packed = record[0].to_generic().data
    family = _FAMILIES.get(len(packed))
    return None if family is None else socket.inet_ntop(family, packed)
