"""Client cores against the real hub core, over wires that can be cut at every point; time stands still."""

import itertools
import json
import math
from collections import deque
from collections.abc import Callable

import pytest
from msgspec import Raw

from signaling.backplane import MemoryBackplane
from signaling.events import SignalReceived
from signaling.gate import Admit, Authenticate, OpenGate
from signaling.hub.hub import Hub
from signaling.journal import Noted
from signaling.messages import ClientMessage, Join, Signal, SignalKind
from signaling.outputs import Close, Deliver, Output
from signaling.settings import Limits, Settings
from signaling.steady.actions import Action, Answer, Cut, Open, Over, Remark, Renew, Tell, Write
from signaling.steady.core import ClientCore
from signaling.steady.plan import Plan, Stage

URLS = ("ws://one/v1/ws",)


def signal(value: object, to: str = "bob") -> Signal:
    """A signal in room r."""
    data = Raw(json.dumps(value).encode())
    return Signal(room="r", to=to, kind=SignalKind.CUSTOM, data=data)


class Party:
    """One client, the connection it has, and what its user was told."""

    def __init__(self, plan: Plan) -> None:
        self.core = ClientCore(plan, lambda: 0.5)
        self.cid: str | None = None
        self.opening: str | None = None
        self.up: deque[bytes] = deque()
        self.down: deque[bytes | Close] = deque()
        self.events: list = []
        self.answers: dict[int, list] = {}
        self.opened: list[str] = []
        self.over: list[Exception] = []
        self.renewals = 0

    @property
    def heard(self) -> list:
        """The signals' data."""
        return [event.data for event in self.of(SignalReceived)]

    def of(self, *kinds: type) -> list:
        """What the user was told of these kinds."""
        return [event for event in self.events if isinstance(event, kinds)]


