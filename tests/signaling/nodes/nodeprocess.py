"""A program of its own: one node of a signaling server over Redis.

usage: nodeprocess.py REDIS_URL NAME [LEASE]
"""

import asyncio
import sys

import signaling
from signaling.nodes import RedisBackplane, Times


async def main(url: str, name: str, lease: str = "4") -> None:
    limits = signaling.Limits(
        rate=1e6, burst=10**6, connections=1e6, connections_burst=10**6, connections_held=10**6
    )
    settings = signaling.Settings(node=name, limits=limits)
    times = Times(renewal=float(lease) / 4, lease=float(lease))
    backplane = RedisBackplane(url, name, times=times)
    async with signaling.serve(settings, backplane=backplane) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
