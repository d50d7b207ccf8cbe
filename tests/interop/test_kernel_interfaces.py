"""`hairpin nat` on a host in two networks of the kernel's: through the system's choice, and through each interface."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from nat import FULL_CONE, SYMMETRIC
from nat.kernel import KernelHost, KernelLab
from nat.worlds import HostPlan, InterfacePlan, NatPlan, WorldPlan
from tests.interop.test_kernel_discovery import FIRST, SECOND, SERVER_NAME, serve

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("root")]

ROOT = Path(__file__).resolve().parents[2]
ASKING = ("--server", FIRST.host, "--only", "mapping,filtering", "--within", "30")


def plan() -> WorldPlan:
    """Alice's cable lets everybody in, and her mobile carrier nobody."""
    alice = (InterfacePlan("eth0", "cable"), InterfacePlan("wwan0", "carrier"))
    nats = (
        NatPlan("cable", FULL_CONE, external=("203.0.113.1",)),
        NatPlan("carrier", SYMMETRIC, external=("203.0.113.2",), lan="10.9.0.0/24"),
    )
    server = HostPlan(SERVER_NAME, (InterfacePlan(addresses=(FIRST.host, SECOND.host)),))
    return WorldPlan(nats=nats, hosts=(server, HostPlan("alice", alice)))


async def hairpin_nat(host: KernelHost, *arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *host.command([sys.executable, "-m", "hairpin", "nat", *ASKING, *arguments]),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def ask_all(lab: KernelLab) -> list[tuple[int, str, str]]:
    ready, stop = asyncio.Event(), asyncio.Event()
    alice = lab.host("alice")
    async with asyncio.TaskGroup() as group:
        lab.host(SERVER_NAME).start(group, serve(ready, stop))
        await ready.wait()
        default, other = hairpin_nat(alice), hairpin_nat(alice, "--interface", "wwan0", "--json")
        said = await asyncio.gather(default, other)
        stop.set()
    return said


def test_each_interface_has_a_verdict_of_its_own_and_the_other_is_named() -> None:
    with KernelLab(plan()) as lab:
        (status, out, err), (status_there, document, _) = lab.play(ask_all(lab))

    assert status == 0, err
    assert "203.0.113.1 outside" in out
    assert "Looked through eth0; wwan0 leads out as well: --interface wwan0 tells" in out

    assert status_there == 11
    read = json.loads(document)
    (family,) = read["families"]
    assert family["external"] == ["203.0.113.2"]
    assert family["mapping"]["value"] == "address-and-port-dependent"
    assert read["outlook"] == {"through": ["wwan0"], "is_chosen": True, "others": ["eth0"]}
