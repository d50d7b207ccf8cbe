"""Several node cores around one stand-in for the server, in time that only moves when told to."""

from collections import deque
from typing import Any

from signaling.nodes.calls import Call, Publish
from signaling.nodes.core import NodeCore
from signaling.nodes.stages import Output, Reconnect, Stage
from signaling.orders import Order
from tests.signaling.nodes.standin import Store


class Node:
    """A core, its connection, and what its hub heard."""

    def __init__(self, name: str, process: int) -> None:
        self.core = NodeCore(name, process)
        self.name = name
        self.heard: list[Any] = []
        self.connected = False
        self.paused = False
        self.inbox: deque[bytes] = deque()
        self.down_since = 0.0


class Fleet:
    """The nodes, and the server between them."""

    def __init__(self, *names: str) -> None:
        self.now = 1000.0
        self.runs = self.processes = 1
        self.store = Store("run1")
        self.reachable = True
        self.nodes: dict[str, Node] = {}
        for name in names:
            self.start(name)
        self.settle()

    def start(self, name: str) -> Node:
        self.processes += 1
        self.nodes[name] = Node(name, self.processes)
        return self.nodes[name]

    def kill(self, name: str) -> None:
        del self.nodes[name]

    def restart_server(self, *, empty: bool) -> None:
        self.runs += 1
        if empty:
            self.store = Store(f"run{self.runs}")
        self.store.run = f"run{self.runs}"
        for node in self.nodes.values():
            self.cut(node)

    def cut(self, node: Node, *, unheard: int = 0) -> None:
        """Break a node's connections; its last calls are carried out (`unheard` of them) or not."""
        unanswered = node.core.take() if node.connected else []
        if self.reachable:
            for each in unanswered[:unheard]:
                self._evaluate(node, each)
        was = node.connected
        node.connected = False
        node.inbox.clear()
        if was:
            self._give(node, node.core.receive_down(unanswered))

    def order(self, name: str, order: Order) -> None:
        node = self.nodes[name]
        self._give(node, node.core.receive_order(order, self.now))

    def settle(self, seconds: float = 0.0, step: float = 0.1) -> None:
        """Let everything run until nothing is under way, and time pass."""
        self.run()
        end = self.now + seconds
        while self.now < end - 1e-9:
            self.now += step
            self.run()

    def run(self) -> None:
        """Do what is to be done at this moment."""
        for node in list(self.nodes.values()):
            if node.paused:
                continue
            if not node.connected and self.reachable:
                node.connected = True
                node.core.receive_up(self.now)
            deadline = node.core.next_deadline()
            if deadline is not None and deadline <= self.now:
                self._give(node, node.core.handle_timer(self.now))
        busy = True
        while busy:
            busy = any(self._step(node) for node in list(self.nodes.values()))

    def _step(self, node: Node) -> bool:
        if node.paused or not node.connected:
            return False
        if not self.reachable:
            self.cut(node)
            return True
        out = node.core.take()
        results = [(each, self._evaluate(node, each)) for each in out]
        for each, result in results:
            if isinstance(each, Call):
                self._give(node, node.core.receive_result(each, result, self.now))
        read = bool(node.inbox)
        while node.inbox:
            self._give(node, node.core.receive_letter(node.inbox.popleft(), self.now))
        return bool(out) or read

    def _evaluate(self, node: Node, each: Call | Publish) -> Any:
        if isinstance(each, Publish):
            self._publish(each.node, each.letter)
            return 1
        life = node.core.incarnation
        result, published = self.store.evaluate(
            each.script, node.name, self.store.run, life, each.arguments, self.now
        )
        for name, letter in published:
            self._publish(name, letter)
        return result

    def _publish(self, name: str, letter: bytes) -> None:
        node = self.nodes.get(name)
        if node is not None and node.connected:
            node.inbox.append(letter)

    def _give(self, node: Node, outputs: list[Output]) -> None:
        for each in outputs:
            if isinstance(each, Reconnect):
                node.connected = False
                node.inbox.clear()
            else:
                node.heard.append(each)

    def are_up(self) -> bool:
        return all(node.core.stage is Stage.UP for node in self.nodes.values())
