"""Processes on hosts in the kernel, each of which meets somebody in several rooms and says by what path.

usage: python kernel_peers.py URL < HOSTS, where HOSTS is JSON: {name: [namespace, [room, ...]], ...}

What they need is loaded once, and then each is a process of its own, in a namespace of its own.
"""

import asyncio
import json
import os
import sys
import traceback

import signaling
from nat.kernel import syscalls
from peer import Configuration, PathKind, PeerError, meet

PATIENCE = 40.0


async def visit(url: str, name: str, room: str) -> str | None:
    """Meet somebody in a room and greet each other on the data channel.

    Returns:
        The kind of path, or None if there was none.
    """
    async with (
        signaling.connect(url, peer=name) as client,
        meet(client, room, Configuration()) as session,
    ):
        try:
            channel = await session.connected()
        except PeerError:
            return None
        await channel.send(f"{name} greets")
        assert str(await channel.receive()).endswith("greets")
        path = await session.settled()
        await channel.send("bye")
        assert await channel.receive() == "bye"
    assert path is not None
    return "relayed" if path.kind is PathKind.RELAYED else "direct"


async def visit_all(url: str, name: str, rooms: list[str]) -> dict[str, str | None]:
    """Visit all rooms at once."""
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        tasks = {room: group.create_task(visit(url, name, room)) for room in rooms}
    return {room: task.result() for room, task in tasks.items()}


def be(url: str, name: str, namespace: str, rooms: list[str]) -> None:
    """Be one host: enter its namespace, visit the rooms, print what was found as one line."""
    syscalls.enter(os.open(namespace, os.O_RDONLY))
    found = asyncio.run(visit_all(url, name, rooms))
    os.write(1, (json.dumps(found) + "\n").encode())


def main(url: str, hosts: dict[str, tuple[str, list[str]]]) -> int:
    """Be all hosts at once.

    Returns:
        How many of them have failed.
    """
    children = []
    for name, (namespace, rooms) in hosts.items():
        child = os.fork()
        if child == 0:
            status = 1
            try:
                be(url, name, namespace, rooms)
                status = 0
            finally:
                if status:
                    traceback.print_exc()
                os._exit(status)
        children.append(child)
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.load(sys.stdin)))
