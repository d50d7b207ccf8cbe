"""A bot for a room: who comes there is noticed, and it finds and trusts the server."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hairpin.allinone import certificates, selfsigned
from hairpin.allinone.certificates import Shown
from hairpin.allinone.roombot import for_room
from hairpin.calling.connecting import Connecting
from nat.simulator import Simulation
from signaling.journal import Happening, Noted

NOW = datetime.now(UTC)


class Gone:
    returncode = 0

    async def wait(self) -> int:
        return 0


def started(room: str, *notes: Noted, certificate: Shown | None = None) -> list[list[str]]:
    """The commands that are started when these things are noted."""
    commands: list[list[str]] = []

    async def start(command: Sequence[str]) -> Gone:
        commands.append(list(command))
        return Gone()

    async def scenario() -> None:
        async with for_room(room, certificate, start) as standby:  # type: ignore[arg-type]
            standby.open("wss://127.0.0.1:1/v1/ws")
            for noted in notes:
                standby.hear(noted)
            await asyncio.sleep(1.0)

    Simulation(1).run(scenario())
    return commands


def joined(room: str) -> Noted:
    return Noted(Happening.PEER_JOINED, "s", {"room": room, "peer": "p"})


def test_it_is_started_when_somebody_comes_to_its_room_and_not_before() -> None:
    left = Noted(Happening.PEER_LEFT, "s", {"room": "lobby"})
    assert started("lobby", joined("other"), left) == []
    (command,) = started("lobby", joined("lobby"))
    assert command[1:5] == ["-m", "hairpin", "bot", "lobby"]
    assert command[command.index("--signaling") + 1] == "wss://127.0.0.1:1/v1/ws"
    assert "--fingerprint" not in command


def test_it_trusts_the_certificate_that_the_server_shows_by_then(tmp_path: Path) -> None:
    before = selfsigned.keep(tmp_path, (), NOW).shown
    selfsigned.keep(tmp_path, ("10.0.0.1",), NOW + timedelta(seconds=1))
    renewed = certificates.read(before.path, NOW)
    assert renewed.fingerprint != before.fingerprint
    (command,) = started("lobby", joined("lobby"), certificate=before)
    told = command[command.index("--fingerprint") + 1]
    assert told == f"SHA256:{renewed.fingerprint}"
    assert Connecting(fingerprint=told).configuration("wss://h").signaling_tls is not None
