"""The stranger: aioice as it comes, which nominates aggressively and knows no restart but a new agent."""

import asyncio
from typing import Any

import aioice
import pytest

from peer import Configuration
from peer.configuration import Nomination
from peer.engine.gathering import Plan
from peer.engine.generations import RestartableConnection
from peer.report import IceState, Outcome

PATIENCE = 20.0


@pytest.mark.parametrize("nomination", Nomination)
@pytest.mark.parametrize("controlling", [True, False], ids=["controlling", "controlled"])
@pytest.mark.parametrize("starts", ["we", "it"])
async def test_stock_aioice_is_followed_through_restarts_by_either_side(
    controlling: bool, starts: str, nomination: Nomination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])
    configuration = Configuration(host_addresses=("127.0.0.1",), nomination=nomination)
    states: list[IceState] = []

    def note(event: Any) -> None:
        if hasattr(event, "state"):
            states.append(event.state)

    ours = RestartableConnection(Plan((), configuration), note)
    ours.ice_controlling = controlling
    strangers: list[aioice.Connection] = []
    async with asyncio.timeout(PATIENCE):
        for _ in range(3):
            stranger = aioice.Connection(ice_controlling=not controlling, use_ipv6=False)
            await stranger.gather_candidates()
            if strangers and starts == "we":
                ours.begin_restart()
            ours.describe_remote(stranger.local_username, stranger.local_password)
            await ours.gather_candidates()
            for candidate in (*ours.local_candidates, None):
                await stranger.add_remote_candidate(candidate)
            stranger.remote_username = ours.local_username
            stranger.remote_password = ours.local_password
            for candidate in (*stranger.local_candidates, None):
                await ours.add_remote_candidate(candidate, stranger.local_username)
            if strangers:
                await strangers[-1].send(b"\x16 on the old pair")
                assert await ours.recv() == b"\x16 on the old pair"
            await asyncio.gather(stranger.connect(), ours.connect())
            while ours.restarting:
                await asyncio.sleep(0.001)
            strangers.append(stranger)
            await ours.send(b"\x16 there")
            assert await stranger.recv() == b"\x16 there"
            await stranger.send(b"\x16 and back")
            assert await ours.recv() == b"\x16 and back"
        report = ours.report()
        await ours.close()
        await asyncio.gather(*(stranger.close() for stranger in strangers))
    assert [generation.outcome for generation in report.generations] == [Outcome.COMPLETED] * 3
    assert IceState.DISCONNECTED not in states
    assert IceState.FAILED not in states
