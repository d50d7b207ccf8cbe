"""Sockets that block, in threads of a world: they wait in virtual time."""

import asyncio
import socket
import threading
import time
import urllib.request

import pytest

from nat.simulator import OutsideWorldError, Simulation


@pytest.fixture
def world():
    sim = Simulation()
    return sim, sim.host("server", "198.51.100.1"), sim.host("client", "198.51.100.2")


def test_sockets_of_threads_block_in_virtual_time(world):
    sim, server, client = world

    def serve():
        with socket.create_server(("198.51.100.1", 5)) as listening:
            opened, _ = listening.accept()
            with opened:
                time.sleep(3)
                opened.sendall(opened.recv(100).upper())

    def talk():
        with socket.create_connection(("server", 5), timeout=1) as opened:
            opened.sendall(b"hello")
            with pytest.raises(TimeoutError):
                opened.recv(100)
            opened.settimeout(None)
            return opened.recv(100), round(time.monotonic(), 2)

    async def main():
        with server:
            threading.Thread(target=serve).start()
        with client:
            return await asyncio.to_thread(talk)

    assert sim.run(main()) == (b"HELLO", 3.08)


def test_http_client_and_urllib_work_in_threads(world):
    sim, server, client = world

    async def page(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(2)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        writer.close()

    def get():
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open("http://server/") as answer:
            return answer.read()

    async def main():
        await server.run(asyncio.start_server(page, port=80))
        with client:
            return await asyncio.to_thread(get), round(time.monotonic())

    assert sim.run(main()) == (b"hello", 2)


def test_a_thread_that_waits_for_a_socket_hears_of_its_end(world):
    sim, _, client = world

    def wait(opened):
        with pytest.raises(OSError, match="Bad file descriptor"):
            opened.recv(100)

    async def main():
        with client:
            opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            waiting = asyncio.create_task(asyncio.to_thread(wait, opened))
            await asyncio.sleep(1)
            opened.close()
            await waiting

    sim.run(main())


def test_on_the_loop_a_blocking_socket_is_refused_with_what_to_do_instead(world):
    sim, _, client = world

    async def main():
        with client:
            socket.create_connection(("server", 5))

    with pytest.raises(OutsideWorldError, match=r"asyncio\.to_thread"):
        sim.run(main())


def test_files_over_a_socket_read_and_write_and_keep_it_open(world):
    sim, _, client = world

    def talk():
        with socket.create_server(("127.0.0.1", 5)) as listening:
            here = socket.create_connection(("127.0.0.1", 5))
            there, _ = listening.accept()
        with here.makefile("rw", encoding="utf-8", newline="\n") as file:
            here.close()
            file.write("línea\n")
            file.flush()
            with there.makefile("rb") as other, there.makefile("wb", 0) as raw:
                raw.write(other.readline().upper())
            answer = file.readline()
        assert here.fileno() == -1
        with pytest.raises(OutsideWorldError, match="TLS over one"):
            there.detach()
        there.close()
        return answer

    async def main():
        with client:
            return await asyncio.to_thread(talk)

    assert sim.run(main()) == "LíNEA\n"
