"""A router is told from others by what the system remembers of it, in whatever form; not which one it is."""

import platform
import subprocess
from pathlib import Path

import pytest

from nat import FULL_CONE, neighbours
from nat.neighbours import find, hardware_of, print_of, router_print
from nat.simulator import Simulation

LINUX = """\
IP address       HW type     Flags       HW address            Mask     Device
192.168.1.10     0x1         0x2         a4:2b:b0:00:00:10     *        eth0
192.168.1.1      0x1         0x2         a4:2b:b0:0c:d0:e1     *        eth0
"""
MACOS = "router.lan (192.168.1.1) at a4:2b:b0:c:d0:e1 on en0 ifscope [ethernet]\n"
WINDOWS = "  Internetadresse       Physische Adresse     Typ\n  192.168.1.1   a4-2b-b0-0c-d0-e1   dynamisch\n"
ROUTER, HARDWARE = "192.168.1.1", "a42bb00cd0e1"


@pytest.mark.parametrize("text", [LINUX, MACOS, WINDOWS])
def test_the_address_is_found_in_every_systems_list(text: str) -> None:
    assert find(text.splitlines(), ROUTER) == HARDWARE
    assert find(text.splitlines(), "192.168.1.2") is None
    assert find([f"{ROUTER} (incomplete)"], ROUTER) is None


def test_linux_is_read_and_who_has_no_list_remembers_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(neighbours, "NEIGHBOURS", tmp_path / "arp")
    assert router_print(ROUTER) is None
    (tmp_path / "arp").write_text(LINUX)
    assert hardware_of(ROUTER) == HARDWARE
    assert router_print(ROUTER) == print_of(HARDWARE)


@pytest.mark.parametrize(("system", "text"), [("Darwin", MACOS), ("Windows", WINDOWS)])
def test_other_systems_are_asked(system: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess([], 0, stdout=text.encode())

    def silent(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
        raise FileNotFoundError

    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(subprocess, "run", told)
    assert hardware_of(ROUTER) == HARDWARE
    monkeypatch.setattr(subprocess, "run", silent)
    assert hardware_of(ROUTER) is None


def test_a_print_is_too_short_to_find_anybody_by_it() -> None:
    prints = {print_of(f"a42bb0{number:06x}") for number in range(20_000)}
    assert 4000 < len(prints) <= 4096


@pytest.mark.parametrize(
    "shared", ["00005e000101", "00000c07ac01", "525400123502", "000000000000", "01005e000001"]
)
def test_what_many_have_tells_nobody_from_others(shared: str) -> None:
    assert print_of(shared) is None


def test_simulated_routers_differ_and_a_router_is_the_same_to_all_of_its_network() -> None:
    simulation = Simulation(1)
    homes = [simulation.nat(name, FULL_CONE) for name in ("one", "other")]
    hosts = [homes[0].host("a"), homes[0].host("b"), homes[1].host("c")]

    async def main() -> list[str | None]:
        found = []
        for each in hosts:
            with each:
                found.append(neighbours.router_print(ROUTER))
                assert neighbours.router_print("192.168.1.77") is None
        return found

    first, second, third = simulation.run(main())
    assert None not in {first, third}
    assert first == second != third
