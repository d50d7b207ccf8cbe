"""The video chat in Chromium for whoever has no mouse, no eyes for it, a small window, seven friends or an old browser."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import signaling
from tests.interop import chromium
from tests.interop.browsing import Page, press, until
from tests.interop.chatstage import CAMERA, Stage, sees, staged

pytestmark = pytest.mark.interop

#: The second of Chromium's fake cameras tells depths, which no encoder takes.
MORE_CAMERAS = (CAMERA[0].replace("fps=5", "fps=5,device-count=3"), CAMERA[1])
CONTROLS = {"button", "textbox", "combobox", "link", "meter", "checkbox", "DisclosureTriangle"}
BAR = ["mic", "camera", "screen", "chat", "inspector", "settings", "hangup"]
FOCUSED = """(({ id, tagName }) => [
  id || tagName.toLowerCase(), getComputedStyle(document.activeElement).outlineStyle,
])(document.activeElement)"""
LAYOUT = """(() => {
  const box = (each) => (({ left, top, right, bottom }) => [left, top, right, bottom])(each.getBoundingClientRect());
  return {
    tiles: [...document.querySelectorAll(".tile")].map(box),
    bar: box(document.getElementById("bar-mic")),
    over: document.documentElement.scrollWidth - innerWidth + document.documentElement.scrollHeight - innerHeight,
  };
})()"""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, *MORE_CAMERAS) as made:
        yield made


async def nameless(page: Page) -> list[Any]:
    """Controls that a screen reader has no name for."""
    assert isinstance(page, chromium.Page)
    nodes = (await page.ask("Accessibility.getFullAXTree"))["nodes"]
    controls = [
        each
        for each in nodes
        if not each["ignored"] and each.get("role", {}).get("value") in CONTROLS
    ]
    assert len(controls) > 5
    return [each for each in controls if not each.get("name", {}).get("value")]


async def walk(page: Page, most: int) -> list[str]:
    """What Tab comes to, each of which is seen to have the focus."""
    come_to = []
    for _ in range(most):
        await page.tap("Tab")
        where, outline = await page.evaluate(FOCUSED)
        assert where == "body" or outline != "none", where
        come_to.append(where)
    return come_to


async def test_all_controls_have_names_and_are_reached_by_keys_and_who_comes_is_announced(
    stage: Stage,
) -> None:
    page = await stage.open("?room=blue")
    await until(page, "document.getElementById('preview').videoWidth > 0")
    assert await nameless(page) == []
    await page.evaluate("document.activeElement.blur(), 0")
    lobby = await walk(page, 14)
    wanted = {"lobby-audio", "lobby-video", "name", "room", "devices-video", "summary", "join", "a"}
    assert wanted <= set(lobby), lobby

    await press(page, "#join")
    await until(page, "!document.getElementById('call').hidden")
    bob = await stage.unseen("Bob")
    await until(page, "probe.text('news') === 'Bob is here.'")
    assert await page.evaluate("document.getElementById('news').ariaLive") == "polite"
    await page.tap("c")
    await until(page, "document.activeElement.id === 'say'")
    assert await nameless(page) == []
    await page.tap("Escape")
    await until(page, "document.activeElement.id === 'bar-chat'")
    call = await walk(page, 14)
    assert {f"bar-{each}" for each in BAR} <= set(call), call
    await page.tap("?")
    await until(page, "document.getElementById('keys').open")
    assert "Mute and unmute" in await page.evaluate("document.getElementById('keys').innerText")
    await bob.evaluate("0")


async def test_another_camera_can_be_chosen_in_a_call_and_one_that_is_pulled_out_is_told(
    stage: Stage,
) -> None:
    page = await stage.enter("Aoi")
    other = await stage.unseen("Bob")
    await sees(other, 1)
    first = await page.evaluate("hairpin.devices.chosen.video")
    await page.evaluate("document.getElementById('bar-settings').click(), 0")
    await until(page, "document.getElementById('call-devices-video').length === 3")
    wanted = await page.evaluate(
        """((select) => {
          select.selectedIndex = 2 - select.selectedIndex;
          select.dispatchEvent(new Event("change"));
          return select.value;
        })(document.getElementById("call-devices-video"))"""
    )
    assert wanted != first
    await until(page, f"hairpin.devices.track('video')?.getSettings().deviceId === '{wanted}'")
    await other.evaluate("probe.decoded().then(([frames]) => (probe.frames = frames))")
    # More than could be under way: the camera that was let go of makes none.
    await until(other, "probe.decoded().then(([frames]) => frames > probe.frames + 5)")
    await sees(other, 1)

    await page.evaluate("hairpin.devices.track('video').dispatchEvent(new Event('ended')), 0")
    await until(page, "document.querySelector('.tile.own').classList.contains('dark')")
    assert "No camera was found" in await page.evaluate("probe.text('banner')")
    await page.evaluate(
        """(navigator.mediaDevices.enumerateDevices = async () => [],
        navigator.mediaDevices.dispatchEvent(new Event("devicechange")), 0)"""
    )
    await until(page, "document.getElementById('call-devices-video').length === 1")


async def test_eight_fit_a_phone_and_a_desktop_and_a_ninth_is_told_that_the_room_is_full(
    stage: Stage,
) -> None:
    """Seven of them are members of the room that never answer, which cost nothing."""
    page = await stage.unseen("Aoi")
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(7):
            client = await stack.enter_async_context(signaling.connect(stage.running.signaling_url))
            await client.join("blue")
        await until(page, "document.querySelectorAll('.tile').length === 8")
        for width, height in ((390, 760), (760, 390), (1280, 800)):
            await page.resize(width, height)
            await page.evaluate("new Promise((done) => setTimeout(done, 100))")
            found = await page.evaluate(LAYOUT)
            assert found["over"] <= 0
            for left, top, right, bottom in found["tiles"]:
                assert left >= 0 <= top, (width, found)
                assert right <= width, (width, found)
                assert bottom <= found["bar"][1], (width, found)
                assert min(right - left, bottom - top) >= 60, (width, found)
        ninth = await stage.open_broken("", "?room=blue")
        await press(ninth, "#join")
        refused = "document.querySelector('#refused:not([hidden])')?.textContent"
        assert "full" in await until(ninth, refused)


async def test_a_browser_that_knows_no_modules_shows_what_is_needed(stage: Stage) -> None:
    assert isinstance(stage.browser, chromium.Browser)
    page = await stage.browser.open("about:blank")
    await page.ask("Emulation.setScriptExecutionDisabled", value=True)
    await page.go(stage.running.page_url)
    shown = "getComputedStyle(document.getElementById('old') ?? document.body).visibility"
    await until(page, f"document.getElementById('old') && {shown} === 'visible'")
    await until(page, "document.body.innerText.includes('brought up to date')")
