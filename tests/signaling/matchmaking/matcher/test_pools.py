"""A pool changes when tickets come and go, and at no other time."""

import gc
from dataclasses import replace

from signaling.matchmaking.configuration.queues import Equal, Queue
from signaling.matchmaking.matcher.candidates import Candidate
from signaling.matchmaking.matcher.pools import Pool
from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.tickets import Opening, Player
from tests.signaling.matchmaking.waiting import names, solo

QUEUE = Queue("duel", keys=("mode",), rules=(Equal("map"),))


def pool(*tickets: tuple[str, str, str]) -> Pool:
    made = Pool(QUEUE)
    for name, mode, where in tickets:
        made.put(solo(name, keys=(mode,), properties={"map": where}))
    return made


def test_a_tick_leaves_the_pool_as_it_was() -> None:
    those = pool(("a", "ranked", "ice"), ("b", "ranked", "ice"))
    assert those.tick(0.0) == those.tick(0.0)
    assert len(those) == 2


def test_tickets_of_other_keys_or_other_equal_properties_never_meet() -> None:
    those = pool(("a", "ranked", "ice"), ("b", "casual", "ice"), ("c", "ranked", "lava"))
    assert those.tick(0.0).proposals == ()


def test_who_was_taken_out_is_not_matched() -> None:
    those = pool(("a", "ranked", "ice"), ("b", "ranked", "ice"))
    those.remove("b")
    those.remove("nobody")
    assert those.tick(0.0).proposals == ()


def test_whose_time_is_over_is_not_matched_at_any_later_tick() -> None:
    those = Pool(Queue("duel"))
    for name, expires in (("a", 5.0), ("b", 9.0), ("c", 20.0)):
        those.put(solo(name, expires=expires))
    assert [len(those.tick(now).proposals) for now in (4.0, 5.0, 6.0, 9.0, 10.0)] == [1, 1, 1, 0, 0]
    those.remove("a")
    assert those.tick(10.0).proposals == ()
    those.put(solo("d", expires=11.0))
    assert [len(those.tick(now).proposals) for now in (10.0, 11.0, 12.0)] == [1, 0, 0]


def test_a_ticket_that_is_put_again_takes_the_place_of_the_former() -> None:
    those = pool(("a", "ranked", "ice"), ("b", "ranked", "lava"))
    those.put(solo("b", keys=("ranked",), properties={"map": "ice"}, generation=2))
    (proposal,) = those.tick(0.0).proposals
    assert {(ticket.id, ticket.generation) for ticket in proposal.tickets} == {("a", 1), ("b", 2)}


def test_an_opening_is_filled_before_a_match_is_made_until_it_is_closed() -> None:
    those = pool(("a", "ranked", "ice"), ("b", "ranked", "ice"))
    where = {"properties": {"map": "ice"}, "keys": ("ranked",)}
    those.open(Opening("o", "duel", "m", "room", (0, 1), ((), ()), **where))  # type: ignore[arg-type]
    (proposal,) = those.tick(0.0).proposals
    assert (proposal.opening, names(proposal.teams)) == ("o", [set(), {"a"}])
    those.close("o")
    (proposal,) = those.tick(0.0).proposals
    assert proposal.opening is None


def test_why_a_ticket_waits_is_told_of_those_who_are_asked_about() -> None:
    those = pool(("a", "ranked", "ice"), ("b", "casual", "ice"), ("c", "ranked", "lava"))
    asked = those.tick(0.0, ["a", "b", "nobody"]).blocked
    assert asked == {"a": Blocked.PROPERTY, "b": Blocked.ALONE}


def test_two_players_of_one_name_are_not_in_one_match() -> None:
    those = Pool(Queue("duel"))
    for name in ("a", "b"):
        those.put(replace(solo(name), players=(Player("ann", f"sid-{name}"),)))
    assert those.tick(0.0, ["a"]).blocked == {"a": Blocked.AVOIDED}
    those.put(solo("c"))
    assert len(those.tick(0.0).proposals) == 1


def test_who_is_gone_leaves_nothing_behind_without_a_garbage_collector() -> None:
    def alive() -> int:
        return sum(isinstance(each, Candidate) for each in gc.get_objects())

    gc.collect()
    before, those = alive(), Pool(Queue("duel"))
    gc.disable()
    try:
        for number in range(200):
            those.put(solo(str(number)))
        assert len(those.tick(0.0).proposals) == 100
        for number in range(200):
            those.remove(str(number))
        assert those.tick(0.0).proposals == ()
        assert alive() <= before + 4  # the ends of a line
    finally:
        gc.enable()
