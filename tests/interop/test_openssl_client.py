"""openssl's own client against our DTLS listener: it shakes hands, agrees on the protocol and says goodbye."""

import asyncio
import shutil

import pytest

import relay
from stunwire import Address

pytestmark = pytest.mark.interop

PATIENCE = 20.0


async def test_openssl_s_client_shakes_hands_and_says_goodbye(certificate):
    program = shutil.which("openssl")
    assert program is not None, "the set-up step of `make test` installs openssl"
    settings = relay.Settings(listen_dtls=(Address("127.0.0.1", 0),), certificate=certificate)
    async with relay.serve(settings) as server, asyncio.timeout(PATIENCE):
        host, port = server.dtls_addresses[0]
        process = await asyncio.create_subprocess_exec(
            *(program, "s_client", "-dtls1_2", "-connect", f"{host}:{port}"),
            *("-alpn", "stun.turn"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdout is not None
        output = await process.stdout.readuntil(b"Extended master secret: yes")
        await process.communicate(b"Q\n")
        assert b"ALPN protocol: stun.turn" in output
        assert b"DTLSv1.2" in output
        while server.counters.connections:
            await asyncio.sleep(0.001)
        assert server.counters.hang_ups == {}
