"""Where pystun3 works, and how it is stopped there."""

import asyncio
import contextlib
import socket
import sys

import pytest

import nat
import relay
from nat.discovery import classic
from nat.discovery.classic import ask_classic, in_thread
from nat.discovery.evidence import Wish
from nat.discovery.plan import StunServer
from nat.discovery.surroundings import Classic
from stunwire import Address, DecodeError, XorMappedAddress, decode
from tests.interop.discovery import HOST, discovery_server
from tests.nat.discovery.homes import OTHER, SERVER, Home, answering, diagnosed

ONE_AFTER_ANOTHER = "import sys, time; sys.stdin.read(); time.sleep(60)"
CRASHING = "import sys; sys.stdin.read(); raise SystemExit('out of order')"


@contextlib.contextmanager
def silent_server():
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as silent:
        silent.bind((HOST, 0))
        yield Address(*silent.getsockname())


def instead(monkeypatch, program: str) -> None:
    """Have another program in the place of the worker."""
    real = asyncio.create_subprocess_exec

    async def start(*_command: str, **pipes: object) -> object:
        return await real(sys.executable, "-c", program, **pipes)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)


async def test_a_process_says_what_it_thinks_of_loopback() -> None:
    async with discovery_server() as server:
        said = await ask_classic(server.addresses[0], HOST, seconds=60.0)
    assert (said.name, said.failure) == ("Open Internet", "")
    assert said.external is not None
    assert said.external.host == HOST


async def test_a_process_that_does_not_end_is_killed(monkeypatch) -> None:
    instead(monkeypatch, ONE_AFTER_ANOTHER)
    monkeypatch.setattr(classic, "GRACE", 0.1)
    with silent_server() as server:
        said = await ask_classic(server, HOST, seconds=0.0)
    assert "killed" in said.failure


async def test_a_process_that_dies_is_told_with_its_last_words(monkeypatch) -> None:
    instead(monkeypatch, CRASHING)
    with silent_server() as server:
        said = await ask_classic(server, HOST, seconds=60.0)
    assert said.failure == "its process ended without an answer: out of order"


async def test_a_process_that_cannot_be_started_is_told(monkeypatch) -> None:
    async def refuse(*_command: str, **_pipes: object) -> object:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    said = await ask_classic(SERVER, HOST, seconds=1.0)
    assert said.failure == "its process could not be started: No such file or directory"


async def test_who_stops_waiting_leaves_no_process_behind(monkeypatch) -> None:
    started: asyncio.Future[asyncio.subprocess.Process] = asyncio.Future()
    instead(monkeypatch, ONE_AFTER_ANOTHER)
    begin = asyncio.create_subprocess_exec

    async def note(*command: str, **pipes: object) -> object:
        process = await begin(*command, **pipes)
        started.set_result(process)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", note)
    asking = asyncio.create_task(ask_classic(SERVER, HOST, seconds=300.0))
    process = await started
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert process.returncode is not None


async def test_ipv6_is_not_even_tried() -> None:
    said = await ask_classic(Address("2001:db8::1", 3478), "2001:db8::2", seconds=1.0)
    assert said.failure == "pystun3 speaks IPv4 alone"


def test_in_the_simulator_a_thread_does_it() -> None:
    home = Home(nat.RESTRICTED_CONE)

    async def work() -> Classic:
        return await ask_classic(SERVER, home.alice.address, seconds=9.0, worker=in_thread)

    said = home.run(work())
    assert said.name == "Restric NAT"
    assert said.seconds < 3.0


def test_in_a_whole_diagnosis_it_asks_a_server_that_names_another_address(monkeypatch) -> None:
    monkeypatch.setattr(classic, "in_process", in_thread)
    plain = SERVER._replace(port=5000)
    settings = relay.Settings(listen=(SERVER, plain), alternate=OTHER)
    servers = [StunServer(plain.host, plain.port), StunServer(SERVER.host)]
    (said,) = diagnosed(Wish.CLASSIC, settings=settings, servers=servers).classic
    assert (said.server, said.name) == (SERVER, "Restric Port NAT")


def test_where_none_does_it_asks_another_and_is_stopped_before_the_deadline(monkeypatch) -> None:
    def answer(data: bytes, source: tuple[str, int]) -> bytes | None:
        try:
            return decode(data).success(XorMappedAddress(Address(*source))).encode()
        except DecodeError:  # it does not know RFC 3489
            return None

    monkeypatch.setattr(classic, "in_process", in_thread)
    (said,) = diagnosed(Wish.CLASSIC, others=[answering(answer)]).classic
    assert (said.name, said.failure) == ("Blocked", "")
    (said,) = diagnosed(Wish.CLASSIC, others=[answering(answer)], deadline=2.0).classic
    assert "took too long" in said.failure


def test_where_nobody_answers_it_is_not_even_started(monkeypatch) -> None:
    monkeypatch.setattr(classic, "in_process", None)
    assert diagnosed(Wish.CLASSIC, others=[answering(lambda *_: None)]).classic == ()
