"""One generation: credentials of its own, and a state that stays when it is closed."""

from typing import Any

import pytest

from peer.engine.generation import Generation, state_of_two
from peer.report import IceState


def make(plan: Any, changes: list[IceState]) -> Generation:
    return Generation(
        plan(host_addresses=("127.0.0.1",)),
        controlling=True,
        on_found=lambda _, __: None,
        on_data=lambda _: None,
        on_change=lambda generation: changes.append(generation.state),
        on_relay_lost=lambda _: None,
        number=0,
    )


async def test_each_generation_has_credentials_of_its_own_as_long_as_the_rfc_asks(
    plan: Any,
) -> None:
    one, other = make(plan, []), make(plan, [])
    assert one.ufrag != other.ufrag
    assert one.connection.local_password != other.connection.local_password
    assert len(one.ufrag) >= 4
    assert len(one.connection.local_password) >= 22
    for generation in (one, other):
        await generation.close()


async def test_a_generation_is_described_once_and_told_closed_by_nobody(plan: Any) -> None:
    changes: list[IceState] = []
    generation = make(plan, changes)
    assert not generation.described
    generation.check("user", "p" * 22, lite=False, renomination=True)
    assert generation.described
    assert generation.has_remote("user", "p" * 22)
    assert not generation.has_remote("user", "q" * 22)
    assert generation.connection.ice_controlling
    await generation.close()
    assert changes == [IceState.CHECKING]
    assert generation.state is IceState.CLOSED


@pytest.mark.parametrize(
    ("current", "following", "state"),
    [
        ("new", None, "new"),
        ("connected", None, "connected"),
        ("completed", "new", "completed"),
        ("completed", "checking", "connected"),
        ("connected", "checking", "connected"),
        ("disconnected", "new", "disconnected"),
        ("disconnected", "checking", "checking"),
        ("failed", "checking", "checking"),
        ("failed", "new", "failed"),
        ("checking", "checking", "checking"),
    ],
)
def test_the_state_during_a_restart_is_the_w3cs(
    current: str, following: str | None, state: str
) -> None:
    second = None if following is None else IceState(following)
    assert state_of_two(IceState(current), second) is IceState(state)
