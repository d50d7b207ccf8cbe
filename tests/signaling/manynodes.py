"""Several hubs with the reference membership between them; every report may come as late as it likes.

Orders of one node take effect in the order in which it gave them. Reports about one room come to a
node in the order of the room's `rev`, and what one node sends another in the order of sending; apart
from that anything may overtake anything. Nothing happens by itself: `step` lets one thing happen,
`settle` everything, by turns that `choose` takes.
"""

import json
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import replace

from signaling.gate import Admit, Authenticate, Gate, OpenGate
from signaling.hub.hub import Hub
from signaling.journal import Noted
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger.dealings import Order as DeskOrder
from signaling.membership import Membership
from signaling.messages import IceServer
from signaling.orders import Claim, Come, Fence, Miss, Order, Relay
from signaling.outputs import Close, Deliver, Output
from signaling.reports import Came, Died, FencePassed, HandedOver, Missed, Report
from signaling.settings import Settings

ICE = (IceServer(("stun:198.51.100.1:3478",)),)
Event = tuple[str, object]


class Node:
    """A hub, the orders that it has given, the streams of reports on their way to it, and whom it knows dead."""

    def __init__(self, name: str, settings: Settings, gate: Gate) -> None:
        self.name = name
        queues = (Queue("duel"),)
        self.hub = Hub(replace(settings, node=name), ice=lambda sid, region: ICE, queues=queues)
        self.gate = gate
        self.orders: deque[Order] = deque()
        self.streams: dict[tuple[str, str], deque[Report]] = {}
        self.clients: dict[str, Client] = {}
        self.stuck: set[str] = set()
        self.mourned: set[str] = set()


