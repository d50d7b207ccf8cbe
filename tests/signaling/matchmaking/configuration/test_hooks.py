"""A rule of the operator's own."""

import pytest

from signaling.faults import SettingsError
from signaling.matchmaking.configuration.hooks import Group, Hook, ask, load_hook

GROUP = Group("duel", (), None, 0.5, 0.0)


def refuse(group: Group) -> bool:
    return False


def test_a_rule_is_found_by_its_name() -> None:
    assert load_hook("json:dumps").__name__ == "dumps"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("json", "expected module:function, got 'json'"),
        ("no.such.module:rule", "no.such.module cannot be imported: ModuleNotFoundError"),
        ("json:nothing", "json has no function 'nothing'"),
        ("json:__name__", "json has no function '__name__'"),
    ],
)
def test_a_name_that_means_nothing_is_refused_with_its_place(name: str, wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"^queues\.duel\.hook: ") as caught:
        load_hook(name, "queues.duel.hook")
    assert wrong in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        (refuse, None),
        (lambda group: True, 0.5),
        (lambda group: 0.9, 0.9),
        (lambda group: 2.0, "expected True, False or a number from 0 to 1, got 2.0"),
        (lambda group: "yes", "expected True, False or a number from 0 to 1, got 'yes'"),
        (lambda group: 1 / 0, "ZeroDivisionError: division by zero"),
    ],
)
def test_what_a_rule_says_is_a_quality_or_no_or_what_is_wrong_with_it(
    rule: Hook, answer: float | str | None
) -> None:
    assert ask(rule, GROUP) == answer
