"""What is done to a server that runs: by signals, and by the commands that ask it, as an operator does."""

import asyncio
import json
import signal
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import signaling
from hairpin.switchboard.steering import Steering
from signaling.faults import SettingsError
from signaling.operation.configuration import Configuration, make_configuration
from signaling.operation.document import Document, IceTable, JwtTable, LimitsTable


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hp") as made:
        yield Path(made)


def test_an_operator_sees_and_steers_a_server_and_its_socket_goes_with_it(
    start_signaling: Any, run_signaling: Any, directory: Path
) -> None:
    admin, file = directory / "admin", directory / "s.toml"
    file.write_text("[limits]\npeers = 8\n")
    with start_signaling("--json", "--config", str(file), "--admin", str(admin)) as process:
        url = json.loads(process.stdout.readline())["url"]

        def ask(*words: str) -> Any:
            return run_signaling(*words, "--admin", str(admin))

        async def stay() -> None:
            async with signaling.connect(url, peer="alice", steady=False) as client:
                file.write_text("node = 'b'\n[limits]\npeers = 3\n")
                reloaded = await asyncio.to_thread(ask, "reload")
                assert "restart is needed to change: node" in reloaded.output
                assert (await client.join("blue")).max == 3
                assert "alice" in (await asyncio.to_thread(ask, "rooms")).output
                second = await asyncio.to_thread(ask, "--listen", "127.0.0.1:0")
                assert "another server answers" in second.output
                file.write_text("nonsense = 1\n")
                assert "nonsense" in (await asyncio.to_thread(ask, "reload")).output
                process.send_signal(signal.SIGHUP)
                assert "nonsense" in await asyncio.to_thread(_line_with, "error:", process.stderr)
                drained = await asyncio.to_thread(ask, "drain", "--seconds", "20")
                assert "1 session left; it stops within 20 s" in drained.output
                assert (await asyncio.to_thread(ask, "status")).output.startswith("Draining: 1")
                hurried = await asyncio.to_thread(ask, "drain", "--seconds", "0")
                assert "within 0 s" in hurried.output
                await asyncio.to_thread(process.wait, 60)

        asyncio.run(stay())
    assert process.returncode == 0
    assert not admin.exists()


def _line_with(word: str, lines: Iterable[str]) -> str:
    return next(line for line in lines if word in line)


class Server:
    """Remembers what it was told."""

    def __init__(self, *, certificate: bool = True) -> None:
        self.certificate = certificate
        self.told: list[Any] = []

    def reload(self) -> bool:
        return self.certificate

    def change_ice(self, settings: Any) -> None:
        self.told.append(settings.stun_urls)

    def change_limits(self, limits: Any) -> None:
        self.told.append(limits.peers)


def steer(server: Server, document: Document) -> Steering:
    def read_again() -> Configuration:
        return make_configuration(document, {})

    return Steering(server, Configuration(), read_again, quiet=False)  # type: ignore[arg-type]


async def test_relays_and_limits_are_in_force_and_the_rest_is_named() -> None:
    server = Server()
    document = Document(
        node="b", ice=IceTable(stun=("stun:a",)), limits=LimitsTable(peers=2, message=9)
    )
    assert steer(server, document).reload() == ("node", "limits.message")
    assert server.told == [("stun:a",), 2]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (Document(node="a b"), "node: expected"),
        (Document(jwt=JwtTable(key_files=("no-such-key",))), "no-such-key: No such file"),
    ],
)
async def test_what_cannot_be_used_is_named_and_the_old_goes_on(
    document: Document, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Server(certificate=False)
    with pytest.raises(SettingsError, match=rf"the old one goes on, and {words}.*old settings"):
        steer(server, document).reload()
    assert server.told == []
    steer(server, document).reload_aloud()
    assert "error: the certificate cannot be used" in capsys.readouterr().err