class ManyNodes:
    """Nodes, and the membership that they share.

    Args:
        names: Of the nodes.
        settings: Of all of them but for the name.
        choose: Takes one of so many possible events: `choose(n)` is in `range(n)`.
    """

    def __init__(
        self, names: Iterable[str], settings: Settings, choose: Callable[[int], int] = lambda n: 0
    ) -> None:
        self.now = 1000.0
        self.settings = settings
        self.choose = choose
        self.membership = Membership()
        self.nodes: dict[str, Node] = {}
        self.noted: list[tuple[str, Noted]] = []
        self.desk: list[tuple[str, DeskOrder]] = []
        self.cids = 0
        self.dying: list[str] = []
        for name in names:
            self.start(name)

    # --- nodes ------------------------------------------------------------------------------------

    def start(self, name: str, gate: Gate | None = None) -> None:
        """Start a node, perhaps again."""
        self.membership.revive(name)
        self.nodes[name] = Node(name, self.settings, gate or OpenGate())

    def kill(self, name: str, grace: float = 30.0, *, lost: int = 0) -> None:
        """Let a node die with all that it had not yet said; the others notice.

        Of what it said to each of them, up to the last `lost` words were on their way and are lost.
        """
        node = self.nodes.pop(name)
        for other in self.nodes.values():
            stream = other.streams.get(("from", name), deque())
            for _ in range(min(lost, len(stream))):
                stream.pop()
            if not stream:
                other.streams.pop(("from", name), None)
        for client in list(node.clients.values()):
            client.lose()
        for dest, report in self.membership.bury(name, grace):
            self._send(name, dest, report)
        self.dying.append(name)

    def _announce_deaths(self) -> None:
        """Let nodes know of a death once they have heard all that the dead one said: leases are long."""
        for name in list(self.dying):
            if not any(("from", name) in node.streams for node in self.nodes.values()):
                self.dying.remove(name)
                for node in self.nodes.values():
                    node.streams["died", name] = deque([Died(name)])

    def sweep(self, name: str) -> None:
        """Take out the members of a dead node."""
        for dest, report in self.membership.sweep(name):
            self._send(name, dest, report)

    # --- what happens -----------------------------------------------------------------------------

    @property
    def pending(self) -> list[tuple[Node, tuple[str, str] | None]]:
        """List what could happen next: a node's next order, or the next report of a stream."""
        events: list[tuple[Node, tuple[str, str] | None]] = []
        for node in self.nodes.values():
            if node.orders:
                events.append((node, None))
            events += [(node, key) for key, stream in node.streams.items() if stream]
        return events

    def step(self) -> bool:
        """Let one thing happen; False if nothing can."""
        self._announce_deaths()
        pending = self.pending
        if not pending:
            return False
        node, key = pending[self.choose(len(pending))]
        if key is None:
            self._apply(node)
        else:
            report = node.streams[key].popleft()
            if isinstance(report, Died):
                node.mourned.add(report.node)
            if not node.streams[key]:
                del node.streams[key]
            self.carry_out(node, node.hub.receive_report(report, self.now))
        return True

    def settle(self) -> None:
        """Let everything happen that can without time passing."""
        while self.step():
            pass

    def pass_time(self, seconds: float) -> None:
        """Let time pass, from deadline to deadline."""
        end = self.now + seconds
        while True:
            due = [node.hub.next_deadline() for node in self.nodes.values()]
            nearest = min((when for when in due if when is not None), default=end)
            self.now = min(max(nearest, self.now), end)
            for node in list(self.nodes.values()):
                self.carry_out(node, node.hub.handle_timer(self.now))
            if nearest >= end:
                return

    def carry_out(self, node: Node, outputs: Iterable[Output]) -> None:
        """Carry out what a hub wants done; orders only begin their way."""
        work = deque(outputs)
        while work:
            match work.popleft():
                case Deliver(cid, frame):
                    if cid in node.stuck:
                        work.extend(node.hub.receive_overflow(cid, frame, self.now))
                    elif cid in node.clients:
                        node.clients[cid].inbox.append(frame)
                case Close(cid, code, _):
                    if cid in node.clients:
                        node.clients.pop(cid).be_closed(code)
                case Noted() as noted:
                    self.noted.append((node.name, noted))
                case (Authenticate() | Admit()) as asked:
                    for answer in node.gate.carry(asked):
                        work.extend(node.hub.receive_gate_report(answer, self.now))
                case order:
                    self._give(node, order)

    def _give(self, node: Node, order: Order | DeskOrder) -> None:
        if isinstance(order, DeskOrder):
            self.desk.append((node.name, order))
        else:
            node.orders.append(order)

    def _apply(self, node: Node) -> None:
        order = node.orders.popleft()
        is_lost = isinstance(order, Relay | Fence) and order.node in node.mourned
        if isinstance(order, Fence) and is_lost:
            self._send(order.node, node.name, FencePassed(order.sid, order.mark, whole=False))
        elif isinstance(order, Relay) and is_lost:
            self._tell_all(node, Missed(order.sid))
        elif isinstance(order, Come):
            self._tell_all(node, Came(order.sid, node.name))
        elif isinstance(order, Miss) and order.node is None:
            self._tell_all(node, Missed(order.sid))
        else:
            self._apply_here(node, order)

    def _tell_all(self, node: Node, report: Report) -> None:
        for name in self.nodes:
            if name != node.name:
                self._send(node.name, name, report)

    def _apply_here(self, node: Node, order: Order) -> None:
        if isinstance(order, Claim) and order.node not in self.nodes:
            self._send(order.node, node.name, HandedOver(order.connection, None))
            return
        for dest, report in self.membership.apply(order, node.name):
            self._send(node.name, dest, report)

    def _send(self, source: str, dest: str, report: Report) -> None:
        node = self.nodes.get(dest)
        room = getattr(report, "room", None)
        key = ("from", source) if room is None else ("room", room)
        if node is not None:
            node.streams.setdefault(key, deque()).append(report)

    def client(self, name: str, **hello: object) -> "Client":
        """Make a client that can come back, under a name of its own."""
        return Client(self, name, hello)


