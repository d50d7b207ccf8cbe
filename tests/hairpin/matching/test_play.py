"""Two bots play whole games with each other, tick by tick, over a line that loses what may be lost."""

from random import Random

import pytest

from hairpin.matching.brain import Brain, Skill
from hairpin.matching.play import Guest, Host, Out
from hairpin.matching.rink import Point
from hairpin.matching.wire import (
    Away,
    Begin,
    Goal,
    Over,
    Snapshot,
    Target,
    read_event,
    read_move,
    say,
)


def players(seed: int = 1, skill: Skill | None = None) -> tuple[Host, Guest]:
    skill = skill or Skill()
    return Host(Brain(0, skill, Random(seed))), Guest(Brain(1, skill, Random(seed + 1)))


def tick(host: Host, guest: Guest, lost: bool = False) -> Out:
    out, theirs = host.tick(), guest.tick()
    for said in out.events:
        heard = read_event(say(said))
        assert heard is not None
        guest.hear(heard)
    for moves, other in ((out.moves, guest), (theirs.moves, host)):
        move = read_move(moves)
        if move is not None and not lost:
            other.receive(move)
    return out


@pytest.mark.parametrize("loss", [0.0, 0.5])
def test_a_game_is_played_to_its_end_and_counted_alike(loss: float) -> None:
    host, guest = players()
    random = Random(5)
    guest.hear(host.begin())
    said = []
    for _ in range(60 * 400):
        said += tick(host, guest, random.random() < loss).events
        if host.is_over:
            break
    assert host.is_over
    assert guest.is_over
    assert guest.score == host.score
    assert max(host.score) == 5
    goals = [each.score for each in said if isinstance(each, Goal)]
    assert len(goals) == sum(host.score)
    assert said[-1] == Over(1, host.score.index(5), host.score)


def test_nothing_is_sent_before_a_round_begins() -> None:
    host, guest = players()
    assert host.tick() == guest.tick() == Out()
    assert host.begin() == Begin(1, 0)
    assert host.tick().moves is not None


def test_another_round_begins_from_nothing_with_the_other_side_serving() -> None:
    host, guest = players()
    guest.hear(host.begin())
    tick(host, guest)
    again = host.begin()
    assert again == Begin(2, 1)
    guest.hear(again)
    tick(host, guest)
    assert guest.round == 2
    assert guest.rink.puck.y < 0.8


def test_the_newest_wins() -> None:
    host, guest = players()
    guest.hear(host.begin())
    first, second = (read_move(host.tick().moves) for _ in range(2))
    assert isinstance(first, Snapshot)
    assert isinstance(second, Snapshot)
    guest.receive(second)
    guest.receive(first)
    assert guest.rink.left == second.rink.left
    guest.receive(Snapshot(9, 100, 0, first.rink))
    guest.receive(Target(1, 100, Point(0, 0)))
    assert guest.rink.left == second.rink.left
    for number, x in ((5, 0.2), (4, 0.8)):
        host.receive(Target(1, number, Point(x, 0.2)))
    host.receive(Target(2, 9, Point(0.8, 0.2)))
    for _ in range(60):
        host.tick()
    assert host.rink.mallets[1].x == pytest.approx(0.2)


def test_time_stands_still_while_the_other_is_away() -> None:
    host, guest = players()
    guest.hear(host.begin())
    host.hear(Away(away=True))
    for _ in range(60):
        tick(host, guest)
    assert host.rink.left == 3.0
    host.hear(Away(away=False))
    tick(host, guest)
    assert host.rink.left < 3.0