class Cables:
    """A hub, and the wires that lead to it."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.now = 1000.0
        self.settings = settings or Settings(
            resume_key=b"key", limits=Limits(rate=1e6, burst=10**6, joins=1e6, joins_burst=10**6)
        )
        self.parties: dict[str, Party] = {}
        self.dead: deque[str] = deque()
        self.is_listening = True
        self._cids = (f"c{number}" for number in itertools.count())
        self.restart_server()

    def restart_server(self) -> None:
        """Begin with a server that knows nothing, as after a crash."""
        self.hub = Hub(self.settings, ice=lambda sid, region: ())
        self.backplane = MemoryBackplane()
        self.gate = OpenGate()
        self.dead.clear()
        for party in self.parties.values():
            party.cid = None
            party.up.clear()
            party.down.clear()
            self.do(party, party.core.receive_close(1006, "", self.now))

    def add(self, name: str, plan: Plan | None = None) -> Party:
        party = self.parties[name] = Party(plan or Plan(URLS, peer=name))
        self.do(party, party.core.start())
        return party

    # --- the user ---

    def send(self, party: Party, message: ClientMessage) -> None:
        self.do(party, party.core.send(message, self.now))

    def ask(self, party: Party, message: ClientMessage) -> int:
        id_, actions = party.core.ask(message, self.now)
        party.answers[id_] = []
        self.do(party, actions)
        return id_

    # --- the wires ---

    def open(self, party: Party) -> None:
        """Let a websocket that is being opened come about."""
        if party.opening is None or not self.is_listening:
            return
        cid = party.cid = next(self._cids)
        party.opening = None
        self.carry_out(self.hub.receive_connection(cid, "198.51.100.7", self.now))
        self.do(party, party.core.receive_open("token", self.now))

    def deliver_up(self, party: Party) -> None:
        """Let one frame arrive at the hub."""
        if party.cid is not None and party.up:
            frame = party.up.popleft().decode()
            self.carry_out(self.hub.receive_frame(party.cid, frame, self.now))

    def deliver_down(self, party: Party) -> None:
        """Let one frame, or a close, arrive at the client."""
        if party.cid is None or not party.down:
            return
        came = party.down.popleft()
        if isinstance(came, Close):
            self._lose(party)
            self.do(party, party.core.receive_close(int(came.code), came.reason, self.now))
        else:
            self.do(party, party.core.receive_frame(came.decode(), self.now))

    def cut(self, party: Party) -> None:
        """Cut a connection with all that is under way; the hub hears of it some time later."""
        if party.cid is not None:
            self._lose(party)
            self.do(party, party.core.receive_close(1006, "", self.now))

    def hear_of_death(self) -> None:
        """Let the hub hear of one connection that was cut."""
        if self.dead:
            self.carry_out(self.hub.receive_disconnect(self.dead.popleft(), 1006, self.now))

    def pass_time(self, seconds: float) -> None:
        """Let time pass, with every timer on the way."""
        end = self.now + seconds
        while True:
            due = [party.core.next_deadline() for party in self.parties.values()]
            times = [each for each in (*due, self.hub.next_deadline()) if each is not None]
            at = min(times, default=math.inf)
            if at > end:
                break
            self.now = max(self.now, at)
            self.carry_out(self.hub.handle_timer(self.now))
            for party in self.parties.values():
                self.do(party, party.core.handle_timer(self.now))
        self.now = end

    def live(self, seconds: int) -> None:
        """Let time pass while whoever is connected stays so."""
        for _ in range(seconds):
            self.pass_time(1.0)
            self.settle()

    def settle(self) -> None:
        """Deliver whatever is under way, until nothing is."""
        for _ in range(100_000):
            if not self._is_moving():
                if not self.is_listening or not self._is_pausing():
                    return
                self.pass_time(0.5)
            self.hear_of_death()
            for party in self.parties.values():
                self.open(party)
                self.deliver_up(party)
                self.deliver_down(party)
        raise AssertionError("they talk for ever")

    def _is_pausing(self) -> bool:
        return any(party.core.stage is Stage.PAUSING for party in self.parties.values())

    def _is_moving(self) -> bool:
        parties = self.parties.values()
        under_way = any(p.cid and (p.up or p.down) for p in parties)
        opening = self.is_listening and any(p.opening for p in parties)
        return bool(self.dead) or under_way or opening

    def _lose(self, party: Party) -> None:
        assert party.cid is not None
        self.dead.append(party.cid)
        party.cid = None
        party.up.clear()
        party.down.clear()

    # --- outputs ---

    def do(self, party: Party, actions: list[Action]) -> None:  # noqa: C901
        for action in actions:
            match action:
                case Open(url):
                    party.opening = url
                    party.opened.append(url)
                case Write(frame):
                    if party.cid is not None:
                        party.up.append(frame)
                case Cut():
                    party.opening = None
                    if party.cid is not None:
                        self._lose(party)
                case Tell(event):
                    party.events.append(event)
                case Answer(request, answer):
                    party.answers.setdefault(request, []).append(answer)
                case Renew():
                    party.renewals += 1
                case Over(error):
                    assert party.core.stage is Stage.OVER
                    party.over.append(error)
                case Remark():
                    pass

    def carry_out(self, outputs: list[Output]) -> None:  # noqa: C901
        work = deque(outputs)
        while work:
            match work.popleft():
                case Deliver(cid, frame):
                    for party in self.parties.values():
                        if party.cid == cid:
                            party.down.append(frame)
                case Close(cid=cid) as close:
                    for party in self.parties.values():
                        if party.cid == cid:
                            party.down.append(close)
                case Noted():
                    pass
                case (Authenticate() | Admit()) as asked:
                    for answer in self.gate.carry(asked):
                        work.extend(self.hub.receive_gate_report(answer, self.now))
                case order:
                    for report in self.backplane.carry(order):
                        work.extend(self.hub.receive_report(report, self.now))


@pytest.fixture
def make_cables() -> Callable[..., Cables]:
    return Cables


@pytest.fixture
def cables(make_cables: Callable[..., Cables]) -> Cables:
    return make_cables()


@pytest.fixture
def pair(cables: Cables) -> tuple[Cables, Party, Party]:
    """Alice and Bob, connected and in room r."""
    for name in ("alice", "bob"):
        party = cables.add(name)
        cables.settle()
        cables.ask(party, Join(room="r", meta={"n": name}))
        cables.settle()
    return cables, cables.parties["alice"], cables.parties["bob"]
