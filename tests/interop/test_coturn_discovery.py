"""Strangers' clients for NAT behaviour discovery against our server with two addresses."""

import asyncio
import contextlib
import re
import shutil
from collections.abc import AsyncIterator

import pytest
import stun

import relay
from stunwire import Address

pytestmark = pytest.mark.interop

TIMEOUT = 30.0
HOST, OTHER_HOST = "127.0.0.1", "127.0.0.2"
ATTEMPTS = 5


@contextlib.asynccontextmanager
async def discovery_server() -> AsyncIterator[relay.Server]:
    """Serve on ports the system chose; the second host may have the first one's port taken."""
    settings = relay.Settings(listen=(Address(HOST, 0),), alternate=Address(OTHER_HOST, 0))
    for attempt in range(ATTEMPTS):
        try:
            async with relay.serve(settings) as server:
                yield server
                return
        except OSError:
            if attempt + 1 == ATTEMPTS:
                raise


async def _play(program: str, *arguments: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.fail(
            f"{program} is not installed: the set-up step of `make test` installs it "
            "(Debian package coturn, `apt-get install coturn`)"
        )
    process = await asyncio.create_subprocess_exec(
        found, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), TIMEOUT)
    except TimeoutError:
        process.kill()
        output, _ = await process.communicate()
    return output.decode(errors="replace")


async def test_coturns_discovery_finds_no_nat_and_no_filter_on_loopback():
    async with discovery_server() as server:
        port = server.addresses[0].port
        output = await _play(
            "turnutils_natdiscovery", "-m", "-f", "-L", HOST, "-p", str(port), HOST
        )
    assert "No NAT! (Endpoint Independent Mapping)" in output, output
    assert "Endpoint Independent Filtering" in output, output


async def test_coturns_stun_client_is_answered_from_the_other_address_and_port():
    async with discovery_server() as server:
        port, other = server.addresses[0].port, server.addresses[1]
        output = await _play("turnutils_stunclient", "-f", "-p", str(port), HOST)
    assert f"Other addr: : {other.host}:{other.port}" in output, output
    origins = set(re.findall(r"Response origin: : (\S+)", output))
    assert {f"{HOST}:{port}", f"{other.host}:{other.port}"} <= origins, output


async def test_pystun3_without_a_cookie_finds_the_open_internet():
    async with discovery_server() as server:
        kind, host, port = await asyncio.to_thread(
            stun.get_ip_info, HOST, 0, HOST, server.addresses[0].port
        )
    assert (kind, host) == (stun.OpenInternet, HOST)
    assert port
