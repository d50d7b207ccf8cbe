"""Tests of `nat.simulator.fences`: what a world refuses: real sockets, pipes and processes, each with what to do instead."""

import asyncio
import os
import select
import socket
import subprocess

import pytest

from nat.simulator import OutsideWorldError, Simulation


@pytest.fixture
def run():
    """Run a coroutine function on a host of a world."""
    sim = Simulation()
    host = sim.host("a", "198.51.100.1")
    return lambda function: sim.run(host.run(function()))


@pytest.fixture
def real():
    """Real sockets, connected to each other, made before the run."""
    one, other = socket.socketpair()
    datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    yield one, datagram
    for opened in (one, other, datagram):
        opened.close()


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("sock_recv", (1,)),
        ("sock_recv_into", (bytearray(1),)),
        ("sock_recvfrom", (1,)),
        ("sock_recvfrom_into", (bytearray(1),)),
        ("sock_sendall", (b"x",)),
        ("sock_sendto", (b"x", ("127.0.0.1", 9))),
        ("sock_connect", (("127.0.0.1", 9),)),
        ("sock_accept", ()),
    ],
)
def test_a_socket_made_outside_is_refused_by_every_method(run, real, method, arguments):
    async def main():
        await getattr(asyncio.get_running_loop(), method)(real[0], *arguments)

    with pytest.raises(OutsideWorldError, match="make it inside the run"):
        run(main)


def test_a_socket_made_outside_is_refused_by_transports(run, real):
    stream, datagram = real

    async def main():
        loop = asyncio.get_running_loop()
        with pytest.raises(OutsideWorldError, match="make it inside the run"):
            await asyncio.open_connection(sock=stream)
        with pytest.raises(OutsideWorldError, match="make it inside the run"):
            await loop.create_datagram_endpoint(asyncio.DatagramProtocol, sock=datagram)
        with pytest.raises(OutsideWorldError, match="make it inside the run"):
            await asyncio.start_server(print, sock=stream)

    run(main)


@pytest.mark.parametrize(
    ("refused", "advice"),
    [
        (lambda _: asyncio.start_unix_server(print, "/nowhere"), "use TCP on 127.0.0.1"),
        (lambda _: asyncio.open_unix_connection("/nowhere"), "use TCP on 127.0.0.1"),
        (lambda loop: loop.connect_read_pipe(print, None), "plain files"),
        (lambda loop: loop.connect_write_pipe(print, None), "plain files"),
        (lambda _: asyncio.create_subprocess_exec("true"), "kernel or TUN lab"),
        (lambda _: asyncio.create_subprocess_shell("true"), "kernel or TUN lab"),
    ],
)
def test_what_is_not_of_the_world_is_refused_with_what_to_do_instead(run, refused, advice):
    async def main():
        await refused(asyncio.get_running_loop())

    with pytest.raises(OutsideWorldError, match=advice):
        run(main)


@pytest.mark.parametrize(
    ("refused", "advice"),
    [
        (lambda: subprocess.run(["true"], check=False), "kernel or TUN lab"),
        (lambda: os.system("true"), "kernel or TUN lab"),
        (lambda: os.posix_spawn("/bin/true", ["true"], {}), "kernel or TUN lab"),
        (lambda: socket.socketpair(), "over 127.0.0.1"),  # noqa: PLW0108 -- patched by then
        (lambda: select.select([], [], [], 0), "add_reader"),
    ],
)
@pytest.mark.parametrize("in_thread", [False, True])
def test_functions_that_reach_out_of_the_world_are_refused(run, refused, advice, in_thread):
    async def main():
        await asyncio.to_thread(refused) if in_thread else refused()

    with pytest.raises(OutsideWorldError, match=advice):
        run(main)


def test_files_on_disk_are_read_and_written_as_ever(run, tmp_path):
    async def main():
        (tmp_path / "file").write_text("text")
        return await asyncio.to_thread((tmp_path / "file").read_text)

    assert run(main) == "text"
