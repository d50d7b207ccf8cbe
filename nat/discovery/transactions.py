"""What is recorded of the questions to STUN servers, and of what came back.

Times are seconds since the diagnosis began; in JSON an address is a pair of host and port.
"""

import enum

import msgspec

from stunwire import Address


class Transport(enum.Enum):
    """How a server is spoken to."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class Purpose(enum.Enum):
    """Which test a transaction belongs to; the names are RFC 5780's where it has one."""

    MAPPING_I = "mapping I"
    """To the server's address (RFC 5780 §4.3); that one is answered is what the others rest on."""
    MAPPING_II = "mapping II"
    """To the other address and the same port."""
    MAPPING_III = "mapping III"
    """To the other address and the other port."""
    FILTERING_I = "filtering I"
    """To the server's address, from a port that has sent nowhere else (RFC 5780 §4.4); asked before
    the others and once more after them, so that silence between the two is the filter's."""
    FILTERING_II = "filtering II"
    """The answer shall come from the other address and the other port."""
    FILTERING_III = "filtering III"
    """The answer shall come from the same address and the other port."""
    FILTERING_AGAIN = "filtering I again"
    """Filtering I from the same port once more, after silence: if that is not answered either, the
    silence was no filter."""
    FILTERING_CONTROL = "filtering control"
    """As II or III, but the answer goes to a mapping from which something was sent to where it comes
    from, so that every NAT lets it in: the server really answers from there. It is asked from the
    socket of a mapping trial that is done, and means so only if mapping I and the test towards the
    origin of the answer saw the same address; or, with RESPONSE-PORT, goes to the port that the test
    towards that origin saw, and arrives on the same socket."""
    FILTERING_OPEN = "filtering open"
    """Last of all from the port of filtering I to III, to where the answer of II comes from. If II was
    answered, the mapping that is seen now tells whether an inbound packet fixes the way back; if it
    was not, whether an unsolicited one has taken the port, as in Linux. If III alone was answered, to
    where that answer came from as well: it tells the first of these where ports of one address differ."""
    HAIRPIN_LEARN = "hairpin learn"
    """The first socket learns its external address (RFC 5780 §4.5)."""
    HAIRPIN_ASK = "hairpin ask"
    """The second socket sends a request to that address; what arrives is in `arrivals`."""
    ERROR_OPEN = "error open"
    """X, whose mapping an ICMP error is to be about, and Y learn their external addresses (RFC 4787 REQ-12)."""
    ERROR_PROVOKE = "error provoke"
    """From X to a port of the same host where nobody is; what is told of it is in `refused`."""
    ERROR_ASK = "error ask"
    """With RESPONSE-PORT, from Y: the server is to answer to X's port, whose mapping lives if X hears that."""
    ERROR_AGAIN = "error again"
    """From X itself: another port than before shows that its mapping was gone."""
    PORTS = "ports"
    """Mapping I from one of several ports, each once, in the order of their numbers here: for how
    external ports are chosen. Among them is an even port and the odd one above it."""
    FRAGMENTS = "fragments"
    """With PADDING, so that the request, and the answer, take several IP packets (RFC 5780 §4.7); and,
    in the same trial, without, to know that the server answers at all."""
    LIFETIME_OPEN = "lifetime open"
    """X makes the mapping that is measured (RFC 5780 §4.6); several of a trial make a stream of it."""
    LIFETIME_ASK = "lifetime ask"
    """With RESPONSE-PORT, from Y: the server is to answer to X's port."""
    LIFETIME_CONTROL = "lifetime control"
    """From Y, just before: that the server is there, and that X and Y have the same external address,
    or an answer would not go to X."""
    LIFETIME_AGAIN = "lifetime again"
    """From X itself, where the server does not know RESPONSE-PORT, or nothing came to X. Another port than
    before shows that its mapping was gone; the same one may be a new mapping, too."""
    LIFETIME_REFRESH = "lifetime refresh"
    """Y has an answer go to X half-way, so that only what is inbound can refresh its mapping."""
    LIFETIME_SEND = "lifetime send"
    """X sends indications half-way, which nobody answers, so that only what is outbound can."""
    MAP_TEST = "map test"
    """An answer is to come to a port that the gateway was asked to open; what else answers here says
    whether the server can send one. Nothing of it says anything of the NAT itself."""
    OTHER_PORT = "other port"
    """UDP to a server on another port, to see whether only some ports pass."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came back, with the transaction's id.

    Attributes:
        at: when it arrived.
        socket: on which of our sockets (its `number`), which is not always the one that asked.
        source: from where it really came.
        mapped: MAPPED-ADDRESS, which a generic ALG may rewrite (RFC 5780 §4.8).
        xor_mapped: XOR-MAPPED-ADDRESS.
        origin: RESPONSE-ORIGIN, from where the server says that it sent.
        other: OTHER-ADDRESS, or CHANGED-ADDRESS of RFC 3489.
        error: the code of an error response.
        unknown: the attributes that a 420 names.
        padding: bytes of PADDING that came back.
        size: of the whole answer in bytes.
        software: SOFTWARE.
    """

    at: float
    socket: int
    source: Address
    mapped: Address | None = None
    xor_mapped: Address | None = None
    origin: Address | None = None
    other: Address | None = None
    error: int | None = None
    unknown: tuple[int, ...] = ()
    padding: int = 0
    size: int = 0
    software: str = ""


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A request of ours that came to a socket of ours: a hairpin (RFC 5780 §4.5).

    Attributes:
        at: when.
        socket: where it arrived.
        source: from where it seemed to come, the internal address or the external one.
    """

    at: float
    socket: int
    source: Address


class Transaction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request, each time it was sent, and all that answered it.

    Attributes:
        purpose: the test that it belongs to.
        server: the `name` of the server in `Evidence.servers`; empty for a hairpin.
        trial: transactions of one trial belong together: same purpose, same fresh sockets.
        socket: from which of our sockets.
        target: to where.
        change_ip: CHANGE-REQUEST asked for the other address (RFC 5780 §7.2).
        change_port: it asked for the other port.
        response_port: RESPONSE-PORT.
        padding: bytes of PADDING sent.
        sent: when, once for each transmission.
        answers: what bore its id, first come first; repetitions of the same answer as well, up to a
            bound, so that loss and duplicates can be counted.
        arrivals: see `Arrival`.
        refused: when the network told that one of them could not be delivered (ICMP), up to a bound.
        failure: why nothing could be sent or waited for, such as `network is unreachable` or `port
            unreachable` (ICMP); empty where it was only not answered.
        abandoned: the diagnosis ended before the last wait was over, so silence says nothing.
    """

    purpose: Purpose
    server: str
    trial: int
    socket: int
    target: Address
    change_ip: bool = False
    change_port: bool = False
    response_port: int | None = None
    padding: int = 0
    sent: tuple[float, ...] = ()
    answers: tuple[Answer, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    refused: tuple[float, ...] = ()
    failure: str = ""
    abandoned: bool = False


class Socket(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A socket of ours.

    Attributes:
        number: by which the others name it.
        transport: UDP, TCP or TLS.
        local: its real address, never `0.0.0.0`: that by which the system would send to the server.
        interface: the interface it was bound to; empty for the system's choice.
    """

    number: int
    transport: Transport
    local: Address
    interface: str = ""


class Server(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A STUN server that was asked.

    Attributes:
        name: as it was given, such as `stun.example.org:3478`.
        transport: how it was asked.
        addresses: what its name resolved to, those that were asked first.
        failure: why it could not be asked, such as a name that does not resolve.
        no_way: its name resolved, and this machine has no way to send there.
        no_name: a name server has said that there is no such name, which shows that there is a network.
    """

    name: str
    transport: Transport = Transport.UDP
    addresses: tuple[Address, ...] = ()
    failure: str = ""
    no_way: bool = False
    no_name: bool = False


class Timer(enum.Enum):
    """Which of a NAT's timers a rung of the ladder measures."""

    ONE_SHOT = "one-shot"
    """A mapping with one exchange."""
    STREAM = "stream"
    """A mapping with traffic both ways for some seconds."""
    INBOUND_REFRESH = "inbound refresh"
    """A mapping with one exchange, to which a packet came from outside after half the wait (RFC 4787
    §4.3): if it lives where one without that is gone, what is inbound refreshes."""
    OUTBOUND_REFRESH = "outbound refresh"
    """The same with a packet from the inside. Half the wait must be within the lifetime, or that packet
    makes a new mapping, perhaps at the same port."""


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """One wait of the lifetime ladder; its transactions have the same `trial`.

    Attributes:
        timer: what it measures.
        trial: of its transactions.
        wait: seconds between the last exchange of X (`LIFETIME_OPEN`) and the question, about; the
            times of its transactions say exactly. 0 for a rung that shows whether the server, and the
            NAT, do what the others rest on.
    """

    timer: Timer
    trial: int
    wait: float
