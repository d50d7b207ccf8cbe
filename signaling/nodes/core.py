"""One node among many, without I/O: what it asks the server for, tells other nodes, and believes.

Rule 1. An order about a room is decided by a script on the server and by nothing else; its reports
come out of this node's inbox, in the order of `rev`.
Rule 2. While the server is away nobody comes in. What members of this node do otherwise happens
here at once, is held, and is told to the server when it is back; then the server's word counts.
Rule 3. A node that has not renewed its lease in time holds its tongue until it has registered again.
Rule 4. After every absence this node says which members it has in which room, and looks at all of
its rooms. Nothing that was missed has to be guessed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from signaling.codes import ErrorCode
from signaling.messages import LeaveReason
from signaling.nodes import calls, codec
from signaling.nodes.asked import Asked
from signaling.nodes.calls import Call, Publish
from signaling.nodes.following import Doubtful, Following
from signaling.nodes.given import Given
from signaling.nodes.held import Held
from signaling.nodes.letters import Beat, RoomReport, Rooms
from signaling.nodes.post import Post
from signaling.nodes.stages import NameTaken, Output, Reconnect, Stage, Times
from signaling.nodes.talk import Talk
from signaling.orders import (
    Claim,
    Come,
    Copy,
    Enter,
    Exit,
    Fence,
    FenceReached,
    HandOver,
    Miss,
    Order,
    Rehome,
    Relay,
)
from signaling.reports import (
    Arrived,
    Departed,
    Entered,
    HandedOver,
    Moved,
    Reach,
    Turned,
)

HELD: Final = 10_000
"""Orders that are held while the server is away; of those before, `restore` says what is left."""
SILENCE: Final = 3.5
"""Seconds without a word from our own inbox after which its connection is not believed in."""
RETRY_AFTER: Final = 1.0


class NodeCore:
    """A node's part of the backplane.

    Args:
        node: Its name.
        process: Which process of that name this is; a later one has a higher number.
    """

    def __init__(self, node: str, process: int, times: Times | None = None) -> None:
        self.stage = Stage.DOWN
        self._node = node
        self._process = process
        self._times = times or Times()
        self._following = Following(node)
        self._asked = Asked(self._times.patience)
        self._post = Post(node, process)
        self._held = Held(HELD)
        self._orders = 0
        self._out: list[Call | Publish] = []
        self._rehoming: set[tuple[str, str]] = set()
        self._given = Given()
        self._talk = Talk(node, self._post, self._asked, self._given)
        self._lives: list[str] = []
        self._registrations = 0
        self._told = 0
        self._living: set[str] = set()
        self._renewed = self._heard = self._next_renewal = 0.0
        self._reached: bool | None = None

    @property
    def incarnation(self) -> str:
        """Under which number the server knows this node; empty before it does."""
        return self._lives[-1] if self._lives else ""

    @property
    def living(self) -> frozenset[str]:
        """The nodes that are alive, as far as is known."""
        return frozenset(self._living)

    @property
    def copies(self) -> dict[str, Copy]:
        """The rooms that members of this node are in, as far as is known; not to be changed."""
        return self._following.rooms

    def take(self) -> list[Call | Publish]:
        """Take what is to be sent, in order."""
        self._post_letters()
        out, self._out = self._out, []
        return out

    # --- the hub's orders ---------------------------------------------------------------------

    def receive_order(self, order: Order, now: float) -> list[Output]:
        """Carry out an order, and return what is known about it at once."""
        late = self._suspect(now)
        match order:
            case Relay() | Claim() | HandOver() | Fence() | FenceReached() | Miss() | Come():
                is_up = self.stage is Stage.UP
                return [*late, *self._talk.say(order, now, self._living, is_up=is_up)]
            case Enter() if self.stage is not Stage.UP or len(self._out) > HELD:
                return [*late, _turned(order, ErrorCode.UNAVAILABLE)]
            case Enter():
                self._asked.ask_in(order, now)
            case Rehome():
                self._rehoming.add((order.room, order.sid))
        if self.stage is not Stage.UP:
            self._orders += 1
            return [*late, *self._hold(order, self._orders)]
        self._carry(order)
        return late

    def _hold(self, order: Order, number: int) -> list[Output]:
        """Keep an order for later, and do what it says here, and again what holds over it."""
        return [
            report
            for each in self._held.add(number, order)
            for report in self._following.change_alone(each)
        ]

    # --- the connection -----------------------------------------------------------------------

    def receive_up(self, now: float) -> None:
        """Hear that the server can be reached, and that our inbox is listened to."""
        self._registrations += 1
        self._told = 0
        self._renewed = self._heard = now
        self._next_renewal = now + self._times.renewal
        self.stage = Stage.REGISTERING
        met = {each.node for copy in self.copies.values() for each in copy.members.values()}
        roster = sorted(self._living | met)
        self._out.clear()
        self._call(calls.register(self.incarnation, self._stamp(), self._times.lease, roster))

    def receive_down(self, unanswered: Iterable[Call | Publish]) -> list[Output]:
        """Hear that the server is away; nobody knows whether the unanswered calls were heard."""
        unsent = [*unanswered, *self._out]
        self._out.clear()
        self.stage = Stage.DOWN
        outputs: list[Output] = []
        for each in unsent:
            if isinstance(each, Call):
                outputs += self._hold_again(each)
        outputs += self._give_up()
        self._following.doubt_all()
        if self._reached is not False:
            outputs.append(Reach(up=False))
        self._reached = False
        return outputs

    def _hold_again(self, call: Call) -> list[Output]:
        if call.order is None or isinstance(call.order, Enter):
            return []
        return self._hold(call.order, call.number)

    def _give_up(self) -> Iterator[Output]:
        for enter in self._asked.take_enters():
            yield _turned(enter, ErrorCode.UNAVAILABLE)
        for claim in self._asked.take_claims():
            yield HandedOver(claim.connection, None)

    def _suspect(self, now: float) -> list[Output]:
        """Notice that this process has slept, or the server has."""
        if self.stage is Stage.DOWN:
            return []
        if now - self._renewed > self._times.lease:
            return self._lose(f"the lease was not renewed for {now - self._renewed:.1f} s")
        if now - self._heard > SILENCE:
            return self._lose(f"the inbox is silent for {now - self._heard:.1f} s")
        return []

    def _lose(self, reason: str) -> list[Output]:
        return [*self.receive_down(()), Reconnect(reason)]

    # --- answers to calls ---------------------------------------------------------------------

    def receive_result(self, call: Call, result: Any, now: float) -> list[Output]:
        """Hear what a script answered."""
        status, *rest = result if isinstance(result, list) else [result]
        if self.stage is Stage.DOWN:
            return [] if _text(status) == "OK" else self._hold_again(call)
        match _text(status):
            case "TAKEN":
                return [NameTaken(float(rest[0]) / 1000)]
            case "CHANGED" | "FENCED" as why:
                held = self._hold_again(call)
                return [*held, *self._lose(f"the server says {why.lower()}")]
            case "MORE":
                self._call(call)
            case "OK" if call.script == "register":
                self._hear_registered(rest)
            case "OK" if call.script == "renew":
                return self._hear_renewed(rest, now)
        return []

    def _hear_registered(self, result: list[Any]) -> None:
        incarnation, rooms = _text(result[0]), map(_text, result[1])
        if incarnation != self.incarnation:
            self._lives = [*self._lives[-8:], incarnation]
        self.stage = Stage.RESTORING
        self._flush_held()
        known = self._following.rooms
        for room in sorted({*known, *rooms}):
            own = [m for m in self._following.own(room) if m.sid not in self._given.sids]
            lives, spared = self._lives, [*self._given.sids]
            self._call(calls.restore(room, known.get(room), own, lives, spared))
        self._call(calls.RESTORED)
        self._call(calls.renew(self._times.lease, self._stamp()))

    def _hear_renewed(self, result: list[Any], now: float) -> list[Output]:
        restoring, due, living, dead = result
        self._renewed = now
        names = {_text(node) for node in living}
        outputs = self._hear_roster(names | self._living if restoring else names, now)
        if self.stage is Stage.RESTORING:
            if restoring:
                self._next_renewal = now + self._times.renewal / 5
            else:
                outputs += self._begin()
        for corpse in dead:
            self._call(calls.reap(_text(corpse), self._times.grace))
        if due:
            self._call(calls.BURY)
        return outputs

    def _begin(self) -> list[Output]:
        self._flush_held()
        for room in self._following.doubt_all():
            self._look(room)
        self.stage = Stage.UP
        self._reached = True
        return [Reach(up=True)]

    def _hear_roster(self, living: set[str], now: float) -> list[Output]:
        outputs: list[Output] = []
        for node in self._living - living:
            outputs += self._talk.bury(node, now)
        for node in living - self._living:
            self._post.revive(node)
        self._living = living
        return outputs

    def _flush_held(self) -> None:
        for number, order in self._held.take():
            self._call(replace(calls.carry(order), number=number))

    # --- the inbox ----------------------------------------------------------------------------

    def receive_letter(self, data: bytes, now: float) -> list[Output]:
        """Read what came out of our inbox.

        Raises:
            DecodeError: No node of this version wrote that.
        """
        letter = codec.decode(data)
        if self.stage is Stage.DOWN:
            return []
        match letter:
            case Rooms():
                return self._hear_rooms(letter)
            case Beat():
                if letter.stamp == self._stamp():
                    self._heard = now
                    self._notice_hole(letter.told)
                return []
            case _:
                reports, answers = self._post.receive(letter, now)
                self._out += answers
                return [self._talk.hear(report) for report in reports]

    def _hear_rooms(self, letter: Rooms) -> list[Output]:
        if letter.stamp != self._stamp() or letter.number <= self._told:
            return []
        self._notice_hole(letter.number - 1)
        self._told = letter.number
        return [each for report in letter.reports for each in self._hear_room(report)]

    def _notice_hole(self, told: int) -> None:
        """Look at every room, and ask again what was not answered, if reports are missing."""
        if told <= self._told:
            return
        self._told = told
        for room in self._following.doubt_all():
            self._look(room)
        for enter in self._asked.enters():
            self._call(calls.carry(enter))

    def _hear_room(self, written: RoomReport) -> Iterator[Output]:
        report = codec.read_report(written)
        if isinstance(report, Entered | Turned) and not self._asked.answer(report):
            if isinstance(report, Turned):
                return
            report = Arrived(report.room, report.member, report.rev)
        if isinstance(report, Departed):
            whose = (report.room, report.sid)
            if report.room not in self._following.rooms and whose not in self._rehoming:
                return
            self._rehoming.discard(whose)
        if isinstance(report, Moved):
            self._given.settle(report.sid)
        for each in self._following.hear(report):
            if isinstance(each, Doubtful):
                self._look(each.room)
            else:
                yield each

    # --- time ---------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Say when `handle_timer` wants to be called."""
        renewal = None if self.stage is Stage.DOWN else self._next_renewal
        times = (renewal, self._asked.next_deadline())
        return min((time for time in times if time is not None), default=None)

    def handle_timer(self, now: float) -> list[Output]:
        """Renew the lease, remind other nodes, and answer who has waited too long."""
        outputs = self._suspect(now)
        for enter in self._asked.take_enters(now):
            outputs.append(_turned(enter, ErrorCode.BUS_TIMEOUT))
            member = enter.member
            self._carry(Exit(enter.room, member.peer, member.sid, LeaveReason.LOST))
        for claim in self._asked.take_claims(now):
            outputs.append(HandedOver(claim.connection, None))
        for sid in self._given.take_late(now):
            self._clear_away(sid)
        if self.stage is not Stage.DOWN and now >= self._next_renewal:
            self._next_renewal = now + self._times.renewal
            if self.stage is not Stage.REGISTERING:
                self._call(calls.renew(self._times.lease, self._stamp()))
                self._out += self._post.beat(now)
        return outputs

    def leave(self) -> None:
        """Give the lease back."""
        if self.stage in (Stage.RESTORING, Stage.UP):
            self._call(calls.UNREGISTER)
            self._next_renewal = float("inf")

    def _clear_away(self, sid: str) -> None:
        """Take a session that was given away, and arrived nowhere, out of its rooms."""
        for room in list(self._following.rooms):
            for member in self._following.own(room):
                if member.sid == sid:
                    self._carry(Exit(room, member.peer, sid, LeaveReason.LOST))

    # --- small steps --------------------------------------------------------------------------

    def _look(self, room: str) -> None:
        self._call(calls.look(room, self._following.rooms[room].terms))

    def _carry(self, order: Order) -> None:
        self._orders += 1
        self._call(replace(calls.carry(order), number=self._orders))

    def _call(self, call: Call) -> None:
        self._post_letters()
        self._out.append(call)

    def _post_letters(self) -> None:
        if self.stage is Stage.UP:
            self._out += self._post.take()

    def _stamp(self) -> str:
        return f"{self._process}.{self._registrations}"


def _turned(order: Enter, code: ErrorCode) -> Turned:
    return Turned(order.room, order.member.sid, code, order.request, RETRY_AFTER)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
