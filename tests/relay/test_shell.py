"""The shell does what the core wants, in order, and calls it when its time has come."""

import asyncio

from relay.counters import DropReason
from relay.fivetuple import FiveTuple, Transport
from relay.journal import Journal
from relay.outputs import PacketDropped, SendToClient
from relay.shell import Shell
from stunwire import Address

CLIENT, SERVER = Address("198.51.100.2", 5000), Address("198.51.100.1", 3478)


class Core:
    """Has one deadline, and notes when it was called."""

    def __init__(self, deadline: float) -> None:
        self.deadline: float | None = deadline
        self.called: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def next_deadline(self) -> float | None:
        return self.deadline

    def handle_timer(self, now: float) -> list[SendToClient]:
        self.deadline = None
        self.called.set_result(now)
        return []

    def end_all(self, why: str, now: float) -> list[PacketDropped]:
        return [PacketDropped(CLIENT, DropReason.GARBAGE, 1, why)]


class Way:
    """What leads to clients, and keeps what is sent that way."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, Address]] = []

    def send(self, data: bytes, client: Address) -> None:
        self.sent.append((bytes(data), client))


def _shell(core: Core) -> Shell:
    shell = Shell(Journal())
    shell.core = core  # type: ignore[assignment]
    return shell


async def test_the_core_is_called_at_its_deadline_not_before():
    loop = asyncio.get_running_loop()
    deadline = loop.time() + 0.02
    core = Core(deadline)
    _shell(core).carry_out([], loop.time())
    assert await core.called >= deadline


async def test_what_is_for_clients_goes_the_way_of_its_listener_and_transport():
    shell = _shell(Core(asyncio.get_running_loop().time() + 60))
    over_udp, over_tcp = Way(), Way()
    shell.ways = {(SERVER, Transport.UDP): over_udp, (SERVER, Transport.TCP): over_tcp}
    outputs = [
        SendToClient(FiveTuple(CLIENT, SERVER), b"one"),
        SendToClient(FiveTuple(CLIENT, SERVER, Transport.TCP), b"two"),
        SendToClient(FiveTuple(CLIENT, SERVER), b"three"),
    ]
    shell.carry_out(outputs, 0.0)
    assert over_udp.sent == [(b"one", CLIENT), (b"three", CLIENT)]
    assert over_tcp.sent == [(b"two", CLIENT)]
    shell.close()


async def test_a_closed_shell_calls_the_core_no_more():
    loop = asyncio.get_running_loop()
    core = Core(loop.time() + 0.01)
    shell = _shell(core)
    shell.carry_out([], loop.time())
    shell.close()
    done, _ = await asyncio.wait([core.called], timeout=0.05)
    assert not done
