"""A place in a room that is kept, while servers die and come back, and networks change."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import nat
import signaling
from nat.simulator import Simulation
from peer.rendezvous import Rendezvous
from peer.roomevents import (
    MemberBack,
    MemberCame,
    MemberLeft,
    MemberReachable,
    RoomEvent,
    ServersRenewed,
    SignalCame,
    SignalingBack,
    SignalingLost,
    SignalingOver,
)
from signaling import SignalKind

SERVER = "198.51.100.10"
ICE = signaling.IceSettings((), ("turn:198.51.100.10",), "shared", ttl=3600.0)
URL = f"ws://{SERVER}:80{signaling.PATH}"


class World:
    """A signaling server that can be killed, and two members on hosts of their own."""

    def __init__(self) -> None:
        self.simulation = Simulation(1)
        self.server = self.simulation.host("server", SERVER)
        self.alice = self.simulation.host("alice", "198.51.100.21")
        self.bob = self.simulation.host("bob", "198.51.100.22")
        self.heard: dict[str, list[RoomEvent]] = {"alice": [], "bob": []}
        self._serving: asyncio.Task[None] | None = None

    def run(self, main: Callable[["World"], Any]) -> None:
        async def whole() -> None:
            await self.start()
            try:
                await main(self)
            finally:
                await self.kill()

        self.simulation.run(whole(), deadline=4000.0)

    async def start(self) -> None:
        ready = asyncio.Event()

        async def serve() -> None:
            async with signaling.serve(signaling.Settings(ice=ICE), SERVER, 80):
                ready.set()
                await asyncio.Event().wait()

        with self.server:
            self._serving = asyncio.create_task(serve())
        await ready.wait()

    async def kill(self) -> None:
        assert self._serving is not None
        self._serving.cancel()
        await asyncio.wait([self._serving])

    async def member(self, name: str, where: Any = URL) -> Rendezvous:
        host = getattr(self, name)
        rendezvous = Rendezvous(where, "room", self.heard[name].append, name=name)

        async def enter() -> None:
            await rendezvous.connect()
            await rendezvous.join()

        await host.run(enter())
        return rendezvous

    def kinds(self, name: str) -> list[type]:
        return [type(event) for event in self.heard[name]]

    async def until(self, name: str, kind: type) -> Any:
        async with asyncio.timeout(60):
            while not any(isinstance(event, kind) for event in self.heard[name]):
                await asyncio.sleep(0.01)
        return next(event for event in self.heard[name] if isinstance(event, kind))


def test_members_find_each_other_and_know_who_is_the_newcomer_and_polite() -> None:
    async def main(world: World) -> None:
        alice, bob = await world.member("alice"), await world.member("bob")
        came = await world.until("alice", MemberCame)
        assert (came.member.name, came.newcomer, came.member.polite) == ("bob", True, True)
        (found,) = world.heard["bob"]
        assert isinstance(found, MemberCame)
        assert (found.member.name, found.newcomer, found.member.polite) == ("alice", False, False)
        await bob.close()
        assert (await world.until("alice", MemberLeft)).reason is signaling.LeaveReason.LEFT
        await alice.close()

    World().run(main)


def test_signals_arrive_in_order_and_candidates_that_wait_together_go_together() -> None:
    async def main(world: World) -> None:
        alice, bob = await world.member("alice"), await world.member("bob")
        (there,) = bob.present
        bob.send(there, SignalKind.OFFER, {"sdp": "x"}, "1")
        for number in range(3):
            bob.send(there, SignalKind.CANDIDATES, [{"candidate": str(number)}], "1")
        bob.send(there, SignalKind.CANDIDATES, [], "1")
        bob.send(there, SignalKind.CANDIDATES, [{"candidate": "other"}], "2")
        await bob.close()
        await world.until("alice", MemberLeft)
        signals = [e.signal for e in world.heard["alice"] if isinstance(e, SignalCame)]
        assert [signal.kind for signal in signals] == [SignalKind.OFFER] + [
            SignalKind.CANDIDATES
        ] * 3
        assert [len(signal.data) for signal in signals[1:]] == [3, 0, 1]
        await alice.close()

    World().run(main)


def test_when_the_server_was_killed_and_is_back_the_members_know_each_other_again() -> None:
    async def main(world: World) -> None:
        alice, bob = await world.member("alice"), await world.member("bob")
        (there,) = bob.present
        await world.kill()
        for name in ("alice", "bob"):
            await world.until(name, SignalingLost)
        assert not bob.is_up
        assert bob.send(there, SignalKind.CUSTOM, "said to a session that is lost", None)
        await asyncio.sleep(3)
        await world.start()
        for name in ("alice", "bob"):
            await world.until(name, MemberBack)
            kinds = world.kinds(name)
            assert kinds.count(MemberCame) == 1
            assert kinds.index(SignalingBack) < kinds.index(MemberBack)
        assert bob.send(there, SignalKind.CUSTOM, "again", None)
        came = await world.until("alice", SignalCame)
        assert (came.member.name, came.signal.data) == ("bob", "again")
        await bob.close()
        await alice.close()

    World().run(main)


def test_who_has_another_address_is_back_at_once_while_the_server_still_holds_the_old_place() -> (
    None
):
    async def main(world: World) -> None:
        alice, bob = await world.member("alice"), await world.member("bob")
        world.bob.move(world.simulation.nat("cafe", nat.FULL_CONE))
        moved_at = asyncio.get_running_loop().time()
        await world.bob.run(_changed(bob, ["192.168.0.2"]))
        back = await world.until("bob", SignalingBack)
        assert back.resumed
        assert asyncio.get_running_loop().time() - moved_at < 0.5
        await asyncio.sleep(60)  # the server finds out that the old connection is dead
        assert world.kinds("alice") == [MemberCame]
        (there,) = alice.present
        assert alice.send(there, SignalKind.CUSTOM, "there", None)
        assert (await world.until("bob", SignalCame)).signal.data == "there"
        await bob.close()
        await alice.close()

    World().run(main)


async def _probe(rendezvous: Rendezvous) -> None:
    rendezvous.probe()


async def _changed(rendezvous: Rendezvous, hosts: list[str]) -> None:
    rendezvous.network_changed(hosts)


@pytest.mark.parametrize("seconds", [1, 10])
def test_a_partition_that_the_session_outlives_is_told_once_and_loses_nothing(
    seconds: float,
) -> None:
    async def main(world: World) -> None:
        alice, bob = await world.member("alice"), await world.member("bob")
        (there,) = bob.present
        world.simulation.partition([world.bob], [world.server])
        await world.bob.run(_probe(bob))
        await world.until("bob", SignalingLost)
        for number in range(5):
            assert bob.send(there, SignalKind.CUSTOM, number, None)
            assert alice.send(await came(world), SignalKind.CUSTOM, number, None)
        await asyncio.sleep(seconds)
        world.simulation.heal()
        await asyncio.sleep(30)
        for name in ("alice", "bob"):
            told = [e.signal.data for e in world.heard[name] if isinstance(e, SignalCame)]
            assert told == [0, 1, 2, 3, 4]
        assert [kind for kind in world.kinds("bob") if kind is not SignalCame] == [
            MemberCame,
            SignalingLost,
            ServersRenewed,
            SignalingBack,
        ]
        assert not {MemberBack, MemberLeft} & set(world.kinds("alice"))
        await bob.close()
        await alice.close()

    async def came(world: World) -> Any:
        return (await world.until("alice", MemberCame)).member

    World().run(main)


def test_a_member_whose_signaling_dies_is_out_of_reach_and_back() -> None:
    async def main(world: World) -> None:
        alice, bob = await world.member("alice"), await world.member("bob")
        world.simulation.partition([world.bob], [world.server])
        await asyncio.sleep(60)
        world.simulation.heal()
        await asyncio.sleep(15)
        reached = [e.reachable for e in world.heard["alice"] if isinstance(e, MemberReachable)]
        assert reached == [False, True]
        assert (await world.until("bob", SignalingBack)).resumed
        await bob.close()
        await alice.close()

    World().run(main)


def test_a_client_that_fails_by_a_mistake_of_ours_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_args: object) -> None:
        raise ZeroDivisionError("nobody thought of it")

    async def main(world: World) -> None:
        alice, bob = await world.member("alice"), await world.member("bob")
        await world.until("alice", MemberCame)
        first = bob._client
        monkeypatch.setattr(first._core, "receive_frame", fail)
        alice.send(alice.present[0], SignalKind.CUSTOM, "a frame", None)
        await world.until("bob", SignalingBack)
        assert bob._client is not first
        await bob.close()
        await alice.close()

    World().run(main)


def test_a_steady_client_of_the_callers_comes_back_by_itself() -> None:
    async def main(world: World) -> None:
        async def with_client() -> None:
            async with signaling.connect(URL, peer="alice") as client:
                rendezvous = Rendezvous(client, "room", world.heard["alice"].append)
                await rendezvous.connect()
                await rendezvous.join()
                await world.kill()
                await world.start()
                assert not (await world.until("alice", SignalingBack)).resumed
                assert rendezvous.is_up
                await rendezvous.close()
                assert await client.ping() > 0

        await world.alice.run(with_client())

    World().run(main)


def test_a_name_that_somebody_else_has_taken_meanwhile_is_given_up_for_another() -> None:
    async def main(world: World) -> None:
        alice = await world.member("alice")
        await world.kill()
        await world.until("alice", SignalingLost)
        await world.start()
        thief = Rendezvous(URL, "room", world.heard["bob"].append, name="alice")

        async def enter() -> None:
            await thief.connect()
            await thief.join()

        await world.bob.run(enter())
        await world.until("alice", SignalingBack)
        assert (await world.until("bob", MemberCame)).member.name == "alice~1"
        await thief.close()
        await alice.close()

    World().run(main)


def test_a_client_of_the_callers_is_used_and_not_replaced() -> None:
    async def main(world: World) -> None:
        async def with_client() -> None:
            async with signaling.connect(
                URL, peer="alice", meta={"age": 7}, steady=False
            ) as client:
                rendezvous = Rendezvous(client, "room", world.heard["alice"].append)
                await rendezvous.connect()
                await rendezvous.join()
                bob = await world.member("bob")
                (there,) = bob.present
                assert there.meta["age"] == 7
                assert there.instance
                await world.kill()
                await world.until("alice", SignalingOver)
                assert not rendezvous.is_up
                await rendezvous.close()
                await bob.close()

        await world.alice.run(with_client())

    World().run(main)


def test_a_name_that_is_taken_is_refused_at_the_door() -> None:
    async def main(world: World) -> None:
        alice = await world.member("alice")
        rendezvous = Rendezvous(URL, "room", lambda event: None, name="alice")

        async def enter() -> None:
            await rendezvous.connect()
            with pytest.raises(signaling.RefusedError, match="has this name"):
                await rendezvous.join()
            await rendezvous.close()

        await world.bob.run(enter())
        await alice.close()

    World().run(main)


def test_credentials_of_relays_are_renewed_before_they_expire() -> None:
    async def main(world: World) -> None:
        alice = await world.member("alice")
        (before,) = alice.servers
        await asyncio.sleep(1850)
        (after,) = alice.servers
        assert before.username is not None
        assert after.username is not None
        expiries = [int(one.username.partition(":")[0]) for one in (before, after)]
        assert 1400 < expiries[1] - expiries[0] <= 1801
        assert ServersRenewed in world.kinds("alice")
        await alice.close()

    World().run(main)
