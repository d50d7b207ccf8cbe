"""A program of its own: one of two members of a room, with a session of Hairpin's on aiortc.

usage: session_peer.py wait|come SIGNALING_URL

It ends when it has talked with the other one, and says over what kind of path.
"""

import asyncio
import sys

from hairpin.demo.exchange import come_and_measure, wait_and_echo
from peer import Configuration


async def main(role, url):
    configuration = Configuration()
    async with asyncio.timeout(30):
        if role == "come":
            side = await come_and_measure(url, role, configuration)
        else:
            joined = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                waiting = group.create_task(wait_and_echo(url, role, configuration, joined))
                await joined.wait()
                print("in the room", flush=True)
            side = waiting.result()
    print(side.report.path.kind.name, flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
