"""The TUN lab: datagrams there and back through a NAT, and what it adds to the latency of its links."""

import asyncio
import os
import sys
from dataclasses import replace

from nat import PORT_RESTRICTED_CONE
from nat.links import INTERNET_QUALITY
from nat.simulator import Simulation
from nat.tun import TunLab

ECHO = """
import socket
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.bind(("", 7))
print("up", flush=True)
while True:
    one.sendto(*one.recvfrom(2048))
"""
ASK = """
import socket, sys, time
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.connect((sys.argv[1], 7))
one.settimeout(1)
times = []
for _ in range(200):
    begin = time.perf_counter()
    one.send(bytes(100))
    one.recv(2048)
    times.append(time.perf_counter() - begin)
times.sort()
begin, there, back = time.perf_counter(), 0, 0
while time.perf_counter() - begin < 3:
    while there - back < 64:
        one.send(bytes(1000))
        there += 1
    try:
        one.recv(2048)
        back += 1
    except TimeoutError:
        there = back
print(times[100], times[198], 2 * back / 3)
"""


async def measure(latency: float) -> None:
    world = Simulation(seed=1)
    server = world.host("server")
    home = world.nat("home", PORT_RESTRICTED_CONE)
    alice = home.host("alice")
    quality = replace(INTERNET_QUALITY, latency=latency)
    for place in (server, home, alice):
        world.link(place, up=quality, down=quality)
    async with TunLab(world) as lab:
        echo = await lab["server"].popen(sys.executable, "-c", ECHO, stdout=-1)
        assert echo.stdout is not None
        await echo.stdout.readline()
        done = await lab["alice"].run(sys.executable, "-c", ASK, server.address)
        echo.kill()
        await echo.wait()
    middle, high, rate = map(float, done.stdout.split())
    added = (middle - 6 * latency) * 1000, (high - 6 * latency) * 1000
    print(
        f"links of {3 * latency * 1000:g} ms one way: {added[0]:.2f} ms more there and back"
        f" (99 %: {added[1]:.2f} ms), {rate:,.0f} packets/s of 1,000 bytes, 64 under way"
    )


if __name__ == "__main__":
    if os.geteuid() == 0:
        for one in (0.0, 0.01):
            asyncio.run(measure(one))
    else:
        print("needs root")
