"""Remote candidates under a name: found, not found, and when there is no multicast."""

import asyncio
from typing import Any

import aioice
import pytest

from peer.engine import mdnsservice

NAME = "1f4712db-ea17-4bcf-a596-105139dfd8bf.local"


class Service:
    """Stands in for multicast DNS; answers when it is told to."""

    def __init__(self) -> None:
        self.answers: dict[str, asyncio.Future[str | None]] = {}
        self.users = 0

    async def resolve(self, name: str) -> str | None:
        return await self.answers.setdefault(name, asyncio.get_running_loop().create_future())


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    made = Service()

    async def acquire() -> Any:
        made.users += 1
        return made

    def release(_: Any) -> None:
        made.users -= 1

    monkeypatch.setattr(mdnsservice, "acquire", acquire)
    monkeypatch.setattr(mdnsservice, "release", release)
    return made


def candidate(host: str = NAME) -> aioice.Candidate:
    return aioice.Candidate("1", 1, "udp", 5, host, 9, "host")


@pytest.mark.parametrize("host", ["127.0.0.9", "::9"])
async def test_a_name_is_paired_by_its_address_and_told_as_a_name(
    service: Service, make_agent: Any, plan: Any, host: str
) -> None:
    agent = make_agent("a", plan(host_addresses=("127.0.0.1", "::1")))
    await agent.gather()
    adding = asyncio.create_task(agent.connection.add_remote_candidate(candidate()))
    await asyncio.sleep(0)
    await agent.connection.add_remote_candidate(None)
    service.answers[NAME].set_result(host)
    await adding
    (known,) = agent.connection.remote_candidates
    assert known.host == NAME
    (pair,) = agent.connection._check_list
    assert pair.remote_addr == (host, 9)
    await agent.connection.close()
    assert service.users == 0


async def test_a_name_that_nobody_answers_for_is_left_out(
    service: Service, make_agent: Any, plan: Any
) -> None:
    agent = make_agent("a", plan(host_addresses=("127.0.0.1",)))
    adding = asyncio.create_task(agent.connection.add_remote_candidate(candidate()))
    await asyncio.sleep(0)
    service.answers[NAME].set_result(None)
    await adding
    assert not agent.connection.remote_candidates
    await agent.connection.close()


async def test_without_multicast_a_name_is_left_out_too(
    make_agent: Any, plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def acquire() -> Any:
        raise OSError("no multicast")

    monkeypatch.setattr(mdnsservice, "acquire", acquire)
    agent = make_agent("a", plan(host_addresses=("127.0.0.1",)))
    await agent.connection.add_remote_candidate(candidate())
    assert not agent.connection.remote_candidates
    await agent.connection.close()


async def test_relay_only_does_not_even_ask(service: Service, make_agent: Any, plan: Any) -> None:
    agent = make_agent("a", plan(), policy=aioice.TransportPolicy.RELAY)
    await agent.connection.add_remote_candidate(candidate())
    assert not service.answers
    await agent.connection.close()