class Client:
    """A client as the protocol wants it: it acknowledges, numbers what it says, and comes back.

    Attributes:
        inbox: Frames that it has not read.
        got: Messages that it has read since it began its session.
        rooms: The members that it knows, by room, with their states.
        starts: How often it had to start again.
        partings: How often it heard that a member left, by name.
        turns: How often it began anew, came into a room, or went out of one.
        is_welcomed: Whether it is, on this connection.
        is_muted: Whether nothing that it says comes through, until it connects again.
        old_tokens: Tokens that are good no longer.
        seq: The number of the last message that it read.
    """

    def __init__(self, world: ManyNodes, name: str, hello: dict) -> None:
        self.world = world
        self.name = name
        self.hello = {"peer": name, "caps": ["resume"]} | hello
        self.node: Node | None = None
        self.cid = ""
        self.sid = ""
        self.token: str | None = None
        self.closed: int | None = None
        self.inbox: deque[bytes] = deque()
        self.got: list[dict] = []
        self.rooms: dict[str, dict[str, str]] = {}
        self.starts = 0
        self.partings: Counter[str] = Counter()
        self.turns = 0
        self.is_muted = False
        self.is_welcomed = False
        self.old_tokens: list[str] = []
        self.seq = 0
        self.said = 0
        self.unheard: dict[int, dict] = {}

    # --- the connection ---------------------------------------------------------------------------

    def connect(self, node: str) -> None:
        """Open a connection and say hello, taking up the session if there was one."""
        self.lose()
        self.is_muted = self.is_welcomed = False
        world = self.world
        world.cids += 1
        self.cid = f"c{world.cids}"
        self.node = world.nodes[node]
        self.node.clients[self.cid] = self
        hub = self.node.hub
        world.carry_out(self.node, hub.receive_connection(self.cid, "198.51.100.7", world.now))
        resume = {} if self.token is None else {"resume": {"token": self.token, "seq": self.seq}}
        self._send({"t": "hello"} | self.hello | resume)

    def lose(self, code: int = 1006, *, read: int = 0) -> None:
        """Lose the connection, and what was not read of it."""
        for _ in range(read):
            if self.inbox:
                self._read_one()
        self.inbox.clear()
        node, self.node = self.node, None
        if node is not None and node.clients.pop(self.cid, None) is not None:
            world = self.world
            world.carry_out(node, node.hub.receive_disconnect(self.cid, code, world.now))

    def be_closed(self, code: int) -> None:
        """Hear that the server closes; what came before that is read."""
        self.closed = code
        self.read()
        self.node = None

    # --- messages ---------------------------------------------------------------------------------

    def say(self, t: str, **fields: object) -> None:
        """Say something that must come in once: again after a resume, if it did not."""
        self.said += 1
        message = {"t": t, "seq": self.said} | fields
        self.unheard[self.said] = message
        if t == "leave":
            self.turns += 1
            self.rooms.pop(str(fields["room"]), None)
        if self.sid:
            self._send(message)

    def read(self) -> None:
        """Read all that has come, and acknowledge it."""
        while self.inbox:
            self._read_one()
        if self.sid:
            self._send({"t": "ack", "ack": self.seq})

    def take(self, t: str | None = None) -> list[dict]:
        """Read all that has come, and take it out, or what is of one type."""
        self.read()
        taken = [message for message in self.got if t in (None, message["t"])]
        self.got = [message for message in self.got if t not in (None, message["t"])]
        return taken

    def _send(self, message: dict) -> None:
        if self.node is None or self.is_muted:
            return
        world, node = self.world, self.node
        world.carry_out(node, node.hub.receive_frame(self.cid, json.dumps(message), world.now))

    def _read_one(self) -> None:
        message = json.loads(self.inbox.popleft())
        if message["t"] == "welcome":
            self._be_welcomed(message)
        elif "seq" in message:
            assert message["seq"] == self.seq + 1, (self.name, self.seq, message)
            self.seq = message.pop("seq")
        if "ack" in message:
            self._be_heard(message["ack"])
        self._follow(message)
        self.got.append(message)

    def _be_welcomed(self, welcome: dict) -> None:
        self.is_welcomed = True
        if self.token is not None and welcome["resumed"]:
            self.old_tokens.append(self.token)
        self.token = welcome.get("resume")
        if welcome["resumed"]:
            assert welcome["sid"] == self.sid
            self._be_heard(welcome.get("ack", 0))
            for message in list(self.unheard.values()):
                self._send(message)
            return
        self.sid = welcome["sid"]
        self.starts += 1
        self.turns += 1
        self.seq = self.said = 0
        self.unheard.clear()
        self.rooms.clear()
        self.old_tokens.clear()

    def _be_heard(self, ack: int) -> None:
        for number in [number for number in self.unheard if number <= ack]:
            del self.unheard[number]

    def _follow(self, message: dict) -> None:
        room = self.rooms.get(message.get("room", ""))
        match message["t"]:
            case "joined":
                self.turns += 1
                peers = message["peers"]
                assert room is None, (self.name, message)
                self.rooms[message["room"]] = {
                    each["peer"]: each.get("state", "here") for each in peers
                }
            case "removed":
                self.turns += 1
                self.rooms.pop(message["room"], None)
            case "peer.join":
                if room is not None:
                    assert message["peer"] not in room, (self.name, message)
                    room[message["peer"]] = "here"
            case "peer.leave":
                self.partings[message["peer"]] += 1
                if room is not None:
                    assert message["peer"] in room, (self.name, message)
                    del room[message["peer"]]
            case "peer.gone" | "peer.back":
                if room is not None:
                    room[message["peer"]] = {"peer.gone": "gone"}.get(message["t"], "here")
