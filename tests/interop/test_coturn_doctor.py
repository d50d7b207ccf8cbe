"""Hairpin's examination of a relay that is not ours: coturn, well and wrong."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from relay.doctor.examination import examine
from relay.doctor.findings import Diagnosis, Outcome, Step
from relay.doctor.sockets import Sockets
from relay.doctor.target import Login, Secret, Target
from relay.fivetuple import Transport
from stunwire import Address
from tests.interop.coturn import find

pytestmark = pytest.mark.interop

PATIENCE, START_UP = 5.0, 30.0
ALICE = Login("alice", "wonder")


@asynccontextmanager
async def coturn(*arguments: str) -> AsyncIterator[Address]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        address = Address(*taken.getsockname())
    process = await asyncio.create_subprocess_exec(
        *(find("turnserver"), "-n", "-L", address.host, "-p", str(address.port), "-r", "lab"),
        *("--no-tls", "--no-dtls", "--no-cli", "--log-file", "/dev/null", "--pidfile", "/dev/null"),
        *arguments,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(START_UP):
            while not (
                await examine(Target(host=address.host, port=address.port), Sockets())
            ).is_well:
                await asyncio.sleep(0.05)
        yield address
    finally:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            process.kill()
            await process.wait()


async def examined(
    address: Address, access: Login | Secret, transport: Transport = Transport.UDP
) -> Diagnosis:
    target = Target(
        host=address.host, port=address.port, access=access, transport=transport, realm="lab"
    )
    return await examine(target, Sockets())


async def test_coturn_is_well_and_a_wrong_password_is_found() -> None:
    flags = ("--lt-cred-mech", "-u", "alice:wonder", "--allow-loopback-peers")
    async with coturn(*flags) as address:
        for transport in (Transport.UDP, Transport.TCP):
            diagnosis = await examined(address, ALICE, transport)
            assert {one.outcome for one in diagnosis.findings} == {Outcome.OK}, diagnosis
        wrong = await examined(address, Login("alice", "0p3n"))
    assert wrong.worst is not None
    assert wrong.worst.step is Step.CREDENTIALS


async def test_coturns_secret_its_clock_and_its_denied_peers_are_told() -> None:
    async with coturn("--use-auth-secret", "--static-auth-secret=s") as address:
        diagnosis = await examined(address, Secret("s"))
        wrong = await examined(address, Secret("t"))
    found = {one.step: one for one in diagnosis.findings}
    assert diagnosis.is_well
    assert found[Step.CLOCK].outcome is Outcome.OK
    assert found[Step.PERMISSION].outcome is Outcome.NOTED  # loopback, which it denies as ours does
    assert wrong.worst is not None
    assert "the secret is another one" in wrong.worst.what
