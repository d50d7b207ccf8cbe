"""Which node a message for a member goes to, so that order is kept while members' sessions move.

What was sent to a session over its former node is passed on by that node. Whoever learns of a move
sends a fence the same way, and holds back what is new until the fence has come back, or for a second
if the former node is dead.
"""

from signaling.hubstate import HubState
from signaling.messages import Forwarded
from signaling.orders import Fence, FenceReached, Relay
from signaling.reports import Fenced, FencePassed, Relayed
from signaling.timers import Deadline

FENCE_TIMEOUT = 1.0
_ROUTE_KEPT = 60.0
_HELD = 256
"""Messages that are held back for one session at most."""


class Hold:
    """Messages for a session that wait for its fence, and where they will go then."""

    __slots__ = ("messages", "node")

    def __init__(self, node: str) -> None:
        self.node = node
        self.messages: list[Forwarded] = []


class Routes:
    """Knows the way to sessions that have moved; all the others are where their room says."""

    def __init__(self, state: HubState) -> None:
        self._state = state
        self._nodes: dict[str, str] = {}
        self._holds: dict[str, Hold] = {}

    @property
    def is_straight(self) -> bool:
        """Whether nobody has moved lately."""
        return not self._nodes and not self._holds

    def node_of(self, sid: str, node: str) -> str:
        """Say where a session is that a room says is on `node`."""
        return self._nodes.get(sid, node)

    def hold_back(self, sid: str, message: Forwarded) -> bool | None:
        """Keep a message that has to wait; None if it need not, False if too many wait already."""
        hold = self._holds.get(sid)
        if hold is None:
            return None
        if len(hold.messages) >= _HELD:
            return False
        hold.messages.append(message)
        return True

    def change(self, sid: str, former: str, node: str) -> None:
        """Take note that a session is on another node than it was."""
        state = self._state
        former = self._nodes.get(sid, former)
        state.timers.set(Deadline.ROUTE, sid, state.now + _ROUTE_KEPT)
        if former == node:
            return
        self._nodes[sid] = node
        hold = self._holds.get(sid)
        if hold is not None:
            hold.node = node
        elif former != state.node:
            self._holds[sid] = Hold(node)
            state.timers.set(Deadline.FENCE, sid, state.now + FENCE_TIMEOUT)
            state.order(Fence(former, sid, state.node))

    def forget(self, sid: str) -> None:
        """Trust the rooms again."""
        self._nodes.pop(sid, None)

    # --- fences -----------------------------------------------------------------------------------

    def hear_fenced(self, report: Fenced) -> None:
        """Pass a fence on behind what was passed on, or answer it where the session is."""
        state = self._state
        onward = state.forwards.get(report.sid)
        if onward is not None:
            state.order(Fence(onward, report.sid, report.back_to))
        elif report.back_to == state.node:
            self.release(report.sid)
        else:
            state.order(FenceReached(report.back_to, report.sid))

    def hear_fence_passed(self, report: FencePassed) -> None:
        """Let go what was held back."""
        self.release(report.sid)

    def release(self, sid: str) -> None:
        """Let go what was held back for a session; the caller takes what is for one here."""
        state = self._state
        hold = self._holds.pop(sid, None)
        if hold is None:
            return
        state.timers.cancel(Deadline.FENCE, sid)
        if hold.node == state.node:
            state.arrived += [Relayed(sid, message) for message in hold.messages]
        else:
            for message in hold.messages:
                state.order(Relay(hold.node, sid, message))
