# ruff: noqa: N802, N803 - the W3C's names
"""Two dialogues on peer connections that only keep the books: order, glare, loss, nonsense, floods."""

import asyncio
from typing import Any

import aiortc
import pytest
from aiortc.exceptions import InvalidStateError
from pyee.asyncio import AsyncIOEventEmitter

import signaling
from peer.dialogue import MAX_COMPLAINTS, MAX_INBOX, Dialogue
from peer.errors import RemoteError
from signaling import SignalKind


class Candidate:
    def __init__(self, text: str, fragment: str) -> None:
        self.usernameFragment = fragment
        self._text = text

    def toJSON(self) -> dict[str, Any]:
        return {"candidate": self._text, "sdpMid": "0", "usernameFragment": self.usernameFragment}


class BookkeepingPc(AsyncIOEventEmitter):
    """The W3C's signaling states, and descriptions that are nothing but a fragment."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.generation = 0
        self.signalingState = "stable"
        self.localDescription: Any = None
        self.remoteDescription: Any = None
        self.candidates: list[Any] = []

    def _description(self, kind: str) -> aiortc.RTCSessionDescription:
        sdp = f"v=0\r\na=ice-ufrag:{self.name}{self.generation}\r\na=candidate:1\r\n"
        return aiortc.RTCSessionDescription(sdp, kind)

    async def createOffer(self, iceRestart: bool = False) -> aiortc.RTCSessionDescription:
        self.generation += iceRestart
        return self._description("offer")

    async def createAnswer(self) -> aiortc.RTCSessionDescription:
        return self._description("answer")

    async def setLocalDescription(self, description: aiortc.RTCSessionDescription) -> None:
        await asyncio.sleep(0)
        if description.type == "rollback":
            self.signalingState = "stable"
            return
        self.localDescription = description
        self.signalingState = "have-local-offer" if description.type == "offer" else "stable"
        self.emit("icecandidate", Candidate(f"{self.name}-host", f"{self.name}{self.generation}"))

    async def setRemoteDescription(self, description: aiortc.RTCSessionDescription) -> None:
        await asyncio.sleep(0)
        if description.type == "rollback":
            self.signalingState = "stable"
            return
        wanted = {"offer": "stable", "answer": "have-local-offer"}[description.type]
        if self.signalingState != wanted:
            raise InvalidStateError(f"{description.type} in {self.signalingState}")
        if "ice-ufrag" not in description.sdp:
            raise RemoteError("no fragment")
        self.remoteDescription = description
        self.signalingState = "have-remote-offer" if description.type == "offer" else "stable"

    async def addIceCandidate(self, candidate: Any) -> None:
        if candidate is not None and "bad" in candidate["candidate"]:
            raise RemoteError("a bad candidate")
        self.candidates.append(candidate and candidate["candidate"])


class Reports:
    def __init__(self) -> None:
        self.steps: list[str] = []
        self.problems: list[tuple[str, bool]] = []
        self.told: list[str] = []

    def described(self, *, sent: bool) -> None:
        self.steps.append("sent" if sent else "applied")

    def candidate_came(self, line: str) -> None:
        self.told.append(line)

    def problem(self, error: RemoteError, *, fatal: bool) -> None:
        self.problems.append((str(error), fatal))

    def restarting(self) -> None:
        self.steps.append("restarting")


class Side:
    def __init__(self, name: str, *, newcomer: bool) -> None:
        self.pc = BookkeepingPc(name)
        self.reports = Reports()
        self.dialogue = Dialogue(
            self.pc, self.reports, attempt="a1" if newcomer else None, polite=newcomer
        )
        self.sent: list[tuple[SignalKind, Any, str | None]] = []
        self.running = asyncio.create_task(self.dialogue.run())

    def hear(self, kind: SignalKind, data: Any, attempt: str | None = "a1") -> None:
        from peer import signals

        self.dialogue.receive(
            signaling.SignalReceived("room", "x", kind, signals.encode(data), attempt, None)
        )

    @property
    def kinds(self) -> list[str]:
        return [kind.value for kind, _, _ in self.sent]


async def settle(*sides: Side) -> None:
    for _ in range(60):
        await asyncio.sleep(0)


def connect(one: Side, two: Side) -> None:
    for side, other in ((one, two), (two, one)):

        def send(
            kind: Any, data: Any, attempt: Any, side: Side = side, other: Side = other
        ) -> None:
            side.sent.append((kind, data, attempt))
            asyncio.get_running_loop().call_soon(other.hear, kind, data, attempt)

        side.dialogue.attach(send)


@pytest.fixture
async def bob() -> Any:
    side = Side("bob", newcomer=True)
    yield side
    side.running.cancel()


@pytest.fixture
async def alice() -> Any:
    side = Side("alice", newcomer=False)
    yield side
    side.running.cancel()


def fragments_match(one: Side, two: Side) -> bool:
    return (
        one.pc.remoteDescription.sdp.split("a=candidate")[0] in two.pc.localDescription.sdp
        and two.pc.remoteDescription.sdp.split("a=candidate")[0] in one.pc.localDescription.sdp
    )


async def test_what_was_prepared_before_anybody_was_there_is_sent_in_order(
    alice: Side, bob: Side
) -> None:
    bob.pc.emit("negotiationneeded")
    await settle()
    bob.pc.emit("icecandidate", None)
    connect(alice, bob)
    assert bob.kinds == ["offer", "candidates", "candidates"]
    assert "a=candidate" not in bob.sent[0][1].sdp
    await settle()
    assert alice.kinds == ["answer", "candidates"]
    assert alice.dialogue.attempt == "a1"
    assert alice.pc.candidates == ["bob-host", None]
    assert fragments_match(alice, bob)


async def test_the_one_who_waits_does_not_offer_before_the_newcomer_has(
    alice: Side, bob: Side
) -> None:
    connect(alice, bob)
    alice.pc.emit("negotiationneeded")
    await settle()
    assert alice.kinds == []
    bob.pc.emit("negotiationneeded")
    await settle()
    assert alice.kinds == ["answer", "candidates"]  # which may leave nothing open
    alice.pc.emit("negotiationneeded")
    await settle()
    assert alice.kinds == ["answer", "candidates", "offer", "candidates"]
    assert alice.dialogue.agreed
    assert bob.dialogue.agreed


async def test_offers_that_cross_are_survived_and_both_restarts_come_about(
    alice: Side, bob: Side
) -> None:
    connect(alice, bob)
    bob.pc.emit("negotiationneeded")
    await settle()
    alice.dialogue.restart()
    bob.dialogue.restart()
    await settle()
    assert fragments_match(alice, bob)
    assert alice.pc.generation == 1
    assert not alice.reports.problems
    assert not bob.reports.problems
    assert alice.reports.steps.count("restarting") + bob.reports.steps.count("restarting") >= 2


async def test_what_was_lost_with_signaling_is_said_again(alice: Side, bob: Side) -> None:
    bob.dialogue.attach(lambda *_: None)  # into the void
    bob.pc.emit("negotiationneeded")
    await settle()
    connect(alice, bob)
    bob.dialogue.reachable()
    alice.dialogue.reachable()
    await settle()
    assert fragments_match(alice, bob)
    assert set(alice.pc.candidates) == {"bob-host"}


@pytest.mark.parametrize(
    ("kind", "data", "complaint"),
    [
        (SignalKind.OFFER, {"sdp": "rubbish"}, "bad_offer"),
        (SignalKind.OFFER, 7, "bad_offer"),
        (SignalKind.CANDIDATES, [{"candidate": "bad"}], "bad_candidates"),
        (SignalKind.CANDIDATES, [{"candidate": "x"}] * 65, "bad_candidates"),
        (SignalKind.ANSWER, {"sdp": "rubbish"}, "bad_answer"),
    ],
)
async def test_nonsense_is_answered_with_why_and_a_connection_that_is_up_goes_on(
    alice: Side, bob: Side, kind: SignalKind, data: Any, complaint: str
) -> None:
    connect(alice, bob)
    bob.pc.emit("negotiationneeded")
    await settle()
    bob.sent.clear()
    bob.hear(kind, data)
    await settle()
    ((_, told, attempt),) = bob.sent
    assert told.error.name == complaint
    assert attempt == "a1"
    assert [fatal for _, fatal in bob.reports.problems] == [False]
    alice.dialogue.restart()
    await settle()
    assert fragments_match(alice, bob)


@pytest.mark.parametrize("kind", [SignalKind.OFFER, SignalKind.ANSWER])
async def test_a_first_description_that_is_none_is_fatal(bob: Side, kind: SignalKind) -> None:
    bob.dialogue.attach(lambda *_: None)
    bob.pc.emit("negotiationneeded")
    await settle()
    bob.hear(kind, {"sdp": "rubbish"})
    await settle()
    assert [fatal for _, fatal in bob.reports.problems] == [kind is SignalKind.ANSWER]


async def test_who_complains_about_our_first_offer_ends_it(bob: Side) -> None:
    bob.dialogue.attach(lambda *_: None)
    bob.pc.emit("negotiationneeded")
    await settle()
    bob.hear(SignalKind.CUSTOM, {"error": {"name": "bad_offer", "message": "no"}})
    bob.hear(SignalKind.CUSTOM, {"the application's": "own"})
    await settle()
    assert bob.reports.problems == [("the other side refused our offer: no", True)]
    assert bob.pc.signalingState == "stable"


async def test_a_flood_is_bounded_and_told_once(bob: Side) -> None:
    told: list[Any] = []
    bob.dialogue.attach(lambda *args: told.append(args))
    for _ in range(3 * MAX_INBOX):
        bob.hear(SignalKind.CANDIDATES, "nonsense")
    await settle()
    for _ in range(MAX_INBOX):
        await asyncio.sleep(0)
    assert sum("came at once" in text for text, _ in bob.reports.problems) == 1
    assert len(bob.reports.problems) == MAX_INBOX + 1
    assert len(told) == MAX_COMPLAINTS


async def test_signals_of_another_attempt_are_dropped(alice: Side, bob: Side) -> None:
    connect(alice, bob)
    bob.pc.emit("negotiationneeded")
    await settle()
    before = list(alice.pc.candidates)
    alice.hear(SignalKind.CANDIDATES, [{"candidate": "late"}], "a0")
    alice.hear(SignalKind.OFFER, {"sdp": "a=ice-ufrag:x"}, "a0")
    await settle()
    assert alice.pc.candidates == before
    assert [text for text, _ in alice.reports.problems] == [
        "this session already has an offer of another attempt"
    ]
