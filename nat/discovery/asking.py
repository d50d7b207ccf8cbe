"""Asks STUN servers over UDP: sends again, knows answers by their id on any socket, keeps the pace.

Where an answer comes from is written down and proves nothing here. Late answers and repetitions count as
long as the diagnosis lasts; what comes in is bounded for each transaction and each socket.
"""

import asyncio
import secrets
from types import TracebackType
from typing import Final, Self

from nat.discovery.network import Datagram, Network, UdpEndpoint, UndeliveredError
from nat.discovery.pacing import Pace
from nat.discovery.question import STEADY, Question, Schedule, read_answer
from nat.discovery.recorder import MOST_ANSWERS, Asked, Recorder
from nat.discovery.transactions import Arrival, Purpose, Transport
from stunwire import Address, Class, DecodeError, Message, Method, decode

MOST_DATAGRAMS: Final = 1000
"""A socket to which more comes is closed: no test needs a tenth of it."""
REFUSALS: Final = 2
"""Errors of the network, or of the system, after which a question is given up. One may be an accident."""
_ID: Final = slice(8, 20)
_PACES: Final = 10.0
_USUAL: Final = 2
_URGENCY: Final = {
    Purpose.FILTERING_I: 0,
    Purpose.FILTERING_II: 0,
    Purpose.FILTERING_III: 0,
    Purpose.FILTERING_AGAIN: 0,
    Purpose.MAPPING_I: 1,
    Purpose.MAPPING_II: 1,
    Purpose.MAPPING_III: 1,
    Purpose.FILTERING_CONTROL: 1,
    Purpose.HAIRPIN_LEARN: 1,
}
"""What waits for silence begins first, and that takes longest."""


class Line:
    """A socket of ours, from which questions are asked; `Asking.open` makes it.

    Attributes:
        number: by which evidence names it.
        local: its real address.
        is_closed: whether it is.
    """

    def __init__(self, endpoint: UdpEndpoint, number: int) -> None:
        self.number = number
        self.local = endpoint.local
        self.is_closed = False
        self.endpoint = endpoint

    def close(self) -> None:
        """Give the port back; answers are lost from now on."""
        self.is_closed = True
        self.endpoint.close()


class Asking:
    """All UDP sockets of a diagnosis. A context manager; at its end they are closed.

    Args:
        network: the world.
        recorder: where all is written down.
        pace: new transactions to a server in a second.
        interface: to leave through; empty for the system's choice.
    """

    def __init__(
        self, network: Network, recorder: Recorder, *, pace: float = _PACES, interface: str = ""
    ) -> None:
        self.pace = Pace(network, pace)
        self._network = network
        self._recorder = recorder
        self._interface = interface
        self._asked: dict[bytes, Asked] = {}
        self._lines: list[Line] = []
        self._readers = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._readers.__aenter__()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        for line in self._lines:
            line.close()
        # the readers end with their sockets; an error of who asked is not theirs to wrap
        await self._readers.__aexit__(None, None, None)

    async def open(self, towards: Address, *, port: int = 0, dont_fragment: bool = False) -> Line:
        """Open a socket on a port of its own.

        Raises:
            OSError: there is no way to send there, or the port is in use.
        """
        endpoint = await self._network.open_udp(
            towards, port=port, interface=self._interface, dont_fragment=dont_fragment
        )
        number = self._recorder.socket(Transport.UDP, endpoint.local, self._interface)
        line = Line(endpoint, number)
        self._lines.append(line)
        self._readers.create_task(self._listen(line), name=f"socket {number}")
        return line

    async def ask(
        self,
        line: Line,
        question: Question,
        trial: int | None = None,
        schedule: Schedule = STEADY,
    ) -> Asked:
        """Ask until something comes, or silence has lasted.

        Args:
            line: from which socket; the answer may come on another one.
            question: what.
            trial: the trial that it belongs to; None for one of its own.
            schedule: how often it is sent.

        Returns:
            What is known of it; answers may still be added.
        """
        if question.server:
            await self.pace.take_turn(question.server, _URGENCY.get(question.purpose, _USUAL))
        number = self._recorder.trial() if trial is None else trial
        asked = self._recorder.asked(question, number, line.number)
        transaction_id = secrets.token_bytes(12)
        self._asked[transaction_id] = asked
        data = question.encode(transaction_id)
        began = self._network.now()
        for offset in schedule.offsets:
            await self._hear(asked, began + offset)
            if self._is_settled(asked):
                break
            self._send(line, asked, data)
        else:
            await self._hear(asked, self._network.now() + schedule.patience)
        asked.is_over = True
        return asked

    def _send(self, line: Line, asked: Asked, data: bytes) -> None:
        try:
            line.endpoint.send(data, asked.question.target)
        except OSError as error:
            asked.undelivered += 1
            asked.failure = (error.strerror or str(error)).lower()
        else:
            asked.sent.append(self._recorder.now())

    async def _hear(self, asked: Asked, until: float) -> None:
        """Wait until something has come or the network has given up on it, but not for ever."""
        if until <= self._network.now():
            return
        try:
            async with asyncio.timeout(until - self._network.now()):
                while not self._is_settled(asked):
                    asked.heard.clear()
                    await asked.heard.wait()
        except TimeoutError:
            return

    def _is_settled(self, asked: Asked) -> bool:
        return asked.is_answered or asked.undelivered >= REFUSALS

    async def _listen(self, line: Line) -> None:
        for _ in range(MOST_DATAGRAMS):
            try:
                self._take(line, await line.endpoint.receive())
            except UndeliveredError as error:
                self._note_undelivered(line, error)
            except OSError:
                return
        line.close()
        self._give_up(line, "more datagrams came than any server sends")

    def _take(self, line: Line, datagram: Datagram) -> None:
        asked = self._asked.get(datagram.data[_ID])
        if asked is None:
            self._recorder.strays += 1
            return
        if len(asked.answers) >= MOST_ANSWERS or len(asked.arrivals) >= MOST_ANSWERS:
            return
        try:
            message = decode(datagram.data)
        except DecodeError:
            self._recorder.malformed += 1
            return
        self._note(line, datagram, message, asked)

    def _note(self, line: Line, datagram: Datagram, message: Message, asked: Asked) -> None:
        at = self._recorder.at(datagram.at)
        if message.method != Method.BINDING or message.cls is Class.INDICATION:
            self._recorder.strays += 1
        elif message.cls is Class.REQUEST:
            arrival = Arrival(at=at, socket=line.number, source=datagram.source)
            self._recorder.arrived(asked, arrival)
        else:
            answer = read_answer(
                message,
                at=at,
                socket=line.number,
                source=datagram.source,
                size=len(datagram.data),
            )
            self._recorder.answered(asked, answer)

    def _note_undelivered(self, line: Line, error: UndeliveredError) -> None:
        words = error.strerror or str(error)
        for asked in self._waiting_on(line):
            if error.target in {None, asked.question.target}:
                asked.undelivered += 1
                asked.failure = words
                if len(asked.refused) < MOST_ANSWERS:
                    asked.refused.append(self._recorder.now())
                asked.heard.set()

    def _give_up(self, line: Line, words: str) -> None:
        for asked in self._waiting_on(line):
            asked.undelivered = REFUSALS
            asked.failure = words
            asked.heard.set()

    def _waiting_on(self, line: Line) -> list[Asked]:
        """The transactions from a socket that are not over."""
        return [
            each for each in self._asked.values() if each.socket == line.number and not each.is_over
        ]
