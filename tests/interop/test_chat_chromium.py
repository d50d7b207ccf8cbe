"""The video chat in Chromium: pages see each other, write to each other, and stay together when the server goes away."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import relay
import signaling
from tests.interop.browsing import press, type_into, until
from tests.interop.chatstage import Stage, sees, staged

pytestmark = pytest.mark.interop

#: Within so many seconds a call has its path again when the relay is back.
RETURN = 45.0
REFUSED = "document.querySelector('#refused:not([hidden])')?.textContent"


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

    await alice.tap("c")
    await type_into(alice, "#say", "<b>bold</b> & m v s")
    await alice.tap("Enter")
    await until(bob, "document.querySelector('#bar-chat[data-news=\"1\"]')")
    await press(bob, "#bar-chat")
    said = await bob.evaluate("probe.text('panel')")
    assert "<b>bold</b> & m v s" in said
    assert "<i>Aoi</i>" in said
    assert await bob.evaluate("document.querySelectorAll('.message b, .name i').length") == 0


async def test_three_are_in_a_mesh_and_each_is_told_what_the_others_turn_off(stage: Stage) -> None:
    pages = [await stage.enter(name) for name in ("Aoi", "Bob", "Chiyo")]
    for page in pages:
        await sees(page, 2)
    aoi, bob, chiyo = pages
    for pressed in ("m", "v"):
        await aoi.tap(pressed)
    for page in (bob, chiyo):
        await until(page, "probe.tile('Aoi').classList.contains('dark')")
        await until(page, "!probe.tile('Aoi').querySelector('.muted').hidden")
    assert await aoi.evaluate("hairpin.devices.stream.getVideoTracks().length") == 0
    await aoi.tap("v")
    await until(bob, "!probe.tile('Aoi').classList.contains('dark')")
    await sees(bob, 2)

    await aoi.tap("s")
    await until(bob, "probe.tile('Aoi’s screen')?.classList.contains('first')")
    await sees(chiyo, 2)
    await aoi.tap("s")
    await until(bob, "probe.tile('Aoi')")
    await sees(bob, 2)

    await press(chiyo, "#bar-hangup")
    await until(chiyo, "!document.getElementById('over').hidden")
    assert await chiyo.evaluate("hairpin.devices.stream.getTracks().length") == 0
    await until(aoi, "probe.tiles().length === 1")
    assert "Chiyo has left." in await aoi.evaluate("probe.text('news')")


async def test_the_call_goes_on_while_the_server_is_away_and_takes_newcomers_when_it_is_back(
    stage: Stage,
) -> None:
    stage.tolerated = "WebSocket connection"
    alice, bob = await stage.enter("Aoi"), await stage.enter("Bob")
    await sees(alice, 1)
    await sees(bob, 1)
    connections = "probe.remotes().map(({ pc }) => pc.connectionState).join()"
    await bob.evaluate("probe.first = probe.remotes()[0].pc, 0")
    old = stage.running.signaling
    host, port = old.addresses[0]
    await old.close()
    banner = "document.getElementById('banner')"
    for page in (alice, bob):
        await until(page, f"!{banner}.hidden && {banner}.textContent.includes('server is away')")
        await sees(page, 1)
        assert await page.evaluate(connections) == "connected"
    await alice.tap("c")
    await type_into(alice, "#say", "still here")
    await alice.tap("Enter")
    await until(bob, "probe.text('panel').includes('still here')")
    async with signaling.serve(old.settings, host, port):
        for page in (alice, bob):
            await until(page, f"{banner}.textContent.includes('is back')")
        third = await stage.unseen("Chiyo")
        await sees(third, 2)
        for page in (alice, bob):
            await until(page, f"{connections} === 'connected,connected'")
        assert await bob.evaluate("probe.remotes().some(({ pc }) => pc === probe.first)")


async def test_a_call_over_the_relay_is_seen_too_by_whose_clock_is_hours_off(stage: Stage) -> None:
    """Credentials of the relay hold by the server's clock alone."""
    alice = await stage.enter("Aoi", "?room=blue&relay")
    bob = await stage.open_broken(SKEWED, "?room=blue&relay")
    assert await bob.evaluate("Date.now()") < time.time() * 1000 - 5 * 3_600_000
    await until(bob, "document.getElementById('preview').videoWidth > 0")
    await press(bob, "#join")
    await sees(alice, 1)
    await sees(bob, 1)
    assert await bob.evaluate(RELAYED) == ["relay"]


