"""The video chat: how long from Join to the first picture, what the page weighs, what a call costs the server.

Run: python tests/bench/bench_chat.py [--runs 8] [--seconds 8] [--rate 5]
Two pages of Chromium with its fake camera. Somebody is in the room; the second page joins, and is timed by its
own clock from the press of the button to the first decoded frame of the other, again and again (`came` is when the
last packet of that frame came). On the
loopback, and (as root) in the TUN lab, where any two of alice, bob and the server are a round trip of
50 ms apart; there everything is over TLS, without which there is no camera.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import house  # noqa: F401 - lets `tests` be found
from rich.console import Console
from rich.table import Table

import nat
from hairpin.pages.site import site
from nat.simulator import Host, Simulation
from nat.tun import TunLab
from relay import CertificateFiles
from signaling.tls import TlsFiles
from tests.conftest import write_certificate
from tests.interop.browsing import Page, press, type_into, until
from tests.interop.chatworld import FIRST, SECOND, services
from tests.interop.chromium import Browser, browse, browse_here

LINK = 0.0125
THOUGHT = 1.0
"""Seconds between the preview and the press of the button; people take longer."""
PATIENCE = 60.0
STEPS = ("joined", "offer", "answer", "ice", "dtls", "came", "frame")
RECORD = """(() => {
  const marks = (globalThis.marks = {});
  const mark = (name) => (marks[name] ??= performance.now());
  addEventListener("submit", () => mark("pressed"), true);
  const Plain = RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Plain {
    constructor(...rest) {
      super(...rest);
      if (!marks.pressed) return;
      mark("joined");
      this.addEventListener("signalingstatechange", () => mark(this.signalingState === "stable" ? "answer" : "offer"));
      this.addEventListener("iceconnectionstatechange", () => this.iceConnectionState === "connected" && mark("ice"));
      this.addEventListener("connectionstatechange", () => this.connectionState === "connected" && mark("dtls"));
      this.addEventListener("track", ({ track }) => track.kind === "video" && watch(track));
    }
  };
  const watch = (track) => {
    const video = document.createElement("video");
    video.muted = true;
    video.srcObject = new MediaStream([track]);
    video.requestVideoFrameCallback((_, { receiveTime }) => {
      marks.came ??= receiveTime; // of its last packet
      mark("frame");
    });
    void video.play();
  };
})()"""
SENT = """(async () => {
  let bytes = 0;
  for (const { pc } of hairpin.mesh().remotes.values()) {
    (await pc.getStats()).forEach((one) => one.type === "transport" && (bytes += one.bytesSent + one.bytesReceived));
  }
  return bytes;
})()"""
LOADED = """performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation")).map(({ name }) => name)"""


def flags(rate: int) -> tuple[str, ...]:
    """A camera of so many pictures a second, and no questions."""
    camera = f"--use-fake-device-for-media-stream=fps={rate}"
    return camera, "--use-fake-ui-for-media-stream", "--ignore-certificate-errors"


async def enter(page: Page, url: str, name: str) -> None:
    """Load the lobby, wait for the own picture, and join."""
    await page.go("about:blank")
    await page.go(url)
    await until(page, "globalThis.hairpin && document.getElementById('preview')?.videoWidth > 0")
    await page.evaluate("document.getElementById('name').value = '', 0")
    await type_into(page, "#name", name)
    await asyncio.sleep(THOUGHT)
    await press(page, "#join")


async def time_joins(first: Page, second: Page, url: str, runs: int) -> list[dict[str, float]]:
    """Milliseconds from pressing Join to each step."""
    await enter(first, url, "Aoi")
    await until(first, "!document.getElementById('call').hidden")
    await second.prepare(RECORD)
    found = []
    for _ in range(runs):
        await enter(second, url, "Bob")
        await until(second, "marks.frame && marks.dtls")
        marks = await second.evaluate("marks")
        found.append({step: marks[step] - marks["pressed"] for step in STEPS})
    return found


def spread(values: list[float]) -> str:
    ordered = sorted(values)
    return f"{statistics.median(ordered):.0f} ({ordered[round(0.95 * (len(ordered) - 1))]:.0f})"


# --- on the loopback ---


@dataclass(frozen=True)
class Up:
    """`hairpin up` in a process of its own."""

    url: str
    pid: int

    def cpu(self) -> float:
        """CPU seconds of all its threads so far."""
        tasks = Path(f"/proc/{self.pid}/task")
        return sum(int((t / "schedstat").read_text().split()[0]) for t in tasks.iterdir()) / 1e9


