"""Files of the video chat in Chromium: as big as they like, in little memory on either side."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.interop.browsing import Page, press, until
from tests.interop.chatstage import Stage, staged
from tests.interop.chromium import Browser

pytestmark = pytest.mark.interop

MEGABYTE = 1_000_000
#: What each process of the browser may come to need more: what is under way (8 MiB), and what is not collected yet.
MOST = 80 * MEGABYTE
DROP = """(pieces, size) => {
  const parts = Array.from({ length: 8 }, (_, n) => new Blob([new Uint8Array(size).fill(n)]));
  const all = Array.from({ length: pieces }, (_, n) => parts[n % 8]);  // the same bytes again, so that it is held once
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(all, "<b>big</b>.bin"));
  dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
}"""
ENDED = "document.querySelector('.file[data-progress=done], .file[data-progress=failed]')"
#: Nobody is here to choose a place.
NO_CHOICE = "delete globalThis.showSaveFilePicker, 0"
SAVED = """(() => {
  const make = URL.createObjectURL;
  URL.createObjectURL = (blob) => ((probe.saved = blob), make.call(URL, blob));
})()"""
ENDS = """(async () => {
  const ends = [probe.saved.slice(0, 1), probe.saved.slice(-1)];
  return [probe.saved.size, ...(await Promise.all(ends.map(async (each) => new Uint8Array(await each.arrayBuffer())[0])))];
})()"""
CHOICE = """(() => {
  probe.chosen = { size: 0, writes: 0, state: "open" };
  const stream = {
    write: async (blob) => ((probe.chosen.size += blob.size), (probe.chosen.writes += 1)),
    close: async () => (probe.chosen.state = "closed"),
    abort: async () => (probe.chosen.state = "aborted"),
  };
  globalThis.showSaveFilePicker = async ({ suggestedName }) => {
    probe.chosen.name = suggestedName;
    return { createWritable: async () => stream };
  };
})()"""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, seconds=300.0) as made:
        yield made


async def offered(stage: Stage, pieces: int, there: str) -> tuple[Page, Page]:
    """A file of so many megabytes was dropped on one page; the other is asked whether it takes it."""
    alice, bob = await stage.unseen("Aoi"), await stage.unseen("Bob")
    await until(alice, "probe.remotes()[0]?.files.isOpen")
    await bob.evaluate(there)
    await alice.evaluate(f"({DROP})({pieces}, {MEGABYTE}), 0")
    await until(bob, "document.querySelector('#bar-chat[data-news]')")
    await press(bob, "#bar-chat")
    return alice, bob


def expected(pieces: int) -> str:
    parts = [bytes([number]) * MEGABYTE for number in range(8)]
    digest = hashlib.sha256()
    for number in range(pieces):
        digest.update(parts[number % 8])
    return digest.hexdigest()


async def arrived(pages: tuple[Page, Page], pieces: int, seconds: float) -> None:
    for page in pages:
        await until(page, ENDED, seconds)
        shown = await page.evaluate("document.querySelector('.file').title")
        assert shown == f"SHA-256 {expected(pieces)}"
        assert "whole" in await page.evaluate("document.querySelector('.file').textContent")


async def test_200_megabytes_arrive_with_the_right_hash_and_fill_no_memory_on_either_side(
    stage: Stage,
) -> None:
    assert isinstance(stage.browser, Browser)
    pages = await offered(stage, 200, NO_CHOICE)
    await pages[1].evaluate(SAVED)
    async with watched(stage.browser) as grown:
        await press(pages[1], ".file .main")
        await arrived(pages, 200, 240.0)
    assert max(grown.values()) < MOST, grown
    assert await pages[1].evaluate(ENDS) == [200 * MEGABYTE, 0, 7]


async def test_a_file_is_written_as_it_comes_to_the_place_that_was_chosen(stage: Stage) -> None:
    pages = await offered(stage, 10, CHOICE)
    await press(pages[1], ".file .main")
    await arrived(pages, 10, 120.0)
    chosen = await pages[1].evaluate("probe.chosen")
    assert chosen == {
        "size": 10 * MEGABYTE,
        "writes": 3,  # 4 MiB each
        "state": "closed",
        "name": "_b_big__b_.bin",
    }


@contextlib.asynccontextmanager
async def watched(browser: Browser) -> AsyncIterator[dict[str, int]]:
    """How much more memory each process of the browser has come to hold at most, in bytes."""
    processes = (await browser.ask("SystemInfo.getProcessInfo"))["processInfo"]
    names = {each["id"]: f"{each['type']} {each['id']}" for each in processes}
    assert sum("renderer" in name for name in names.values()) >= 2
    before = {pid: resident(pid) for pid in names}
    grown = dict.fromkeys(names.values(), 0)

    async def watch() -> None:
        while True:
            for pid, name in names.items():
                grown[name] = max(grown[name], resident(pid) - before[pid])
            await asyncio.sleep(0.2)

    watching = asyncio.create_task(watch())
    try:
        yield grown
    finally:
        watching.cancel()
        await asyncio.wait({watching}, timeout=5.0)


def resident(pid: int) -> int:
    """What a process holds of its own and shares with others; files that are mapped can be let go of any time."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    sizes = dict(line.split(":", 1) for line in lines)
    return sum(int(sizes.get(each, "0 kB").split()[0]) * 1024 for each in ("RssAnon", "RssShmem"))
