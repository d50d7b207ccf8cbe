"""Where users come from, on real sockets: aioice's client is let in, or not."""

import asyncio

import pytest
from aioice import stun, turn

from relay import Limits, PeerPolicy, Reach, Settings, UsersFileError, serve
from relay.users import make_keys
from relay.usersfile import encode_keys
from stunwire import Address

LOCAL = Address("127.0.0.1", 0)
DEADLINE = 20.0


class Ear(asyncio.DatagramProtocol):
    """Knows when its allocation is given back."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()

    def connection_lost(self, exc) -> None:
        self.lost.set()


def _settings(**changed) -> Settings:
    usual = {
        "listen": (LOCAL,),
        "realm": "lab.example",
        "peers": PeerPolicy(reach=Reach.LOCAL),
        "limits": Limits(unauthenticated_rate=1e6, unauthenticated_burst=1e6),
    }
    return Settings(**{**usual, **changed})


async def _visit(server, user: str, password: str) -> None:
    """Get an allocation and give it back."""
    transport, ear = await turn.create_turn_endpoint(
        Ear, server_addr=tuple(server.addresses[0]), username=user, password=password
    )
    transport.close()
    await asyncio.wait_for(ear.lost.wait(), DEADLINE)


async def _is_refused(server, user: str, password: str) -> bool:
    try:
        await _visit(server, user, password)
    except stun.TransactionFailed as failed:
        return failed.response.error_code == 401
    return False


class TestUsersFile:
    """Users of a file."""

    async def test_users_come_and_go_with_the_file_and_a_bad_one_changes_nothing(self, tmp_path):
        path = tmp_path / "users"
        path.write_text("alice:password:wonder\n")
        async with serve(_settings(users_file=path, users_file_check=0.01)) as server:
            await _visit(server, "alice", "wonder")
            assert await _is_refused(server, "bob", "builder")
            keys = make_keys("bob", "lab.example", "builder")
            path.write_text(encode_keys("bob", "lab.example", keys))
            async with asyncio.timeout(DEADLINE):
                while await _is_refused(server, "bob", "builder"):
                    pass
            path.write_text("carol\n")
            assert await _is_refused(server, "alice", "wonder")
            await _visit(server, "bob", "builder")

    async def test_a_reload_reads_it_again_or_another(self, tmp_path):
        path, other = tmp_path / "users", tmp_path / "other"
        path.write_text("alice:password:wonder\n")
        other.write_text("bob:password:builder\n")
        settings = _settings(users_file=path)
        async with serve(settings) as server:
            path.write_text("carol:password:sing\n")
            assert await _is_refused(server, "carol", "sing")
            for changed, user, password in (
                (settings, "carol", "sing"),
                (_settings(users_file=other), "bob", "builder"),
            ):
                server.reload(changed)
                async with asyncio.timeout(DEADLINE):
                    while await _is_refused(server, user, password):
                        pass
            server.reload(_settings(users={"dave": "dance"}))
            assert await _is_refused(server, "bob", "builder")
            await _visit(server, "dave", "dance")

    async def test_at_the_start_it_must_be_good(self, tmp_path):
        path = tmp_path / "users"
        path.write_text("alice\n")
        with pytest.raises(UsersFileError, match="users: line 1"):
            async with serve(_settings(users_file=path)):
                pass

    async def test_when_an_address_is_taken_nobody_looks_at_the_file(self, tmp_path):
        path = tmp_path / "users"
        path.write_text("alice:password:wonder\n")
        async with serve(_settings(users_file=path)) as server:
            with pytest.raises(OSError, match="in use"):
                async with serve(_settings(users_file=path, listen=server.addresses)):
                    pass
            await asyncio.sleep(0)
            assert sum("_look_on" in repr(task) for task in asyncio.all_tasks()) == 1