@contextlib.asynccontextmanager
async def hairpin_up() -> AsyncIterator[Up]:
    command = [sys.executable, "-m", "hairpin", "up", "--json", "--allow-private-peers"]
    where = ("--signaling", "127.0.0.1:0", "--relay", "127.0.0.1:0")
    process = await asyncio.create_subprocess_exec(*command, *where, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            said = json.loads(await process.stdout.readline())
        yield Up(said["pages"], process.pid)
    finally:
        process.terminate()
        async with asyncio.timeout(PATIENCE):
            await process.wait()


async def cost(up: Up, browser: Browser, query: str, seconds: float) -> tuple[float, float]:
    """Parts of a processor that it takes while two pages are in a call, and Mbit/s that the pages send."""
    pages = [await browser.open("about:blank") for _ in range(2)]
    for page, name in zip(pages, ("Aoi", "Bob"), strict=True):
        await enter(page, up.url + query, name)
        await until(page, "!document.getElementById('call').hidden")
    for page in pages:
        await until(
            page, "[...hairpin.mesh().remotes.values()][0]?.pc.connectionState === 'connected'"
        )
    await asyncio.sleep(3.0)  # until the bitrate has grown
    cpu, sent = up.cpu(), await pages[0].evaluate(SENT)
    await asyncio.sleep(seconds)
    cpu, sent = up.cpu() - cpu, await pages[0].evaluate(SENT) - sent
    for page in pages:
        await page.go("about:blank")
    return cpu / seconds, sent * 8e-6 / seconds


# --- in the TUN lab ---


def world() -> tuple[Simulation, Host]:
    """Two homes and a server, each a quarter of a round trip from the middle."""
    simulation = Simulation(seed=1)
    server = simulation.host("server", FIRST.host, addresses=(SECOND.host,))
    homes = [simulation.nat(f"home-{each}", nat.PORT_RESTRICTED_CONE) for each in "ab"]
    for home, name in zip(homes, ("alice", "bob"), strict=True):
        simulation.link(home.host(name), latency=0.0)
    for place in (server, *homes):
        simulation.link(place, latency=LINK)
    return simulation, server


async def far(place: Path, runs: int, rate: int) -> list[dict[str, float]]:
    files = CertificateFiles(place / "chain.pem", place / "key.pem")
    write_certificate(files, host=FIRST.host)
    simulation, server = world()
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def serving() -> None:
        async with services(TlsFiles(files.chain, files.key)) as running:
            ready.set_result(running.page_url)
            await over.wait()

    async with TunLab(simulation) as lab, asyncio.TaskGroup() as group:
        server.start(group, serving())
        url = await ready
        try:
            async with (
                browse(lab["alice"], "about:blank", place / "alice", *flags(rate)) as alice,
                browse(lab["bob"], "about:blank", place / "bob", *flags(rate)) as bob,
            ):
                return await time_joins(alice, bob, f"{url}?room=blue", runs)
        finally:
            over.set()


# --- what is shown ---


async def near(place: Path, runs: int, seconds: float, rate: int) -> None:
    """All that is measured on the loopback."""
    async with hairpin_up() as up, browse_here(place, *flags(rate)) as browser:
        pages = [await browser.open("about:blank") for _ in range(2)]
        show_times("on the loopback", await time_joins(*pages, f"{up.url}?room=blue", runs))
        table = titled("what the page weighs", "", "requests", "bytes", "with gzip", "to others")
        weights = [weigh(await pages[0].evaluate(LOADED), up.url)]
        await pages[0].tap("i")
        await until(pages[0], "document.querySelector('.network')")
        weights.append(weigh(await pages[0].evaluate(LOADED), up.url))
        for label, weight in zip(("call", "with the inspector"), weights, strict=True):
            table.add_row(label, *map(str, weight))
        Console().print(table)
        for page in pages:
            await page.go("about:blank")
        await show_cost(up, browser, seconds)


async def show_cost(up: Up, browser: Browser, seconds: float) -> None:
    headings = ("", "processor", "pages send", "processor for each Mbit/s")
    table = titled("what a call of two pages costs `hairpin up`", *headings)
    for label, query in (("direct", "?room=near"), ("relayed", "?room=far&relay")):
        part, rate = await cost(up, browser, query, seconds)
        each = f"{100 * part / rate:.1f} %" if "relay" in query else "-"
        table.add_row(label, f"{100 * part:.1f} %", f"{rate:.2f} Mbit/s", each)
    Console().print(table)


def show_times(where: str, found: list[dict[str, float]]) -> None:
    title = f"from Join to the first decoded frame, {where}; ms, median (95th percentile) of {len(found)}"
    table = titled(title, *STEPS)
    table.add_row(*(spread([one[step] for one in found]) for step in STEPS))
    Console().print(table)


def titled(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, justify="right" if heading else "left")
    return table


def weigh(names: list[str], url: str) -> tuple[int, int, int, int]:
    """Requests, bytes, bytes with gzip, and requests that go elsewhere."""
    pages = site()
    asked = (pages.find("/" + name.removeprefix(url).partition("?")[0]) for name in names)
    found = [page for page in asked if page is not None]
    plain, packed = (sum(len(page.form(each).body) for page in found) for each in (None, "gzip"))
    elsewhere = sum(not name.startswith(url) for name in names)
    return len(names), plain, packed, elsewhere


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rate", type=int, default=5, help="pictures a second of the camera")
    parser.add_argument("--far", action="store_true", help="only what is measured in the lab")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        if not options.far:
            asyncio.run(near(Path(place), options.runs, options.seconds, options.rate))
        if os.geteuid() != 0:
            Console().print("the lab with a round trip of 50 ms needs root")
            return
        found = asyncio.run(far(Path(place), options.runs, options.rate))
        show_times("with a round trip of 50 ms", found)


if __name__ == "__main__":
    main()
