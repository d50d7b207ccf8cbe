"""Which node a message for a member goes to, so that order is kept while members' sessions move.

What was sent to a session over its former node is passed on by that node. Whoever learns of a move,
and has sent something there lately, sends a fence the same way, and holds back what is new until the
fence has come back. Where it does not, nobody knows what became of what was sent before: then the
session is told that it may have missed something, and starts again.
"""

from signaling.hubstate import HubState
from signaling.messages import ServerMessage
from signaling.orders import Fence, FenceReached, Miss, Relay
from signaling.reports import Came, Fenced, FencePassed, Missed, Relayed
from signaling.timers import Deadline
from signaling.traces import Traces

FENCE_TIMEOUT = 5.0
"""Seconds in which a fence comes back, or a node in its way is dead."""
_ROUTE_KEPT = 60.0
_HELD = 256
"""Messages that are held back for one session at most."""


class Hold:
    """Messages for a session that wait for its fence, and where they will go then."""

    __slots__ = ("mark", "messages", "node")

    def __init__(self, node: str, mark: int) -> None:
        self.node = node
        self.mark = mark
        self.messages: list[ServerMessage] = []


class Routes:
    """Knows the way to sessions that have moved; all the others are where their room says."""

    def __init__(self, state: HubState) -> None:
        self._state = state
        self._nodes: dict[str, str] = {}
        self._holds: dict[str, Hold] = {}
        self._traces = Traces()
        self._marks = 0

    @property
    def is_straight(self) -> bool:
        """Whether nobody has moved lately."""
        return not self._nodes and not self._holds

    def node_of(self, sid: str, node: str) -> str:
        """Say where a session is that a room says is on `node`."""
        return self._nodes.get(sid, node)

    def hold_back(self, sid: str, message: ServerMessage) -> bool | None:
        """Keep a message that has to wait; None if it need not, False if too many wait already."""
        hold = self._holds.get(sid)
        if hold is None:
            return None
        if len(hold.messages) >= _HELD:
            return False
        hold.messages.append(message)
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
            self._holds[sid].messages.append(message)

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
            self._marks += 1
            self._holds[sid] = Hold(node, self._marks)
            state.timers.set(Deadline.FENCE, sid, state.now + FENCE_TIMEOUT)
            state.order(Fence(former, sid, state.node, self._marks))

    def hear_came(self, report: Came) -> None:
        """Hear where a session is to which something may be under way, though nobody here sees it move."""
        if self._traces.node_of(report.sid, self._state.now) is not None:
            self.change(report.sid, report.node)

    def forget(self, sid: str) -> None:
        """Trust the rooms again."""
        self._nodes.pop(sid, None)

    # --- fences -----------------------------------------------------------------------------------

    def hear_fenced(self, report: Fenced) -> None:
        """Pass a fence on behind what was passed on, or answer it: well where the session is."""
        state, sid, mark = self._state, report.sid, report.mark
        onward = state.forwards.get(sid)
        whole = sid in state.sessions
        if onward is not None:
            state.order(Fence(onward, sid, report.back_to, mark))
        elif report.back_to == state.node:
            self.hear_fence_passed(FencePassed(sid, mark, whole))
        else:
            state.order(FenceReached(report.back_to, sid, mark, whole))

    def hear_fence_passed(self, report: FencePassed) -> None:
        """Let go what was held back."""
        hold = self._holds.get(report.sid)
        if hold is not None and hold.mark == report.mark:
            self._release(report.sid, whole=report.whole)

    def give_up(self, sid: str) -> None:
        """Wait no longer for a fence: the session starts again; while we are cut off there is time."""
        state = self._state
        if state.is_reachable:
            self._release(sid, whole=False)
        else:
            state.timers.set(Deadline.FENCE, sid, state.now + FENCE_TIMEOUT)

    def _release(self, sid: str, *, whole: bool) -> None:
        """Let go what was held back for a session; the caller takes what is for one here."""
        state = self._state
        hold = self._holds.pop(sid)
        state.timers.cancel(Deadline.FENCE, sid)
        self._traces.wipe(sid)
        node = hold.node
        if node == state.node:
            node = state.forwards.get(sid, node)
        if not whole:
            self.miss(sid, node)
        if node == state.node:
            state.arrived += [Relayed(sid, message) for message in hold.messages]
        else:
            for message in hold.messages:
                self.send(sid, node, message)

    def miss(self, sid: str, node: str) -> None:
        """Let a session start again, wherever it is; the caller takes what is for one here."""
        state = self._state
        if node == state.node:
            state.arrived.append(Missed(sid))
        else:
            self._traces.leave(sid, node, state.now)
            state.order(Miss(node, sid))
