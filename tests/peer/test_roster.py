"""Who is known again, and by what."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from peer.roster import MAX_MEMBERS, News, Roster, instance_of, with_instance


def meta(instance: str) -> dict[str, Any]:
    return with_instance({"name": "Alice"}, instance)


def test_a_member_is_known_again_by_its_instance_under_whatever_name() -> None:
    roster = Roster()
    came, first = roster.come("alice", meta("1"), polite=True)
    assert came is News.CAME
    roster.lose_all()
    assert roster.name_of(first) is None
    back, again = roster.come("alice~1", meta("1"), polite=False)
    assert back is News.BACK
    assert again.polite, "who was polite once is for good"
    assert roster.name_of(first) == "alice~1"
    assert roster.present == (again,)


def test_the_name_that_a_member_had_before_is_nobodys_any_more() -> None:
    roster = Roster()
    roster.come("alice", meta("1"), polite=True)
    roster.come("alice~1", meta("1"), polite=True)
    assert roster.leave("alice") is None
    assert roster.find("alice") is None
    assert roster.find("alice~1") is not None


def test_who_says_no_instance_is_known_again_by_its_name() -> None:
    roster = Roster()
    _, browser = roster.come("browser", {}, polite=True)
    assert roster.leave("browser") == browser
    assert roster.leave("browser") is None
    assert roster.come("browser", {}, polite=True) == (News.BACK, browser)


def test_another_instance_under_the_same_name_is_another_member() -> None:
    roster = Roster()
    roster.come("alice", meta("1"), polite=True)
    roster.leave("alice")
    assert roster.come("alice", meta("2"), polite=True)[0] is News.CAME


def test_who_is_forgotten_is_new_when_it_comes_again() -> None:
    roster = Roster()
    _, member = roster.come("alice", meta("1"), polite=True)
    roster.forget(member)
    assert roster.present == (member,), "it is heard while it is there"
    assert roster.leave("alice") == member
    assert roster.present == ()
    for forgets in (roster.forget, lambda _: roster.lose_all()):
        assert roster.come("alice", meta("1"), polite=True)[0] is News.CAME
        roster.forget(member)
        forgets(member)
        came, again = roster.come("alice~1", meta("1"), polite=False)
        assert (came, again.polite) == (News.CAME, False), "as anew as can be"
        assert roster.find("alice") is None
        roster.forget(again)
        roster.leave("alice~1")


def test_the_memory_is_bounded_and_the_absent_are_forgotten_first() -> None:
    roster = Roster()
    for number in range(MAX_MEMBERS):
        assert roster.come(f"m{number}", {}, polite=True) is not None
    assert roster.come("one more", {}, polite=True) is None
    roster.leave("m7")
    assert roster.come("one more", {}, polite=True) is not None
    assert len(roster.present) == MAX_MEMBERS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=80),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(["hairpin", "x"]), JSON | st.fixed_dictionaries({"instance": JSON})
    )
)
def test_whatever_stands_in_metadata_an_instance_is_a_short_text(given: dict[str, Any]) -> None:
    assert len(instance_of(given)) <= 64
    assert instance_of(with_instance(given, "me")) == "me"
    assert {**with_instance(given, "me"), "hairpin": 0} == {**given, "hairpin": 0}