async def test_a_call_over_the_relay_goes_on_after_the_relay_was_restarted(stage: Stage) -> None:
    """It forgets its allocations; a page finds its path again without being loaded anew."""
    alice, bob = [await stage.enter(name, "?room=blue&relay") for name in ("Aoi", "Bob")]
    for page in (alice, bob):
        await sees(page, 1)
        await page.evaluate("probe.first = probe.remotes()[0].pc, 0")
    old = stage.running.relay
    (address,) = old.addresses
    old.close()
    for page in (alice, bob):
        await until(page, "probe.tiles()[0].dataset.state === 'reconnecting'")
        assert "looking for another way" in await page.evaluate("probe.tiles()[0].innerText")
    again = relay.Settings(
        listen=(address,), rest_secrets=("s",), peers=relay.PeerPolicy(reach=relay.Reach.LOCAL)
    )
    async with relay.serve(again):
        for page in (alice, bob):
            await until(page, "probe.tiles()[0].dataset.state === 'connected'", RETURN)
        for page in (alice, bob):
            await sees(page, 1)
            assert await page.evaluate("probe.remotes()[0].pc === probe.first")
            assert await page.evaluate(RELAYED) == ["relay"]


async def test_a_full_a_locked_room_and_a_wrong_key_are_told(stage: Stage) -> None:
    async with signaling.connect(stage.running.signaling_url) as client:
        await client.join("full", max=1)
        await client.join("keyed", key="right")
        await client.join("locked")
        await client.lock("locked")
        page = await stage.open("?room=locked")
        await press(page, "#join")
        assert "locked" in await until(page, REFUSED)
        await page.evaluate("document.getElementById('room').value = 'full', 0")
        await press(page, "#join")
        assert "full" in await until(page, f"{REFUSED}?.includes('full') && {REFUSED}")
        await page.evaluate("document.getElementById('room').value = 'keyed', 0")
        await press(page, "#join")
        await until(page, f"{REFUSED}?.includes('key of the room')")
        await page.evaluate("document.getElementById('key').value = 'right', 0")
        await press(page, "#join")
        await until(page, "!document.getElementById('call').hidden")
        assert (await page.evaluate("location.href")).endswith("?room=keyed#key=right")


SKEWED = "Date.now = ((now) => () => now() - 6 * 3600000)(Date.now)"
NO_CAMERA = (
    "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{}Error'))"
)
INSECURE = "Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined })"


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        pytest.param(
            NO_CAMERA.format("NotAllowed"), "keeps the camera from this page", id="denied"
        ),
        pytest.param(NO_CAMERA.format("NotFound"), "No camera was found", id="none"),
        pytest.param(INSECURE, "HTTPS pages only", id="insecure"),
        pytest.param("delete globalThis.RTCPeerConnection", "has no WebRTC", id="no WebRTC"),
    ],
)
async def test_what_is_missing_is_said_with_what_to_do_and_one_can_join_without_a_camera(
    stage: Stage, broken: str, words: str
) -> None:
    page = await stage.open_broken(broken)
    await until(page, f"document.body.innerText.includes({words!r})")
    if "WebRTC" in words:
        return
    whole = await stage.enter("Aoi")
    await page.evaluate("document.getElementById('room').value = 'blue', 0")
    await press(page, "#join")
    await sees(page, 1)
    await until(whole, "probe.tiles()[0]?.classList.contains('dark')")


async def test_a_server_that_does_not_answer_is_told_and_tried_again(stage: Stage) -> None:
    stage.tolerated = "WebSocket connection"
    page = await stage.open("?room=blue&lang=ja")
    old = stage.running.signaling
    host, port = old.addresses[0]
    await old.close()
    await press(page, "#join")
    assert "サーバーから応答がありません" in await until(page, REFUSED)
    async with signaling.serve(old.settings, host, port):
        await until(page, "!document.getElementById('call').hidden")


RELAYED = """(async () => {
  const types = [];
  for (const { pc } of probe.remotes()) {
    const all = await pc.getStats();
    all.forEach((one) => {
      if (one.type !== "transport") return;
      types.push(all.get(all.get(one.selectedCandidatePairId).localCandidateId).candidateType);
    });
  }
  return types;
})()"""
