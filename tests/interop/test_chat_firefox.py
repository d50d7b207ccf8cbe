"""The video chat in Firefox, as Debian has it: with another Firefox, and with Chromium."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.interop import chromium, firefox
from tests.interop.browsing import Page, press, type_into, until
from tests.interop.chatstage import CAMERA, Stage, sees, staged

pytestmark = pytest.mark.interop

#: Firefox alone takes ten seconds of a processor until its first page stands.
SECONDS = 240.0


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path / "firefox", start=firefox.browse_here, seconds=SECONDS) as made:
        yield made


async def test_two_pages_of_firefox_see_each_other_and_markup_is_text(stage: Stage) -> None:
    await talk(await stage.enter("<i>Aoi</i>"), await stage.enter("Bob"))


@pytest.mark.parametrize("first", ["firefox", "chromium"])
async def test_firefox_and_chromium_see_each_other_whoever_comes_first(
    stage: Stage, tmp_path: Path, first: str
) -> None:
    async with chromium.browse_here(tmp_path / "chromium", *CAMERA) as browser:
        stages = [stage, stage.beside(browser)]
        if first == "chromium":
            stages.reverse()
        alice = await stages[0].enter("<i>Aoi</i>")
        await talk(alice, await stages[1].enter("Bob"))
        for page in stage.pages:
            assert page.complaints == []
        stage.pages.clear()  # one of them goes with its browser


async def talk(alice: Page, bob: Page) -> None:
    for page in (alice, bob):
        await sees(page, 1)
    assert await bob.evaluate("probe.tiles()[0].querySelector('.name').textContent") == "<i>Aoi</i>"
    await alice.tap("c")
    await type_into(alice, "#say", "<b>bold</b> & m v s")
    await alice.tap("Enter")
    await until(bob, "document.querySelector('#bar-chat[data-news=\"1\"]')")
    await press(bob, "#bar-chat")
    await until(bob, "probe.text('panel').includes('<b>bold</b> & m v s')")
    await type_into(bob, "#say", "seen")
    await bob.tap("Enter")
    await until(alice, "probe.text('panel').includes('seen')")
    await press(alice, "#bar-hangup")
    await until(bob, "probe.tiles().length === 0")
