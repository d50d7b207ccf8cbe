"""Names of servers and their addresses."""

import asyncio
from typing import Any

import pytest

from nat.simulator import Simulation
from peer.engine.resolution import MOST_ADDRESSES, Resolution, UnresolvedError

MANY = tuple(f"198.51.100.{n}" for n in range(50, 70))


def look_up(servers: Any, *urls: str) -> Any:
    simulation = Simulation(1)
    host = simulation.host("here", addresses=("198.51.100.1", "2001:db8::1"))
    simulation.name("both", "198.51.100.7", "198.51.100.8", "2001:db8::7")
    simulation.name("many", *MANY)

    async def main() -> Any:
        resolution = Resolution()
        asked = [resolution.addresses(server) for server in servers(*urls)]
        return await asyncio.gather(*asked, return_exceptions=True)

    return simulation.run(host.run(main()))


def test_the_families_alternate(servers: Any) -> None:
    (found,) = look_up(servers, "stun:both")
    assert [host for host, _ in found] == ["2001:db8::7", "198.51.100.7", "198.51.100.8"]
    assert {port for _, port in found} == {3478}


def test_of_many_addresses_a_few_are_taken(servers: Any) -> None:
    (found,) = look_up(servers, "stun:many")
    assert len(found) == MOST_ADDRESSES


def test_a_name_that_nobody_knows_says_so(servers: Any) -> None:
    (error,) = look_up(servers, "stun:nowhere")
    assert isinstance(error, UnresolvedError)
    assert "the name nowhere does not resolve" in str(error)


@pytest.mark.parametrize("url", ["stun:" + "a" * 70, "stun:a..b"])
def test_a_name_that_cannot_be_one_is_no_other_error(servers: Any, url: str) -> None:
    (error,) = look_up(servers, url)
    assert isinstance(error, UnresolvedError)


def test_who_goes_away_takes_nothing_from_the_others(
    servers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    async def slow(host: str, port: int, **_: Any) -> Any:
        calls.append(host)
        await asyncio.sleep(1)
        return [(2, 2, 17, "", ("198.51.100.7", port))]

    async def main() -> Any:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", slow)
        resolution = Resolution()
        (server,) = servers("stun:both")
        first, second = (asyncio.create_task(resolution.addresses(server)) for _ in range(2))
        await asyncio.sleep(0.5)
        first.cancel()
        found = await second
        resolution.close()
        return found

    assert Simulation(1).run(main()) == (("198.51.100.7", 3478),)
    assert calls == ["both"]
