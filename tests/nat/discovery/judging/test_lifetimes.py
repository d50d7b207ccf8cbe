"""A lifetime lies between a silence that was outlived and one that was not; contradictions are unknown."""

from nat.choices import Refresh
from nat.discovery.evidence import Evidence
from nat.discovery.findings import Finding, known
from nat.discovery.judging.lifetimes import judge_lifetime, judge_refresh
from nat.discovery.judging.reading import Reading
from nat.discovery.judging.silence import Loss
from nat.discovery.report import Span
from nat.discovery.transactions import Answer, Purpose, Rung, Socket, Timer, Transaction, Transport
from stunwire import Address, Family

SERVER = Address("198.51.100.1", 3478)
SEEN = Address("203.0.113.9", 40000)
ONE, IN = Timer.ONE_SHOT, Timer.INBOUND_REFRESH


class Ladder:
    """Rungs, and what became of them: alive, gone, lost, refused."""

    def __init__(self) -> None:
        self.rungs: list[Rung] = []
        self.transactions: list[Transaction] = []

    def add(self, wait: float, fate: str, timer: Timer = ONE, copies: int = 12) -> "Ladder":
        trial = len(self.rungs)
        x, y = 2 * trial, 2 * trial + 1
        self.rungs.append(Rung(timer=timer, trial=trial, wait=wait))
        opened = Answer(at=0.1, socket=x, source=SERVER, xor_mapped=SEEN)
        found = {
            "alive": Answer(at=wait + 0.1, socket=x, source=SERVER, xor_mapped=SEEN),
            "refused": Answer(at=wait + 0.1, socket=y, source=SERVER, error=420),
            "ignored": Answer(at=wait + 0.1, socket=y, source=SERVER, xor_mapped=SEEN),
        }.get(fate)
        common = {"server": "a", "trial": trial, "target": SERVER}
        self.transactions += [
            Transaction(
                purpose=Purpose.LIFETIME_OPEN, socket=x, sent=(0.0,), answers=(opened,), **common
            ),  # type: ignore[arg-type]
            Transaction(
                purpose=Purpose.LIFETIME_ASK,
                socket=y,
                response_port=SEEN.port,
                sent=tuple(wait + n for n in range(1 if found else copies)),
                answers=(found,) if found else (),
                abandoned=fate == "abandoned",
                **common,  # type: ignore[arg-type]
            ),
        ]
        return self

    @property
    def reading(self) -> Reading:
        sockets = tuple(
            Socket(number=n, transport=Transport.UDP, local=Address("192.168.1.2", 5000 + n))
            for n in range(2 * len(self.rungs))
        )
        return Reading(
            Evidence(
                sockets=sockets, rungs=tuple(self.rungs), transactions=tuple(self.transactions)
            )
        )

    def span(self, hosts: int = 1) -> Finding[Span]:
        return judge_lifetime(self.reading, Family.IPV4, ONE, Loss(0, 30), hosts)


def test_it_lies_between() -> None:
    ladder = Ladder().add(15, "alive").add(25, "alive").add(35, "gone").add(600, "gone")
    assert ladder.span().value == Span(25, 35)


def test_it_may_never_have_been_seen_gone() -> None:
    assert Ladder().add(15, "alive").add(600, "alive").span().value == Span(600, None)


def test_nothing_alive_is_unknown() -> None:
    assert not Ladder().add(15, "gone").add(25, "gone").span().is_known


def test_a_contradiction_is_unknown() -> None:
    assert not Ladder().add(15, "gone").add(25, "alive").span().is_known


def test_lost_questions_leave_the_span_wider() -> None:
    ladder = Ladder().add(15, "alive").add(25, "abandoned").add(35, "gone")
    assert ladder.span().value == Span(15, 35)
    few = Ladder().add(15, "alive").add(35, "gone", copies=2)
    assert few.span().value == Span(15, None)


def test_servers_without_response_port_and_pools_are_unknown() -> None:
    for fate, words in (("refused", "RESPONSE-PORT"), ("ignored", "wrong port")):
        found = Ladder().add(15, fate).span()
        assert not found.is_known
        assert words in found.why
    assert not Ladder().add(15, "alive").span(hosts=2).is_known


def test_nobody_asked() -> None:
    assert "not asked" in Ladder().span().why


def test_refresh_needs_a_wait_that_is_longer_than_a_lifetime() -> None:
    def refresh(fate: str, wait: float) -> Finding[Refresh]:
        reading = Ladder().add(wait, fate, IN).reading
        spans = (known(Span(25, 35), ""), known(Span(110, 125), ""))
        return judge_refresh(reading, Family.IPV4, Loss(0, 30), *spans)

    assert refresh("gone", 130).value is Refresh.OUTBOUND
    assert refresh("alive", 130).possible == (Refresh.INBOUND, Refresh.BOTH)
    assert not refresh("gone", 60).is_known
    assert refresh("alive", 60).possible == ()
