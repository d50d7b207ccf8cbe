"""Writes down what a diagnosis does and sees, numbered and timed, and shows it at any moment."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

from nat.discovery.evidence import Evidence, Wish
from nat.discovery.network import Network
from nat.discovery.question import Question
from nat.discovery.surroundings import (
    Attempt,
    Classic,
    GatewayProbe,
    Interface,
    MapTest,
    PinholeProbe,
    PinholeTest,
    SizeProbe,
)
from nat.discovery.transactions import (
    Answer,
    Arrival,
    Rung,
    Server,
    Socket,
    Timer,
    Transaction,
    Transport,
)
from stunwire import Address, Family

MOST_ANSWERS: Final = 16
"""Answers, and arrivals, that are kept of one transaction; more would only say that somebody storms."""

Observation = Attempt | SizeProbe | GatewayProbe | MapTest | Classic


class Progress(NamedTuple):
    """How far a diagnosis is.

    Attributes:
        at: seconds since it began.
        doing: what was just begun or found out, in a few words.
        asked: transactions that were begun.
        answered: of these, those that were answered.
        deadline: seconds after which it ends at the latest.
    """

    at: float
    doing: str
    asked: int
    answered: int
    deadline: float


Listener = Callable[[Progress], None]
T = TypeVar("T", bound=Observation)


@dataclass(eq=False, slots=True)
class Asked:
    """A transaction that goes on, or is over.

    Attributes:
        question: what was asked.
        trial: of which trial it is.
        socket: the number of the socket that asked.
        sent: when, once for each transmission.
        answers: what came, first come first, up to a bound.
        arrivals: where the request itself came in, up to a bound.
        refused: when the network told that it was not delivered, up to a bound.
        failure: why it came to nothing.
        is_over: whether its last wait is over, or it was answered.
        heard: set with the first answer or arrival, and with each error of the network.
        undelivered: how many errors of the network were about it.
    """

    question: Question
    trial: int
    socket: int
    sent: list[float] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    failure: str = ""
    is_over: bool = False
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    undelivered: int = 0

    @property
    def is_answered(self) -> bool:
        """Whether anything came."""
        return bool(self.answers or self.arrivals)

    @property
    def answer(self) -> Answer | None:
        """The first answer that is no error."""
        return next((each for each in self.answers if each.error is None), None)

    @property
    def mapped(self) -> Address | None:
        """The external address that the answer tells; the masked one where there are both."""
        answer = self.answer
        return (answer.xor_mapped or answer.mapped) if answer is not None else None

    @property
    def round_trip(self) -> float | None:
        """Seconds between the first answer and the last transmission before it."""
        if not self.answers:
            return None
        at = self.answers[0].at
        return at - max((each for each in self.sent if each <= at), default=at)

    def transaction(self) -> Transaction:
        """What is known of it now."""
        question = self.question
        return Transaction(
            purpose=question.purpose,
            server=question.server,
            trial=self.trial,
            socket=self.socket,
            target=question.target,
            change_ip=question.change_ip,
            change_port=question.change_port,
            response_port=question.response_port,
            padding=question.padding,
            sent=tuple(self.sent),
            answers=tuple(self.answers),
            arrivals=tuple(self.arrivals),
            refused=tuple(self.refused),
            failure="" if self.is_answered else self.failure,
            abandoned=not (self.is_over or self.is_answered),
        )


class Recorder:
    """The record of one diagnosis.

    Args:
        network: whose clock counts.
        wishes: what is to be found out.
        listener: is told how far it is.
        deadline: seconds after which it ends, for the listener.
        program: who makes the record.
    """

    def __init__(
        self,
        network: Network,
        wishes: frozenset[Wish] = frozenset(),
        listener: Listener | None = None,
        *,
        deadline: float = 0.0,
        program: str = "",
    ) -> None:
        self.strays = 0
        self.malformed = 0
        self._network = network
        self._origin = network.now()
        self._started = time.time()
        self._wishes = tuple(sorted(wishes, key=list(Wish).index))
        self._listener = listener
        self._deadline = deadline
        self._program = program
        self._gateways: dict[Family, str | None] = {}
        self._gateway_print: str | None = None
        self._interfaces: tuple[Interface, ...] = ()
        self._servers: list[Server] = []
        self._sockets: list[Socket] = []
        self._asked: list[Asked] = []
        self._rungs: list[Rung] = []
        self._observations: list[Observation] = []
        self._trials = 0
        self._answered = 0

    def now(self) -> float:
        """Seconds since the diagnosis began."""
        return self._network.now() - self._origin

    def at(self, moment: float) -> float:
        """A moment of the network's clock, in seconds since the diagnosis began."""
        return moment - self._origin

    # numbering

    def trial(self) -> int:
        """Begin a trial: its number."""
        self._trials += 1
        return self._trials - 1

    def socket(self, transport: Transport, local: Address, interface: str = "") -> int:
        """Write down a socket: its number."""
        number = len(self._sockets)
        self._sockets.append(
            Socket(number=number, transport=transport, local=local, interface=interface)
        )
        return number

    def local(self, socket: int) -> Address:
        """The address of a socket that was written down."""
        return self._sockets[socket].local

    def asked(self, question: Question, trial: int, socket: int) -> Asked:
        """Begin a transaction; whoever asks fills it in."""
        begun = Asked(question, trial, socket)
        self._asked.append(begun)
        self.tell(f"{question.purpose.value}, {question.server or question.target.host}")
        return begun

    # writing down

    def surroundings(self) -> None:
        """Write down what this machine knows of where it is."""
        self._interfaces = tuple(self._network.interfaces())
        self._gateways = {family: self._network.gateway(family) for family in Family}

    def router(self) -> None:
        """Write down what tells the router from others, once packets have gone through it."""
        gateway = self._gateways.get(Family.IPV4)
        if gateway is not None:
            self._gateway_print = self._network.router_print(gateway)

    def server(self, server: Server) -> None:
        """Write down a server."""
        self._servers.append(server)

    def rung(self, timer: Timer, trial: int, wait: float) -> None:
        """Write down a rung of the lifetime ladder."""
        self._rungs.append(Rung(timer=timer, trial=trial, wait=wait))

    def observe(self, observation: Observation) -> None:
        """Write down anything else."""
        self._observations.append(observation)

    def answered(self, asked: Asked, answer: Answer) -> None:
        """Write down an answer."""
        self._answered += not asked.is_answered
        if len(asked.answers) < MOST_ANSWERS:
            asked.answers.append(answer)
        asked.heard.set()

    def arrived(self, asked: Asked, arrival: Arrival) -> None:
        """Write down that a request came to a socket of ours."""
        self._answered += not asked.is_answered
        if len(asked.arrivals) < MOST_ANSWERS:
            asked.arrivals.append(arrival)
        asked.heard.set()

    def tell(self, doing: str) -> None:
        """Tell the listener what is done now."""
        if self._listener is not None:
            progress = Progress(self.now(), doing, len(self._asked), self._answered, self._deadline)
            self._listener(progress)

    # showing

    def evidence(self, *, interrupted: bool = False) -> Evidence:
        """All that is known so far; what still waits for an answer is marked as abandoned."""
        return Evidence(
            program=self._program,
            started=self._started,
            elapsed=self.now(),
            interrupted=interrupted,
            wishes=self._wishes,
            interfaces=self._interfaces,
            gateway=self._gateways.get(Family.IPV4),
            gateway6=self._gateways.get(Family.IPV6),
            gateway_print=self._gateway_print,
            servers=tuple(self._servers),
            sockets=tuple(self._sockets),
            transactions=tuple([each.transaction() for each in self._asked]),
            rungs=tuple(self._rungs),
            attempts=self._observed(Attempt),
            sizes=self._observed(SizeProbe),
            gateways=self._observed(GatewayProbe),
            map_tests=self._observed(MapTest),
            firewalls=self._observed(PinholeProbe),
            pinhole_tests=self._observed(PinholeTest),
            classic=self._observed(Classic),
            strays=self.strays,
            malformed=self.malformed,
        )

    def _observed(self, kind: type[T]) -> tuple[T, ...]:
        return tuple(each for each in self._observations if type(each) is kind)
