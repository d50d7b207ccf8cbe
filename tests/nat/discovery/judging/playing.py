"""A NAT and servers that are nothing but rules: they make evidence as a diagnosis would record it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from nat.choices import Dependence, FilterScope, Hairpinning, Sessions
from nat.discovery.evidence import Evidence
from nat.discovery.transactions import (
    Answer,
    Arrival,
    Purpose,
    Server,
    Socket,
    Transaction,
    Transport,
)
from stunwire import Address

EI, AD, APD = Dependence
P1, P2 = 3478, 3479
HOME, OUTSIDE = "192.168.1.2", "203.0.113.9"
_RTT, _RTO = 0.05, 0.5


@dataclass
class PlayedServer:
    """An RFC 5780 server, or what calls itself one.

    Attributes:
        name: of it.
        host: its first address.
        second: its other one; None for an ordinary server.
        ignores: it does not look at CHANGE-REQUEST.
        refuses: it answers CHANGE-REQUEST with 420.
        swallows: it does not answer CHANGE-REQUEST at all.
        lie: what it makes of the address that it sees.
        origin: what it says as RESPONSE-ORIGIN; None for the truth.
        dead: it does not answer.
    """

    name: str = "a.example:3478"
    host: str = "198.51.100.1"
    second: str | None = "198.51.100.2"
    ignores: bool = False
    refuses: bool = False
    swallows: bool = False
    lie: Callable[[Address], Address] = lambda seen: seen
    origin: Address | None = None
    dead: bool = False

    @property
    def first(self) -> Address:
        return Address(self.host, P1)

    def other(self, target: Address) -> Address | None:
        if self.second is None:
            return None
        host = self.second if target.host == self.host else self.host
        return Address(host, P2 if target.port == P1 else P1)

    def source(self, target: Address, change_ip: bool, change_port: bool) -> Address | None:
        """From where it answers; None if it does not."""
        if self.dead or (self.swallows and (change_ip or change_port)):
            return None
        other = self.other(target)
        if self.ignores or other is None:
            return target
        return Address(
            other.host if change_ip else target.host, other.port if change_port else target.port
        )


@dataclass
class Played:
    """One diagnosis, played: sockets, a NAT, servers, and what is recorded of it."""

    mapping: Dependence = EI
    filtering: Dependence = APD
    local: str = HOME
    outside: Sequence[str] = (OUTSIDE,)
    keeps_ports: bool = False
    loss: float = 0.0
    seed: int = 1
    hairpinning: Hairpinning = Hairpinning.NONE
    scope: FilterScope = FilterScope.MAPPING
    sessions: Sessions = Sessions.NONE
    clashes: bool = False
    servers: Sequence[PlayedServer] = field(default_factory=lambda: [PlayedServer()])
    copies: int = 5

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.now = 0.0
        self.sockets: list[Socket] = []
        self.transactions: list[Transaction] = []
        self.mappings: dict[tuple[Address, object], Address] = {}
        self.contacts: dict[Address, set[Address]] = {}
        self.taken: dict[tuple[Address, Address], Address] = {}
        self.trial = 0

    def socket(self, port: int | None = None, transport: Transport = Transport.UDP) -> int:
        port = port or self.random.randrange(32768, 60000)
        number = len(self.sockets)
        self.sockets.append(
            Socket(number=number, transport=transport, local=Address(self.local, port))
        )
        return number

    def outward(self, local: Address, target: Address) -> Address:
        """The external address, whose filter lets the target in from now on."""
        external = self._session(local, target) or self._mapped(local, target)
        self.contacts.setdefault(external, set()).add(target)
        return external

    def _mapped(self, local: Address, target: Address) -> Address:
        if not self.outside:
            return local
        key = {EI: None, AD: target.host, APD: target}[self.mapping]
        clashes = self.clashes and target in self.contacts.get(Address("taken", local.port), ())
        key = target if clashes else key
        made = self.mappings.get((local, key))
        if made is None:
            host = self.random.choice(list(self.outside))
            port = local.port if self.keeps_ports and not clashes else self._free()
            made = self.mappings[local, key] = Address(host, port)
        return made

    def _free(self) -> int:
        return self.random.randrange(1024, 65536)

    def _session(self, local: Address, target: Address) -> Address | None:
        return self.taken.get((local, target))

    def inward(self, external: Address, source: Address) -> Address | None:
        """The internal address that a packet reaches."""
        owners = [local for (local, _), made in self.mappings.items() if made == external]
        if not self.outside:
            owners = [external]
        if not owners:
            return None
        known = set(self.contacts.get(external, ()))
        if self.scope is FilterScope.ENDPOINT:
            mine = [made for (local, _), made in self.mappings.items() if local == owners[0]]
            known |= {each for made in mine for each in self.contacts.get(made, ())}
        passes = {
            EI: True,
            AD: source.host in {each.host for each in known},
            APD: source in known,
        }[self.filtering]
        if passes and self.sessions is Sessions.CONNTRACK:
            self.taken.setdefault((owners[0], source), external)
        if not passes and self.clashes:
            self.contacts.setdefault(Address("taken", owners[0].port), set()).add(source)
        return owners[0] if passes else None

    def shown(self, local: Address, external: Address, source: Address) -> Address:
        """From where a packet seems to come: of two sessions with one remote, one has another port of it."""
        key = {EI: None, AD: source.host, APD: source}[self.mapping]
        theirs = self.mappings.get((local, key))
        if self.sessions is Sessions.NONE or theirs in {None, external}:
            return source
        return Address(source.host, self._free())

    def ask(
        self,
        purpose: Purpose,
        server: PlayedServer,
        socket: int,
        target: Address,
        *,
        change_ip: bool = False,
        change_port: bool = False,
        response_port: int | None = None,
    ) -> Transaction:
        """Ask until there is an answer, or five times."""
        local, sent, answers = self.sockets[socket].local, [], []
        for number in range(self.copies):
            sent.append(self.now + _RTO * number)
            external = self.outward(local, target)
            source = server.source(target, change_ip, change_port)
            if source is None or self.random.random() < self.loss:
                continue
            port = external.port if response_port is None else response_port
            reached = self.inward(Address(external.host, port), source)
            if reached is None or self.random.random() < self.loss:
                continue
            answer = self.answer(
                server,
                socket,
                reached,
                target,
                source,
                external,
                sent[-1] + _RTT,
                refused=server.refuses and (change_ip or change_port),
            )
            shown = self.shown(reached, Address(external.host, port), answer.source)
            answers.append(msgspec.structs.replace(answer, source=shown))
            break
        self.now = (answers[-1].at if answers else sent[-1]) + 0.01
        transaction = Transaction(
            purpose=purpose,
            server=server.name,
            trial=self.trial,
            socket=socket,
            target=target,
            change_ip=change_ip,
            change_port=change_port,
            response_port=response_port,
            sent=tuple(sent),
            answers=tuple(answers),
        )
        self.transactions.append(transaction)
        return transaction

    def answer(
        self,
        server: PlayedServer,
        socket: int,
        reached: Address,
        target: Address,
        source: Address,
        external: Address,
        at: float,
        *,
        refused: bool,
    ) -> Answer:
        owners = [each.number for each in self.sockets if each.local == reached]
        number = socket if socket in owners else owners[-1]
        if refused:
            return Answer(at=at, socket=number, source=target, error=420, unknown=(3,))
        seen = server.lie(external)
        return Answer(
            at=at,
            socket=number,
            source=source,
            mapped=seen,
            xor_mapped=seen,
            origin=server.origin or source,
            other=server.other(target),
        )

    # dialogues, as the probe leads them

    def map(self, server: PlayedServer, socket: int | None = None) -> int:
        socket = self.socket() if socket is None else socket
        self.trial += 1
        self.ask(Purpose.MAPPING_I, server, socket, server.first)
        other = server.other(server.first)
        if other is not None:
            self.ask(Purpose.MAPPING_II, server, socket, Address(other.host, P1))
            self.ask(Purpose.MAPPING_III, server, socket, other)
        return socket

    def control(self, server: PlayedServer, socket: int) -> None:
        """On a socket whose mapping trial is done."""
        other = server.other(server.first)
        if other is None:
            return
        flags = {"change_ip": True, "change_port": True}
        self.ask(Purpose.FILTERING_CONTROL, server, socket, server.first, **flags)
        there = self.transactions[-2].answers
        seen = there[0].xor_mapped if there else None
        if seen is not None:
            self.ask(
                Purpose.FILTERING_CONTROL,
                server,
                socket,
                server.first,
                response_port=seen.port,
                **flags,
            )

    def filter(self, server: PlayedServer, socket: int | None = None) -> int:
        socket = self.socket() if socket is None else socket
        self.trial += 1
        self.ask(Purpose.FILTERING_I, server, socket, server.first)
        other = server.other(server.first)
        if other is None:
            return socket
        self.ask(
            Purpose.FILTERING_II, server, socket, server.first, change_ip=True, change_port=True
        )
        third = self.ask(Purpose.FILTERING_III, server, socket, server.first, change_port=True)
        stranger = self.transactions[-2]
        self.ask(Purpose.FILTERING_AGAIN, server, socket, server.first)
        self.ask(Purpose.FILTERING_OPEN, server, socket, other)
        if third.answers and not stranger.answers:
            near = Address(server.first.host, other.port)
            self.ask(Purpose.FILTERING_OPEN, server, socket, near)
        return socket

    def hairpin(self, server: PlayedServer) -> None:
        self.trial += 1
        pair = [self.socket(), self.socket()]
        learned = [self.ask(Purpose.HAIRPIN_LEARN, server, each, server.first) for each in pair]
        seen = [each.answers[0].xor_mapped if each.answers else None for each in learned]
        for asking, target in ((pair[1], seen[0]), (pair[0], seen[1]), (pair[1], seen[0])):
            if target is not None:
                self._turn_back(asking, target)

    def _turn_back(self, socket: int, target: Address) -> None:
        local, arrivals = self.sockets[socket].local, []
        external = self.outward(local, target)
        reached = None
        if self.hairpinning is not Hairpinning.NONE:
            reached = self.inward(target, external)
        if reached is not None:
            inside = self.hairpinning is Hairpinning.INTERNAL_SOURCE
            number = next(each.number for each in self.sockets if each.local == reached)
            arrivals = [Arrival(at=self.now, socket=number, source=local if inside else external)]
        sent = tuple(self.now + _RTO * number for number in range(1 if arrivals else 5))
        self.now += _RTO * 5
        self.transactions.append(
            Transaction(
                purpose=Purpose.HAIRPIN_ASK,
                server="",
                trial=self.trial,
                socket=socket,
                target=target,
                sent=sent,
                arrivals=tuple(arrivals),
            )
        )

    def diagnose(self, trials: int = 3) -> Evidence:
        """All of it."""
        for server in self.servers:
            for _ in range(trials):
                self.control(server, self.map(server))
            for _ in range(trials):
                self.filter(server)
        shared = self.socket()
        for server in self.servers:
            self.ask(Purpose.MAPPING_I, server, shared, server.first)
        self.hairpin(self.servers[0])
        return self.evidence()

    def evidence(self, **more: object) -> Evidence:
        servers = tuple(Server(name=each.name, addresses=(each.first,)) for each in self.servers)
        return Evidence(
            servers=servers,
            sockets=tuple(self.sockets),
            transactions=tuple(self.transactions),
            **more,  # type: ignore[arg-type]
        )
