"""Answers that are kept: for how long, how many, and who makes room for whom."""

from hypothesis import given
from hypothesis import strategies as st

from relay import HookLimits
from relay.answers import Answers, Kept
from relay.counters import Counters, Inquired
from relay.users import NoUser, Password, User

ALICE = User(Password("wonder"))
UNKNOWN = NoUser.UNKNOWN


def _answers(**limits) -> tuple[Answers, Counters]:
    counters = Counters()
    return Answers(HookLimits(**limits), counters), counters


def test_a_user_is_kept_longer_than_a_name_that_nobody_has():
    answers, _ = _answers(cache=60.0, cache_unknown=5.0)
    answers.keep("alice", ALICE, 100.0)
    answers.keep("mallory", UNKNOWN, 100.0)
    assert answers.find("alice", 104.9) == Kept(ALICE, 100.0)
    assert answers.find("mallory", 104.9) == Kept(UNKNOWN, 100.0)
    assert answers.find("mallory", 105.0) is None
    assert answers.find("alice", 159.9) == Kept(ALICE, 100.0)
    assert answers.find("alice", 160.0) is None
    assert len(answers) == 0


def test_a_flood_of_invented_names_pushes_out_no_user_and_is_counted():
    answers, counters = _answers(cached=10)
    answers.keep("alice", ALICE, 0.0)
    for n in range(1000):
        answers.keep(f"invented{n}", UNKNOWN, 0.0)
    assert answers.find("alice", 0.0) == Kept(ALICE, 0.0)
    assert len(answers) == 11
    assert counters.inquiries[Inquired.EVICTED] == 990


def test_the_user_who_was_asked_for_longest_ago_makes_room():
    answers, counters = _answers(cached=2)
    for name in ("one", "two", "one", "three"):
        answers.keep(name, ALICE, 0.0)
    assert answers.find("two", 0.0) is None
    assert answers.find("one", 0.0)
    assert answers.find("three", 0.0)
    assert counters.inquiries[Inquired.EVICTED] == 1


def test_what_is_too_old_makes_room_without_being_counted():
    answers, counters = _answers(cached=1, cache=60.0)
    answers.keep("alice", ALICE, 0.0)
    answers.keep("bob", ALICE, 60.0)
    assert not counters.inquiries


def test_the_newest_answer_counts():
    answers, _ = _answers()
    answers.keep("alice", UNKNOWN, 0.0)
    answers.keep("alice", ALICE, 1.0)
    assert answers.find("alice", 1.0) == Kept(ALICE, 1.0)
    answers.keep("alice", UNKNOWN, 2.0)
    assert answers.find("alice", 2.0) == Kept(UNKNOWN, 2.0)
    assert len(answers) == 1


def test_where_nothing_is_to_be_kept_nothing_is():
    answers, _ = _answers(cache=0.0, cache_unknown=0.0)
    answers.keep("alice", ALICE, 7.0)
    answers.keep("mallory", UNKNOWN, 7.0)
    assert answers.find("alice", 7.0) is None
    assert answers.find("mallory", 7.0) is None


steps = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from([ALICE, UNKNOWN, None]), st.floats(0, 4))
)


@given(steps)
def test_it_never_holds_too_much_nor_says_what_was_not_answered_last(steps):
    answers, _ = _answers(cached=3, cache=10.0, cache_unknown=3.0)
    last: dict[str, Kept] = {}
    now = 0.0
    for name, answer, pause in steps:
        now += pause
        if answer is not None:
            answers.keep(str(name), answer, now)
            last[str(name)] = Kept(answer, now)
        found = answers.find(str(name), now)
        assert found is None or found == last[str(name)]
        assert found is None or now - found.at < (10.0 if found.answer is ALICE else 3.0)
        assert len(answers) <= 6
