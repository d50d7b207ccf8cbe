"""The record shows at any moment what is known, and never more than was seen."""

import pytest

from nat.discovery.evidence import Wish, decode, encode
from nat.discovery.question import Question
from nat.discovery.recorder import MOST_ANSWERS, Progress, Recorder
from nat.discovery.surroundings import Attempt, Means, SizeProbe
from nat.discovery.transactions import Answer, Arrival, Purpose, Server, Timer, Transport
from stunwire import Address

from .scripted import HOME, OTHER, SERVER, ScriptedNetwork, run

QUESTION = Question(Purpose.MAPPING_I, "a", SERVER)
HERE = Address(HOME, 40000)


def _on_record(work) -> None:  # type: ignore[no-untyped-def]
    async def main() -> None:
        await work(Recorder(ScriptedNetwork(), frozenset({Wish.TCP, Wish.MAPPING})))

    run(main())


def test_what_still_waits_is_abandoned_and_what_is_over_is_not() -> None:
    async def work(recorder: Recorder) -> None:
        waiting, over, answered = (recorder.asked(QUESTION, 0, 0) for _ in range(3))
        over.is_over = True
        recorder.answered(answered, Answer(at=0.1, socket=0, source=SERVER))
        transactions = recorder.evidence(interrupted=True).transactions
        assert [each.abandoned for each in transactions] == [True, False, False]
        waiting.is_over = True
        assert not recorder.evidence().transactions[0].abandoned

    _on_record(work)


def test_a_storm_of_answers_is_kept_up_to_a_bound() -> None:
    async def work(recorder: Recorder) -> None:
        asked = recorder.asked(QUESTION, 0, 0)
        for _ in range(10 * MOST_ANSWERS):
            recorder.answered(asked, Answer(at=0.1, socket=0, source=OTHER))
            recorder.arrived(asked, Arrival(at=0.1, socket=0, source=OTHER))
        kept = recorder.evidence().transactions[0]
        assert (len(kept.answers), len(kept.arrivals)) == (MOST_ANSWERS, MOST_ANSWERS)

    _on_record(work)


def test_what_was_answered_did_not_fail() -> None:
    async def work(recorder: Recorder) -> None:
        asked = recorder.asked(QUESTION, 0, 0)
        asked.failure = "port unreachable"
        assert recorder.evidence().transactions[0].failure == "port unreachable"
        recorder.answered(asked, Answer(at=0.1, socket=0, source=SERVER))
        assert recorder.evidence().transactions[0].failure == ""

    _on_record(work)


def test_a_round_trip_begins_with_the_last_transmission_before_the_answer() -> None:
    async def work(recorder: Recorder) -> None:
        asked = recorder.asked(QUESTION, 0, 0)
        assert asked.round_trip is None
        asked.sent += [0.0, 0.5, 1.0]
        recorder.answered(asked, Answer(at=0.6, socket=0, source=SERVER, mapped=OTHER))
        assert asked.round_trip == pytest.approx(0.1)
        assert asked.mapped == OTHER

    _on_record(work)


def test_an_error_tells_no_address_and_a_later_answer_does() -> None:
    async def work(recorder: Recorder) -> None:
        asked = recorder.asked(QUESTION, 0, 0)
        recorder.answered(asked, Answer(at=0.1, socket=0, source=SERVER, error=400))
        assert asked.is_answered
        assert asked.mapped is None
        recorder.answered(asked, Answer(at=0.2, socket=0, source=SERVER, xor_mapped=HERE))
        assert asked.mapped == HERE

    _on_record(work)


def test_all_that_is_noted_is_shown_and_can_be_written() -> None:
    async def work(recorder: Recorder) -> None:
        recorder.surroundings()
        recorder.server(Server(name="a", addresses=(SERVER,)))
        number = recorder.socket(Transport.UDP, HERE, "eth0")
        trial = recorder.trial()
        recorder.asked(QUESTION, trial, number)
        recorder.rung(Timer.STREAM, trial, 15)
        recorder.observe(Attempt(means=Means.TCP, name="b"))
        recorder.observe(SizeProbe(target=SERVER, size=1400))
        recorder.strays = 3
        evidence = recorder.evidence()
        assert evidence.wishes == (Wish.MAPPING, Wish.TCP)
        assert evidence.gateway == "192.168.1.1"
        assert evidence.interfaces[0].is_default
        assert (evidence.sockets[0].interface, evidence.rungs[0].wait) == ("eth0", 15)
        assert (evidence.attempts[0].name, evidence.sizes[0].size) == ("b", 1400)
        assert evidence.strays == 3
        assert decode(encode(evidence)) == evidence

    _on_record(work)


def test_a_listener_hears_how_far_it_is() -> None:
    heard: list[Progress] = []

    async def main() -> None:
        recorder = Recorder(ScriptedNetwork(), listener=heard.append, deadline=8.0)
        asked = recorder.asked(QUESTION, recorder.trial(), 0)
        recorder.answered(asked, Answer(at=0.1, socket=0, source=SERVER))
        recorder.tell("done")

    run(main())
    assert [(each.asked, each.answered) for each in heard] == [(1, 0), (1, 1)]
    assert "mapping I" in heard[0].doing
    assert heard[0].deadline == 8.0
