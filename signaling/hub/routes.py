"""Which node a message for a member goes to, so that order is kept while members' sessions move.

What was sent to a session over its former node is passed on by that node. Whoever learns of a move,
and has sent something there lately, sends a fence the same way, and holds back what is new until the
fence has come back. The same happens where a sender has come from another node, for what it says
alone: behind what it said there; and where a session comes back, for what comes from others: behind
what was passed on for it. Where a fence does not come back, nobody knows what became of what
was sent before: then the session is told that it may have missed something, and starts again.
"""

from collections.abc import Iterable
from dataclasses import replace

from signaling.hub.state import HubState
from signaling.messages import ServerMessage
from signaling.orders import Fence, FenceReached, Miss, Relay
from signaling.reports import Came, Died, Fenced, FencePassed, Missed, Relayed
from signaling.timers import Deadline
from signaling.traces import Traces

FENCE_TIMEOUT = 5.0
"""Seconds in which a fence comes back, or a node in its way is dead."""
_ROUTE_KEPT = 60.0
_HELD = 256
"""Messages that are held back for one session at most."""
_BACK = "<"
"""In the place of a sender: all others, whose messages may be behind what was passed on."""


class Hold:
    """Messages for a session that wait for a fence, and where they will go then.

    Attributes:
        over: The node that the fence was sent over.
        waiting: The messages, and the fences of others that are to come behind them.
        last: The node that a session was on before it came back here: what was passed on comes from there.
    """

    __slots__ = ("last", "mark", "node", "over", "sid", "waiting")

    def __init__(self, sid: str, node: str, over: str, mark: int) -> None:
        self.sid = sid
        self.node = node
        self.over = over
        self.mark = mark
        self.last = ""
        self.waiting: list[ServerMessage | Fenced] = []


