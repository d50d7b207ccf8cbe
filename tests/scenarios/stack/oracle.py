"""What was said is held against what was heard: once, in order, or somebody was told."""

import itertools
from collections import defaultdict
from collections.abc import Iterable

from tests.scenarios.stack.users import Heard, Stream, User


def check(users: Iterable[User]) -> None:
    """Hold everything that was said against what was heard.

    Nothing comes twice, and nothing before what was said earlier. What did not come at all was told:
    to its sender that it is undelivered, that its session or its stay in the room has ended, or that
    the receiver has left; or to the receiver that it has started again.
    """
    by_name = {user.name: user for user in users}
    for receiver in by_name.values():
        heard: dict[Stream, list[Heard]] = defaultdict(list)
        for each in receiver.told.heard:
            heard[each.stream].append(each)
        for stream, came in heard.items():
            _check_order(receiver, came)
            assert stream in by_name[stream.sender].told.said, f"{stream} was never said"
        for sender in by_name.values():
            for stream, said in sender.told.said.items():
                if stream.to == receiver.name:
                    _check_holes(sender, receiver, stream, said, heard.get(stream, []))


def _check_order(receiver: User, came: list[Heard]) -> None:
    for before, after in itertools.pairwise(came):
        again = f"{receiver.name} heard {after.number} after {before.number} of {after.stream}"
        assert after.number > before.number, again


def _check_holes(
    sender: User, receiver: User, stream: Stream, said: list[float], came: list[Heard]
) -> None:
    by_number = {each.number: each for each in came}
    missing: list[int] = []
    session = 0
    for number in range(1, len(said) + 1):
        heard = by_number.get(number)
        if heard is not None:
            end = float("inf") if heard.session != session else heard.time + 0.1
            is_excused = _is_told_of_another(sender, receiver, stream, said, missing, end)
            assert is_excused or not missing, _lost(receiver, stream, missing, said)
            missing, session = [], heard.session
        elif (stream, number) not in sender.told.undelivered:
            missing.append(number)
    if missing:
        left = sender.told.left.get(stream.room, ())
        is_excused = any(time > said[missing[-1] - 1] for time in left)
        is_excused = is_excused or _is_told_of_another(sender, receiver, stream, said, missing)
        assert is_excused, _lost(receiver, stream, missing, said)


def _is_told_of_another(
    sender: User,
    receiver: User,
    stream: Stream,
    said: list[float],
    missing: list[int],
    end: float = float("inf"),
) -> bool:
    """Say whether one of both was told, after the last of these was said, that the receiver came anew."""
    if not missing:
        return True
    begin = said[missing[-1] - 1]
    entered = receiver.told.entered.get(stream.room, ())
    parted = sender.told.parted.get((stream.room, receiver.name), ())
    return any(begin < time < end for time in (*entered, *parted))


def _lost(receiver: User, stream: Stream, missing: list[int], said: list[float]) -> str:
    times = [round(said[number - 1], 3) for number in missing]
    return f"{receiver.name} missed {missing} of {stream}, said at {times}; nobody was told"


def unwell(users: list[User], now: float) -> str:
    """Say what is not as it should be once peace has returned; empty if all is well."""
    for user in users:
        client = user.client
        if client is None or not client.is_connected:
            return f"{user.name} is not connected"
        if set(client.rooms) != set(user.wanted) or set(user.rosters) != set(user.wanted):
            return f"{user.name} is in {client.rooms} and knows {[*user.rosters]}, not in {user.wanted}"
        for room in user.wanted:
            others = {u.name: "here" for u in users if u is not user and room in u.wanted}
            if user.rosters[room] != others:
                return f"{user.name} knows {user.rosters[room]} in {room}, not {others}"
    return _unheard(users, now)


def _unheard(users: list[User], now: float) -> str:
    """Whoever talks when all is well is heard within a second."""
    for sender in users:
        for room in sender.wanted:
            for to in sender.rosters[room]:
                (receiver,) = (user for user in users if user.name == to)
                stream, number = sender.last_said(room, to, now - 1.0)
                if not 0 < number <= receiver.told.newest.get(stream, 0):
                    return f"{to} has not heard {number} of {stream}"
    return ""
