"""What the matcher does with what it is told."""

from signaling.matchmaking.leading.matching import Feed, Tick, work
from signaling.matchmaking.matcher.pools import Pool
from tests.signaling.matchmaking.ledgers import DUEL, kept, opening, ticket


def test_what_is_proposed_is_in_the_pool_no_more() -> None:
    pool = Pool(DUEL)
    assert work(pool, Feed((ticket("t1"), ticket("t2"), ticket("t3")), ("t3",))) is None
    ticked = work(pool, Tick(1, 1.0))
    assert ticked is not None
    assert [each.id for each in ticked.proposals[0].tickets] == ["t1", "t2"]
    assert len(pool) == 0


def test_who_is_kept_as_bytes_is_matched_if_it_can_be_read() -> None:
    pool = Pool(DUEL)
    work(pool, Feed((ticket("t1"),), kept=(kept("t2"), kept("t3", is_broken=True))))
    ticked = work(pool, Tick(1, 1.0))
    assert ticked is not None
    assert [each.id for each in ticked.proposals[0].tickets] == ["t1", "t2"]
    assert len(pool) == 0


def test_an_opening_is_filled_once() -> None:
    pool = Pool(DUEL)
    work(pool, Feed((ticket("t3"),), opened=(opening("m"),)))
    ticked = work(pool, Tick(1, 1.0))
    assert ticked is not None
    assert [each.opening for each in ticked.proposals] == ["o"]
    work(pool, Feed((ticket("t4"),)))
    assert work(pool, Tick(2, 2.0)).proposals == ()  # type: ignore[union-attr]
    work(pool, Feed(opened=(opening("m"),)))
    work(pool, Feed(shut=("o",)))
    assert work(pool, Tick(3, 3.0)).proposals == ()  # type: ignore[union-attr]
