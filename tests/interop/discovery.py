"""Our server for NAT behaviour discovery, for strangers' clients."""

import contextlib
from collections.abc import AsyncIterator

import relay
from stunwire import Address

HOST, OTHER_HOST = "127.0.0.1", "127.0.0.2"
_ATTEMPTS = 5


@contextlib.asynccontextmanager
async def discovery_server() -> AsyncIterator[relay.Server]:
    """Serve on ports the system chose; the second host may have the first one's port taken."""
    settings = relay.Settings(listen=(Address(HOST, 0),), alternate=Address(OTHER_HOST, 0))
    for attempt in range(_ATTEMPTS):
        try:
            async with relay.serve(settings) as server:
                yield server
                return
        except OSError:
            if attempt + 1 == _ATTEMPTS:
                raise
