"""The outbox: in order, and no more answers to nonsense than it is worth."""

import asyncio
from typing import Any

import signaling
from peer import RemoteError
from peer.outbox import MAX_ANSWERS, Outbox


class Client:
    """A signaling client that writes down what it should send."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Any, str | None]] = []

    async def signal(self, room: str, to: str, kind: Any, data: Any, *, pc: str | None) -> None:
        self.sent.append((to, kind.value, data, pc))


def signal(kind: signaling.SignalKind, *, sender: str = "bob") -> signaling.SignalReceived:
    made: Any = signaling.SignalReceived.__new__(signaling.SignalReceived)
    for name, value in {"room": "r", "sender": sender, "kind": kind, "data": 0, "pc": "x"}.items():
        object.__setattr__(made, name, value)
    return made  # type: ignore[no-any-return]


def sent(fill: Any) -> list[tuple[str, str, Any, str | None]]:
    async def main() -> list[tuple[str, str, Any, str | None]]:
        client: Any = Client()
        outbox = Outbox(client, "r")
        fill(outbox)
        running = asyncio.create_task(outbox.run())
        for _ in range(3):
            await asyncio.sleep(0)
        running.cancel()
        found: list[tuple[str, str, Any, str | None]] = client.sent
        return found

    return asyncio.run(main())


def test_signals_leave_in_the_order_in_which_they_were_put_in() -> None:
    def fill(outbox: Outbox) -> None:
        for number in range(3):
            outbox.put("bob", signaling.SignalKind.CANDIDATES, [number], "a")

    assert sent(fill) == [("bob", "candidates", [number], "a") for number in range(3)]


def test_a_complaint_names_the_signal_and_bears_its_attempt() -> None:
    offer = signal(signaling.SignalKind.OFFER)
    ((to, kind, data, pc),) = sent(lambda outbox: outbox.complain(offer, RemoteError("why")))
    assert (to, kind, pc) == ("bob", "custom", "x")
    assert data == {"error": {"name": "bad_offer", "message": "why"}}


def test_a_third_members_offer_is_refused_and_its_other_signals_are_not_answered() -> None:
    def fill(outbox: Outbox) -> None:
        for kind in signaling.SignalKind:
            outbox.refuse(signal(kind, sender="carol"))

    ((to, kind, data, _),) = sent(fill)
    assert (to, kind) == ("carol", "bye")
    assert data["reason"]


def test_endless_nonsense_is_not_answered_without_end() -> None:
    def fill(outbox: Outbox) -> None:
        for _ in range(500):
            outbox.complain(signal(signaling.SignalKind.CANDIDATES), RemoteError("no"))

    assert len(sent(fill)) == MAX_ANSWERS
