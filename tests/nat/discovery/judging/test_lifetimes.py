"""A lifetime lies between a silence that was outlived and one that was not; contradictions are unknown."""

import msgspec
import pytest

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
LOSS = Loss(0, 30)
SEEN = Address("203.0.113.9", 40000)
ONE, IN, OUT = Timer.ONE_SHOT, Timer.INBOUND_REFRESH, Timer.OUTBOUND_REFRESH


class Ladder:
    """Rungs, and what became of them: alive, gone, refused, ignored, abandoned."""

    def __init__(self) -> None:
        self.rungs: list[Rung] = []
        self.transactions: list[Transaction] = []

    def add(
        self, wait: float, fate: str, timer: Timer = ONE, copies: int = 12, other: str = SEEN.host
    ) -> "Ladder":
        trial, x = len(self.rungs), 2 * len(self.rungs)
        self.rungs.append(Rung(timer=timer, trial=trial, wait=wait))
        self._ask(Purpose.LIFETIME_OPEN, trial, x, 0.0, 1, self._answer(0.05, x))
        if timer is IN:
            answer = self._answer(wait / 2 + 0.05, x)
            self._ask(Purpose.LIFETIME_REFRESH, trial, x + 1, wait / 2, 1, answer)
        if timer is OUT:
            self._ask(Purpose.LIFETIME_SEND, trial, x, wait / 2, 6)
        control = self._answer(wait, x + 1, Address(other, 1))
        self._ask(Purpose.LIFETIME_CONTROL, trial, x + 1, wait - 0.05, 1, control)
        found = {
            "alive": self._answer(wait + 0.1, x),
            "refused": Answer(at=wait + 0.1, socket=x + 1, source=SERVER, error=420),
            "ignored": self._answer(wait + 0.1, x + 1),
        }.get(fate)
        self._ask(
            Purpose.LIFETIME_ASK,
            trial,
            x + 1,
            wait + 0.05,
            1 if found else copies,
            found,
            response_port=SEEN.port,
            abandoned=fate == "abandoned",
        )
        return self

    def _answer(self, at: float, socket: int, seen: Address = SEEN) -> Answer:
        return Answer(at=at, socket=socket, source=SERVER, xor_mapped=seen)

    def _ask(
        self,
        purpose: Purpose,
        trial: int,
        socket: int,
        at: float,
        copies: int,
        answer: Answer | None = None,
        **more: object,
    ) -> None:
        self.transactions.append(
            Transaction(
                purpose=purpose,
                server="a",
                trial=trial,
                socket=socket,
                target=SERVER,
                sent=tuple(at + 0.5 * n for n in range(copies)),
                answers=(answer,) if answer else (),
                **more,  # type: ignore[arg-type]
            )
        )

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
        return judge_lifetime(self.reading, Family.IPV4, ONE, LOSS, hosts)


def test_it_lies_between() -> None:
    ladder = Ladder().add(15, "alive").add(25, "alive").add(35, "gone").add(600, "gone")
    assert ladder.span().value == Span(25, 37)


def test_an_answer_that_comes_after_x_has_sent_again_shows_nothing() -> None:
    """It was under way for long, and what X sent has opened its way anew."""
    ladder = Ladder().add(15, "alive").add(25, "alive").add(35, "gone")
    asked = ladder.transactions[-1]
    late = Answer(at=42.2, socket=4, source=SERVER, xor_mapped=SEEN)
    ladder.transactions[-1] = msgspec.structs.replace(asked, answers=(late,))
    again = msgspec.structs.replace(
        asked, purpose=Purpose.LIFETIME_AGAIN, socket=4, response_port=None, sent=(42.1,)
    )
    ladder.transactions.append(again)
    assert ladder.span().value == Span(25, None)
    ladder.transactions[-1] = msgspec.structs.replace(again, sent=(42.3,))
    assert ladder.span().value == Span(35, None)


def test_an_exchange_that_took_longer_than_two_seconds_is_not_one_shot() -> None:
    """Linux takes it for a stream then, which lives longer."""
    ladder = Ladder().add(15, "alive").add(35, "alive")
    opened = ladder.transactions[-3]
    assert opened.purpose is Purpose.LIFETIME_OPEN
    (soon,) = opened.answers
    late = msgspec.structs.replace(soon, at=2.4)
    ladder.transactions[-3] = msgspec.structs.replace(opened, answers=(soon, late))
    assert ladder.span().value == Span(15, None)


