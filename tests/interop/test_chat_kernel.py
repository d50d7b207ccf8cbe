"""The video chat between two Chromiums in networks of their own, behind NATs of the Linux kernel, and what each tells of its path."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nat
from nat.kernel import KernelLab
from relay import CertificateFiles
from tests.interop.browsing import Page, until
from tests.interop.chatstage import sees
from tests.interop.chatworld import CHAIN, FIRST, KEY, TURN, plan, world

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("root")]

SAVED = """
new Promise((done) => {
  URL.createObjectURL = (blob) => (blob.text().then(done), "#");
  document.querySelector(".looks .export").click();
})
"""

#: What the browser client makes of the same servers, for a player's ticket.
OPENNESS = """
import("/hairpin.js").then(({ openness }) =>
  openness(hairpin.mesh().remotes.values().next().value.pc.getConfiguration().iceServers))
"""


async def told(page: Page, verdict: str, rule: str) -> dict[str, Any]:
    """What the inspector shows of the other one as soon as it has come to a verdict and a reason, and what it saves."""
    await page.tap("i")
    card = f"document.querySelector('.remote[data-verdict={verdict}]')"
    await until(
        page, "(document.querySelector('.network')?.dataset.mapping ?? 'measuring') !== 'measuring'"
    )
    await until(page, f"{card}?.querySelector('.why [data-rule=\"{rule}\"]')")
    shown = await page.evaluate(f"{card}.innerText")
    document: dict[str, Any] = json.loads(await page.evaluate(SAVED))
    (remote,) = document["remotes"]
    openness = await page.evaluate(OPENNESS)
    return {"shown": shown, "network": document["network"], "openness": openness, **remote}


def ends(remote: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two candidates of the path."""
    known = {each["id"]: each for each in remote["candidates"]}
    return known[remote["path"]["ours"]], known[remote["path"]["theirs"]]


Told = tuple[dict[str, Any], dict[str, Any]]


def play(
    place: Path,
    behavior: nat.Behavior,
    verdict: str,
    rules: tuple[str, str],
    *,
    without_udp: str | None = None,
) -> Told:
    """A call between two homes with such NATs, until both see each other; what the inspectors say."""

    async def main(lab: KernelLab) -> Told:
        async with world(lab, place) as made:
            alice, bob = await asyncio.gather(made.alice.enter("Aoi"), made.bob.enter("Bob"))
            await asyncio.gather(sees(alice, 1), sees(bob, 1))
            pages = zip((alice, bob), rules, strict=True)
            found = await asyncio.gather(*(told(page, verdict, rule) for page, rule in pages))
            assert [*alice.complaints, *bob.complaints] == []
        return found[0], found[1]

    with KernelLab(plan(behavior, behavior)) as lab:
        if without_udp is not None:
            lab.nat(without_udp).block_udp()
        return lab.play(main(lab))


@pytest.fixture
def place(tmp_path: Path, make_certificate: Callable[..., None]) -> Path:
    make_certificate(CertificateFiles(tmp_path / CHAIN, tmp_path / KEY), host=FIRST.host)
    return tmp_path


def test_two_port_restricted_nats_let_the_call_through_and_the_inspectors_name_the_direct_path(
    place: Path,
) -> None:
    for remote in play(place, nat.PORT_RESTRICTED_CONE, "direct", ("direct.nat", "direct.nat")):
        for end in ends(remote):
            assert end["type"] in {"srflx", "prflx"}
            assert end["address"].startswith("203.0.113.")
            assert f"-reflexive {end['address']}:{end['port']}" in remote["shown"]
        assert remote["path"]["kind"] == "direct"
        assert "straight between the two, through the NATs on the way" in remote["shown"]
        assert remote["network"]["mapping"] == "independent"
        assert remote["openness"] == "moderate"


def test_two_symmetric_nats_leave_the_relay_and_the_inspectors_name_it_and_say_why(
    place: Path,
) -> None:
    for remote in play(place, nat.SYMMETRIC, "relayed", ("nat.ours", "nat.ours")):
        assert remote["path"]["relay"]["url"] == f"{TURN}?transport=udp"
        assert f"Over the TURN server {TURN}, reached over UDP" in remote["shown"]
        assert "Our NAT uses another port for each destination" in remote["shown"]
        assert remote["network"]["mapping"] == "dependent"
        assert remote["openness"] == "strict"


def test_a_home_without_udp_reaches_the_relay_over_tcp_and_the_inspectors_say_so(
    place: Path,
) -> None:
    rules = ("relayed.tcp", "stun.theirs")
    hers, his = play(place, nat.PORT_RESTRICTED_CONE, "relayed", rules, without_udp="home-a")
    assert hers["path"]["relay"]["url"] == f"{TURN}?transport=tcp"
    assert f"Over the TURN server {TURN}, reached over TCP" in hers["shown"]
    assert "The relay is reached over TCP" in hers["shown"]
    assert (hers["network"]["mapping"], hers["network"]["reason"]) == ("unknown", "silent")
    assert his["path"]["kind"] == "relayed"
    assert his["network"]["mapping"] == "independent"
    assert (hers["openness"], his["openness"]) == ("unknown", "moderate")