class Routes:
    """Knows the way to sessions that have moved; all the others are where their room says."""

    def __init__(self, state: HubState) -> None:
        self._state = state
        self._nodes: dict[str, str] = {}
        self._holds: dict[str, Hold] = {}
        self._fences: dict[int, str] = {}
        self._traces = Traces()
        self._marks = 0

    @property
    def is_straight(self) -> bool:
        """Whether nobody has moved lately."""
        return not self._nodes and not self._holds

    def node_of(self, sid: str, node: str) -> str:
        """Say where a session is that a room says is on `node`."""
        return self._nodes.get(sid, node)

    def hold_back(self, sid: str, message: ServerMessage, sender: str = "") -> bool | None:
        """Keep a message that has to wait; None if it need not, False if too many wait already."""
        hold = self._hold_for(sid, sender)
        if hold is None:
            return None
        if len(hold.waiting) >= _HELD:
            return False
        hold.waiting.append(message)
        return True

    def carry(self, sid: str, node: str, message: ServerMessage) -> bool:
        """Send a message to a session on another node, or hold it back; False if too many wait already."""
        held = self.hold_back(sid, message)
        if held is None:
            self.send(sid, node, message)
        return held is not False

    def send(self, sid: str, node: str, message: ServerMessage) -> None:
        """Send a message to a session on another node, behind what went to it elsewhere."""
        state = self._state
        last = self._traces.node_of(sid, state.now)
        if last is None or last == node:
            self._traces.leave(sid, node, state.now)
            state.order(Relay(node, sid, message))
        else:
            self.change(sid, node)
            self._holds[sid].waiting.append(message)

    # --- who moves ----------------------------------------------------------------------------

    def change(self, sid: str, node: str) -> None:
        """Take note that a session is on another node than it was."""
        state = self._state
        self._nodes[sid] = node
        state.timers.set(Deadline.ROUTE, sid, state.now + _ROUTE_KEPT)
        hold = self._holds.get(sid)
        if hold is not None:
            hold.node = node
            return
        former = self._traces.node_of(sid, state.now)
        if former is not None and former != node:
            self._fence(sid, node, former)

    def hear_came(self, report: Came) -> None:
        """Hear where a session is to which something may be under way, though nobody here sees it move."""
        if self._traces.node_of(report.sid, self._state.now) is not None:
            self.change(report.sid, report.node)

    def hear_died(self, report: Died) -> None:
        """Expect nothing more of a node: whoever was sent something there and lives on may have missed it."""
        state, node = self._state, report.node
        for key in [key for key, hold in self._holds.items() if hold.over == node]:
            self._release(key, whole=False)
        for sid in self._traces.over(node):
            self._traces.wipe(sid)
            state.order(Miss(None, sid))

    def forget(self, sid: str) -> None:
        """Trust the rooms again."""
        self._nodes.pop(sid, None)

    def under_way(self, sender: str, receivers: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """List sessions that a sender may have something under way to, and the nodes it went to."""
        ways: dict[str, str] = {}
        for sid in receivers:
            hold = self._hold_for(sid, sender)
            node = self._traces.node_of(sid, self._state.now) if hold is None else hold.node
            if node is not None:
                ways[sid] = node
        return tuple(ways.items())

    def follow(self, sender: str, over: str, ways: Iterable[tuple[str, str]]) -> None:
        """Hold back what a sender says that has come from a node, behind what is under way from there."""
        for sid, node in ways:
            if over != self._state.node and _key(sid, sender) not in self._holds:
                self._fence(sid, node, over, sender)

    def come_back(self, sid: str, over: str, last: str) -> None:
        """Let others wait whose messages come for a session that is back, behind what was passed on for it."""
        key = _key(sid, _BACK)
        if key in self._holds:
            self._release(key, whole=False)
        self._fence(sid, self._state.node, over, _BACK)
        self._holds[key].last = last

    def is_early(self, report: Relayed | Fenced) -> bool:
        """Hold back what has come from elsewhere than what was passed on, if that is still to come."""
        hold = self._holds.get(_key(report.sid, _BACK))
        if hold is None or report.source in ("", hold.last):
            return False
        if len(hold.waiting) >= _HELD:
            self.miss(report.sid, self._state.node)
        else:
            hold.waiting.append(report.message if isinstance(report, Relayed) else report)
        return True

    # --- fences -----------------------------------------------------------------------------------

    def _hold_for(self, sid: str, sender: str) -> Hold | None:
        hold = self._holds.get(_key(sid, sender)) if sender else None
        return hold or self._holds.get(sid)

    def _fence(self, sid: str, node: str, over: str, sender: str = "") -> None:
        state, key = self._state, _key(sid, sender)
        self._marks += 1
        self._holds[key] = Hold(sid, node, over, self._marks)
        self._fences[self._marks] = key
        state.timers.set(Deadline.FENCE, key, state.now + FENCE_TIMEOUT)
        state.order(Fence(over, sid, state.node, self._marks, "" if sender == _BACK else sender))

    def hear_fenced(self, report: Fenced) -> None:
        """Pass a fence on behind what was passed on, or answer it: well where the session is."""
        state, sid = self._state, report.sid
        onward = state.forwards.get(sid)
        whole = sid in state.sessions
        if report.back_to == state.node and self._fences.get(report.mark) == _key(sid, _BACK):
            self.hear_fence_passed(FencePassed(sid, report.mark, whole or onward is not None))
            return
        if self.is_early(report):
            return
        if report.sender in state.forwards:
            hold = self._hold_for(sid, report.sender)
            if hold is not None:
                hold.waiting.append(report)
                return
            if onward is None and not whole:
                onward, whole = self._traces.node_of(sid, state.now), True
        if onward is not None:
            state.order(Fence(onward, sid, report.back_to, report.mark))
        elif report.back_to == state.node:
            self.hear_fence_passed(FencePassed(sid, report.mark, whole))
        else:
            state.order(FenceReached(report.back_to, sid, report.mark, whole))

    def hear_fence_passed(self, report: FencePassed) -> None:
        """Let go what was held back for it."""
        key = self._fences.get(report.mark)
        if key is not None:
            self._release(key, whole=report.whole)

    def give_up(self, key: str) -> None:
        """Wait no longer for a fence: the session starts again; while we are cut off there is time."""
        state = self._state
        if state.is_reachable:
            self._release(key, whole=False)
        else:
            state.timers.set(Deadline.FENCE, key, state.now + FENCE_TIMEOUT)

    def _release(self, key: str, *, whole: bool) -> None:
        """Let go what was held back for a session; the caller takes what is for one here."""
        state = self._state
        hold = self._holds.pop(key)
        del self._fences[hold.mark]
        state.timers.cancel(Deadline.FENCE, key)
        sid, node = hold.sid, hold.node
        if key == sid:
            self._traces.wipe(sid)
        else:
            node = self.node_of(sid, node)
        if node == state.node:
            node = state.forwards.get(sid, node)
        if not whole:
            self.miss(sid, node)
        let_go = self._let_in if key == _key(sid, _BACK) else self._let_go
        for each in hold.waiting:
            let_go(sid, node, each)

    def _let_in(self, sid: str, _node: str, waiting: ServerMessage | Fenced) -> None:
        """Take what has come too early as if it came now."""
        arrived = self._state.arrived
        if isinstance(waiting, Fenced):
            arrived.append(replace(waiting, source=""))
        else:
            arrived.append(Relayed(sid, waiting))

    def _let_go(self, sid: str, node: str, waiting: ServerMessage | Fenced) -> None:
        """Let one message go, or a fence behind it; for one here they are kept in their order."""
        state = self._state
        if isinstance(waiting, Fenced) and sid in self._holds:
            self._holds[sid].waiting.append(waiting)
        elif isinstance(waiting, Fenced) and node == state.node:
            state.arrived.append(replace(waiting, sender=""))
        elif isinstance(waiting, Fenced):
            state.order(Fence(node, sid, waiting.back_to, waiting.mark))
        elif node == state.node and sid not in self._holds:
            state.arrived.append(Relayed(sid, waiting))
        elif not self.carry(sid, node, waiting):
            self.miss(sid, node)

    def miss(self, sid: str, node: str) -> None:
        """Let a session start again, wherever it is; the caller takes what is for one here."""
        state = self._state
        if node == state.node:
            state.arrived.append(Missed(sid))
        else:
            self._traces.leave(sid, node, state.now)
            state.order(Miss(node, sid))


def _key(sid: str, sender: str) -> str:
    return f"{sid} {sender}" if sender else sid