def test_x_is_the_socket_that_made_the_mapping_after_others_had_tried_in_vain() -> None:
    ladder = Ladder().add(15, "alive").add(25, "alive")
    opened = next(each for each in ladder.transactions if each.trial == 1)
    in_vain = msgspec.structs.replace(opened, socket=1, sent=(-3.0, -2.5), answers=())
    ladder.transactions.insert(0, in_vain)
    assert ladder.span().value == Span(25, None)


def test_another_address_is_no_new_mapping_that_shows_the_end_of_the_old_one() -> None:
    """Where X has to ask for itself."""
    ladder = Ladder().add(15, "alive").add(35, "alive")
    asked = ladder.transactions.pop()
    for port, host, gone in ((7, SEEN.host, 36.0), (7, "203.0.113.77", None)):
        answer = Answer(at=35.2, socket=2, source=SERVER, xor_mapped=Address(host, port))
        again = msgspec.structs.replace(
            asked,
            purpose=Purpose.LIFETIME_AGAIN,
            socket=2,
            response_port=None,
            sent=(35.0,),
            answers=(answer,),
        )
        ladder.transactions.append(again)
        assert ladder.span().value == Span(15, gone)
        ladder.transactions.pop()


def test_silence_starts_to_count_only_when_loss_is_ruled_out() -> None:
    found = Ladder().add(15, "alive").add(35, "gone").span().value
    assert found is not None
    assert found.gone is not None
    assert 35 < found.gone < 40


def test_a_control_without_a_wait_makes_the_first_rung_count() -> None:
    assert Ladder().add(0, "alive").add(15, "gone").span().value == Span(0, 17)


def test_it_may_never_have_been_seen_gone() -> None:
    assert Ladder().add(15, "alive").add(600, "alive").span().value == Span(600, None)


def test_nothing_alive_is_unknown() -> None:
    assert not Ladder().add(15, "gone").add(25, "gone").span().is_known


def test_a_contradiction_is_unknown() -> None:
    assert not Ladder().add(15, "gone").add(25, "alive").span().is_known


def test_lost_questions_leave_the_span_wider() -> None:
    ladder = Ladder().add(15, "alive").add(25, "abandoned").add(35, "gone")
    assert ladder.span().value == Span(15, 37)
    few = Ladder().add(15, "alive").add(35, "gone", copies=2)
    assert few.span().value == Span(15, None)


def test_an_answer_that_goes_to_another_external_address_says_nothing() -> None:
    ladder = Ladder().add(15, "alive").add(35, "gone", other="203.0.113.77")
    assert ladder.span().value == Span(15, None)


def test_servers_without_response_port_and_pools_are_unknown() -> None:
    for fate, words in (("refused", "RESPONSE-PORT"), ("ignored", "wrong port")):
        found = Ladder().add(15, fate).span()
        assert not found.is_known
        assert words in found.why
    assert not Ladder().add(15, "alive").span(hosts=2).is_known


def test_nobody_asked() -> None:
    assert "not asked" in Ladder().span().why


@pytest.mark.parametrize(
    ("inbound", "outbound", "possible"),
    [
        ("gone", "alive", (Refresh.OUTBOUND,)),
        ("alive", "alive", (Refresh.BOTH,)),
        ("alive", "gone", (Refresh.INBOUND,)),
        ("alive", "abandoned", (Refresh.INBOUND, Refresh.BOTH)),
        ("abandoned", "alive", (Refresh.OUTBOUND, Refresh.BOTH)),
        ("gone", "abandoned", (Refresh.OUTBOUND,)),
        ("gone", "gone", ()),
        ("abandoned", "abandoned", ()),
    ],
)
def test_refresh_follows_from_a_packet_halfway(
    inbound: str, outbound: str, possible: tuple[Refresh, ...]
) -> None:
    ladder = Ladder()
    for _ in range(8):
        ladder.add(44, inbound, IN).add(44, outbound, OUT)
    found = judge_refresh(ladder.reading, Family.IPV4, LOSS, known(Span(30, 35), ""))
    assert found.candidates(()) == possible
    assert found.is_known == (len(possible) == 1)


def test_a_packet_from_inside_too_early_or_too_late_says_nothing() -> None:
    for wait in (30, 80):
        ladder = Ladder().add(wait, "alive", OUT)
        found = judge_refresh(ladder.reading, Family.IPV4, LOSS, known(Span(30, 35), ""))
        assert found.possible == ()
        assert not found.is_known


def test_a_packet_from_outside_that_came_through_is_not_too_late() -> None:
    ladder = Ladder().add(80, "alive", IN)
    found = judge_refresh(ladder.reading, Family.IPV4, LOSS, known(Span(30, 35), ""))
    assert found.possible == (Refresh.INBOUND, Refresh.BOTH)
