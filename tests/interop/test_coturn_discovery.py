"""coturn's clients for NAT behaviour discovery against our server with two addresses."""

import re

import pytest

from tests.interop.coturn import play
from tests.interop.discovery import HOST, discovery_server

pytestmark = pytest.mark.interop


async def test_coturns_discovery_finds_no_nat_and_no_filter_on_loopback():
    async with discovery_server() as server:
        port = server.addresses[0].port
        output = await play("turnutils_natdiscovery", "-m", "-f", "-L", HOST, "-p", str(port), HOST)
    assert "No NAT! (Endpoint Independent Mapping)" in output, output
    assert "Endpoint Independent Filtering" in output, output


async def test_coturns_stun_client_is_answered_from_the_other_address_and_port():
    async with discovery_server() as server:
        port, other = server.addresses[0].port, server.addresses[1]
        output = await play("turnutils_stunclient", "-f", "-p", str(port), HOST)
    assert f"Other addr: : {other.host}:{other.port}" in output, output
    origins = set(re.findall(r"Response origin: : (\S+)", output))
    assert {f"{HOST}:{port}", f"{other.host}:{other.port}"} <= origins, output
