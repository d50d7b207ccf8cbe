"""Tasks in namespaces: what each does, it does in its own."""

import asyncio
import contextvars
import os
import socket
from collections.abc import Coroutine
from typing import Any

from nat.kernel import Namespace, Namespaces, syscalls
from nat.kernel.loop import NamespaceLoop, place


def inode() -> int:
    here = syscalls.current()
    try:
        return os.fstat(here).st_ino
    finally:
        os.close(here)


def play(main: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=NamespaceLoop) as runner:
        return runner.run(main)


def start(where: Namespace, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    context = contextvars.copy_context()
    context.run(place.set, where)
    return asyncio.get_running_loop().create_task(coroutine, context=context)


async def look_around(found: list[int]) -> None:
    for _ in range(3):
        found.append(inode())
        await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    later = loop.create_future()
    loop.call_later(0.001, lambda: later.set_result(inode()))
    found.append(await later)
    found.append(await asyncio.to_thread(inode))
    found.append(await asyncio.create_task(report()))


async def report() -> int:
    return inode()


def test_tasks_timers_and_threads_stay_in_their_namespace(namespaces: Namespaces) -> None:
    alice, bob, home = namespaces.create("alice"), namespaces.create("bob"), inode()
    seen: dict[int, list[int]] = {alice.inode: [], bob.inode: [], home: []}

    async def main() -> None:
        one, other = (start(x, look_around(seen[x.inode])) for x in (alice, bob))
        await asyncio.gather(one, other, look_around(seen[home]))

    play(main())
    assert seen == {where: [where] * 6 for where in seen}
    assert inode() == home


def test_the_thread_is_back_when_a_task_fails(namespaces: Namespaces) -> None:
    home = inode()

    async def fail() -> None:
        raise LookupError

    async def main() -> None:
        await start(namespaces.create("alice"), fail())

    try:
        play(main())
    except LookupError:
        assert inode() == home
    else:
        raise AssertionError


def test_unmodified_streams_meet_inside_and_not_outside(namespaces: Namespaces) -> None:
    alice = namespaces.create("alice")

    async def serve() -> asyncio.Server:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readline())
            writer.close()

        return await asyncio.start_server(answer, "127.0.0.1", 0)

    async def ask(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"here\n")
        answer = await reader.readline()
        writer.close()
        return answer

    async def main() -> None:
        server = await start(alice, serve())
        port = server.sockets[0].getsockname()[1]
        assert await start(alice, ask(port)) == b"here\n"
        with socket.socket() as outside:
            assert outside.connect_ex(("127.0.0.1", port)) != 0
        server.close()

    play(main())


class Where(asyncio.DatagramProtocol):
    """Tells where it was told of a datagram."""

    def __init__(self) -> None:
        self.told: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def datagram_received(self, _data: bytes, _addr: object) -> None:
        self.told.set_result(inode())


def test_a_protocol_is_told_of_datagrams_where_its_socket_was_made(namespaces: Namespaces) -> None:
    alice, bob = namespaces.create("alice"), namespaces.create("bob")

    async def listen() -> tuple[asyncio.DatagramTransport, Where]:
        loop = asyncio.get_running_loop()
        return await loop.create_datagram_endpoint(Where, local_addr=("127.0.0.1", 0))

    async def send_itself_something() -> int:
        transport, told = await listen()
        transport.sendto(b"!", transport.get_extra_info("sockname"))
        found = await told.told
        transport.close()
        return found

    async def main() -> list[int]:
        async with asyncio.timeout(10):
            tasks = (start(where, send_itself_something()) for where in (alice, bob) * 3)
            return list(await asyncio.gather(*tasks))

    assert play(main()) == [alice.inode, bob.inode] * 3


def test_programs_start_inside(namespaces: Namespaces) -> None:
    alice = namespaces.create("alice")

    async def show() -> bytes:
        process = await asyncio.create_subprocess_exec(
            *("stat", "-L", "-c", "%i", "/proc/self/ns/net"), stdout=asyncio.subprocess.PIPE
        )
        return (await process.communicate())[0]

    async def main() -> bytes:
        return await start(alice, show())

    assert int(play(main())) == alice.inode
