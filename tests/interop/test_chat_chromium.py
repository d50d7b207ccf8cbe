"""The video chat in Chromium: pages see each other, write to each other, and stay together when the server goes away."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.interop.chatstage import Stage, sees, staged

pytestmark = pytest.mark.interop


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as made:
        yield made


async def test_two_pages_see_each_other_move_and_markup_is_text(stage: Stage) -> None:
    alice = await stage.enter("<i>Aoi</i>")
    assert not await alice.evaluate("document.getElementById('alone').hidden")
    assert "?room=blue" in await alice.evaluate("document.getElementById('link').value")
    bob = await stage.enter("Bob")
    for page in (alice, bob):
        await sees(page, 1)
    assert await alice.evaluate("document.getElementById('alone').hidden")
    assert await bob.evaluate("probe.tiles()[0].querySelector('.name').textContent") == "<i>Aoi</i>"
