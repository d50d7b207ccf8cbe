"""Questions survive loss, liars, storms and garbage, and silence is known for what it is."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from itertools import pairwise

import pytest

from nat.discovery.asking import MOST_DATAGRAMS, Asking, Line
from nat.discovery.evidence import Evidence
from nat.discovery.network import UndeliveredError
from nat.discovery.question import STEADY, Question
from nat.discovery.recorder import MOST_ANSWERS, Asked, Recorder
from nat.discovery.transactions import Purpose, Transaction
from stunwire import Address, Message, UnknownAttributes, XorMappedAddress

from .scripted import OTHER, OUTSIDE, SERVER, Reply, ScriptedNetwork, plain, run, silent

QUESTION = Question(Purpose.MAPPING_I, "a", SERVER)
MAPPED = XorMappedAddress(Address(OUTSIDE, 4000))


def _ask(world: ScriptedNetwork, linger: float = 0.0) -> tuple[Transaction, Evidence]:
    """Ask once, wait a little for what comes late, and show what was recorded."""

    async def work(asking: Asking, line: Line, recorder: Recorder) -> Evidence:
        await asking.ask(line, QUESTION)
        await asyncio.sleep(linger)
        return recorder.evidence()

    evidence = _with(world, work)
    return evidence.transactions[0], evidence


def _with(world: ScriptedNetwork, work: Callable[[Asking, Line, Recorder], Awaitable]):  # type: ignore[no-untyped-def,type-arg]
    async def main():  # type: ignore[no-untyped-def]
        recorder = Recorder(world)
        async with Asking(world, recorder) as asking:
            result = await work(asking, await asking.open(SERVER), recorder)
        assert all(each.is_closed for each in world.sockets)
        return result

    return run(main())


def test_one_answer_ends_the_asking() -> None:
    asked, evidence = _ask(ScriptedNetwork(), linger=10)
    assert len(asked.sent) == 1
    assert asked.answers[0].source == SERVER
    assert asked.answers[0].at - asked.sent[0] == pytest.approx(0.02)
    assert asked.answers[0].xor_mapped == Address(OUTSIDE, evidence.sockets[0].local.port)
    assert not asked.abandoned


def test_silence_is_asked_as_often_as_the_schedule_says_and_is_over_then() -> None:
    asked, _ = _ask(ScriptedNetwork(silent))
    assert [at - asked.sent[0] for at in asked.sent] == pytest.approx(STEADY.offsets)
    assert not asked.answers
    assert not asked.abandoned
    assert not asked.failure
    assert not asked.refused


def test_every_transmission_of_a_question_has_the_same_id_and_every_question_another() -> None:
    world = ScriptedNetwork(silent)

    async def twice(asking: Asking, line: Line, recorder: Recorder) -> None:
        await asyncio.gather(asking.ask(line, QUESTION), asking.ask(line, QUESTION))

    _with(world, twice)
    ids = [data[8:20] for _, _, _, data in world.sent]
    assert len(ids) == 2 * len(STEADY.offsets)
    assert len(set(ids)) == 2


def test_what_is_lost_is_sent_again() -> None:
    world = ScriptedNetwork()
    world.answering = lambda *request: plain(*request) if len(world.sent) == 4 else []
    asked, _ = _ask(world)
    assert len(asked.sent) == 4
    assert asked.answers[0].at > asked.sent[3]


def test_an_answer_from_elsewhere_is_recorded_with_its_source() -> None:
    def elsewhere(request: Message, target: Address, local: Address) -> list[Reply]:
        return [Reply(request.success(MAPPED).encode(), source=OTHER)]

    asked, _ = _ask(ScriptedNetwork(elsewhere))
    assert asked.target == SERVER
    assert asked.answers[0].source == OTHER


def test_an_answer_to_another_socket_is_found_by_its_id() -> None:
    def to_the_other(request: Message, target: Address, local: Address) -> list[Reply]:
        return [Reply(request.success(MAPPED).encode(), to=1)]

    async def work(asking: Asking, line: Line, recorder: Recorder) -> Evidence:
        await asking.open(SERVER)
        await asking.ask(line, QUESTION)
        return recorder.evidence()

    evidence = _with(ScriptedNetwork(to_the_other), work)
    assert evidence.transactions[0].socket == 0
    assert evidence.transactions[0].answers[0].socket == 1


def test_late_answers_and_repetitions_are_recorded_too() -> None:
    def thrice(request: Message, target: Address, local: Address) -> list[Reply]:
        data = request.success(MAPPED).encode()
        return [Reply(data, after) for after in (0.02, 0.03, 3.0)]

    asked, _ = _ask(ScriptedNetwork(thrice), linger=5)
    assert [answer.at - asked.sent[0] for answer in asked.answers] == pytest.approx([0.02, 0.03, 3])


def test_an_answer_after_the_last_wait_still_counts() -> None:
    def late(request: Message, target: Address, local: Address) -> list[Reply]:
        return [Reply(request.success(MAPPED).encode(), 5.0)]

    asked, _ = _ask(ScriptedNetwork(late), linger=10)
    assert len(asked.sent) == len(asked.answers) == len(STEADY.offsets)


def test_a_wrong_id_is_a_stray_and_no_answer() -> None:
    def confused(request: Message, target: Address, local: Address) -> list[Reply]:
        return [Reply(Message.request(1, b"x" * 12).success(MAPPED).encode())]

    asked, evidence = _ask(ScriptedNetwork(confused))
    assert not asked.answers
    assert evidence.strays == len(STEADY.offsets)


@pytest.mark.parametrize("garbage", [b"", b"HTTP/1.1 400 Bad Request", bytes(20), b"\xff" * 1500])
def test_garbage_is_a_stray(garbage: bytes) -> None:
    def answer(request: Message, target: Address, local: Address) -> list[Reply]:
        return [Reply(garbage), *plain(request, target, local)]

    asked, evidence = _ask(ScriptedNetwork(answer))
    assert len(asked.sent) == len(asked.answers) == 1
    assert evidence.strays == 1


def test_a_malformed_answer_is_counted_and_the_right_one_waited_for() -> None:
    def broken(request: Message, target: Address, local: Address) -> list[Reply]:
        right = request.success(MAPPED).encode()
        return [Reply(right[:-1]), Reply(right[:2] + b"\xff\xfc" + right[4:]), Reply(right, 0.1)]

    asked, evidence = _ask(ScriptedNetwork(broken))
    assert len(asked.answers) == 1
    assert evidence.malformed == 2


@pytest.mark.parametrize("code", [300, 400, 420, 500])
def test_a_refusal_ends_the_test_and_nothing_else(code: int) -> None:
    def refuse(request: Message, target: Address, local: Address) -> list[Reply]:
        return [Reply(request.error(code, UnknownAttributes((3,))).encode())]

    world = ScriptedNetwork(refuse)
    asked, _ = _ask(world, linger=10)
    assert len(world.sent) == 1
    assert (asked.answers[0].error, asked.answers[0].unknown) == (code, (3,))


def test_a_request_of_ours_that_comes_back_is_an_arrival() -> None:
    def hairpin(request: Message, target: Address, local: Address) -> list[Reply]:
        return [Reply(request.encode(), source=Address(OUTSIDE, 4711), to=0)]

    asked, _ = _ask(ScriptedNetwork(hairpin))
    assert asked.arrivals[0].source == Address(OUTSIDE, 4711)
    assert not asked.answers
    assert len(asked.sent) == 1


@pytest.mark.parametrize("kind", ["indication", "method"])
def test_what_is_neither_answer_nor_request_is_a_stray(kind: str) -> None:
    def odd(request: Message, target: Address, local: Address) -> list[Reply]:
        method = 1 if kind == "indication" else 3
        made = Message.indication if kind == "indication" else Message.request
        return [Reply(made(method, request.transaction_id).encode())]

    asked, evidence = _ask(ScriptedNetwork(odd))
    assert not asked.answers
    assert not asked.arrivals
    assert evidence.strays == len(STEADY.offsets)


def test_a_storm_of_answers_ends_with_the_socket_and_stays_small() -> None:
    def storm(request: Message, target: Address, local: Address) -> Iterable[Reply]:
        data = request.success(MAPPED).encode()
        return [Reply(data) for _ in range(3 * MOST_DATAGRAMS)]

    world = ScriptedNetwork(storm)
    asked, _ = _ask(world, linger=1)
    assert len(asked.answers) == MOST_ANSWERS
    assert len(world.sent) == 1


def test_a_storm_of_garbage_is_a_failure_and_no_silence() -> None:
    def storm(request: Message, target: Address, local: Address) -> Iterable[Reply]:
        return [Reply(b"x" * 30) for _ in range(3 * MOST_DATAGRAMS)]

    asked, evidence = _ask(ScriptedNetwork(storm))
    assert evidence.strays == MOST_DATAGRAMS
    assert "more datagrams" in asked.failure


def test_errors_of_the_network_end_a_question_but_one_alone_does_not() -> None:
    def unreachable(request: Message, target: Address, local: Address) -> list[Reply]:
        world.sockets[0].hear(UndeliveredError(111, "port unreachable", SERVER, None))
        return []

    world = ScriptedNetwork(unreachable)
    asked, _ = _ask(world)
    assert len(asked.sent) == len(asked.refused) == 2
    assert asked.failure == "port unreachable"


def test_an_error_about_another_target_is_not_ours() -> None:
    def unreachable(request: Message, target: Address, local: Address) -> list[Reply]:
        world.sockets[0].hear(UndeliveredError(111, "port unreachable", OTHER, None))
        return []

    world = ScriptedNetwork(unreachable)
    asked, _ = _ask(world)
    assert len(asked.sent) == len(STEADY.offsets)
    assert not asked.failure


def test_what_the_system_refuses_to_send_was_not_sent() -> None:
    def refused(request: Message, target: Address, local: Address) -> list[Reply | OSError]:
        return [OSError(101, "Network is unreachable")]

    asked, _ = _ask(ScriptedNetwork(refused))
    assert asked.sent == ()
    assert asked.failure == "network is unreachable"
    assert not asked.abandoned


def test_what_is_cut_off_is_abandoned() -> None:
    world = ScriptedNetwork(silent)

    async def main() -> Evidence:
        recorder = Recorder(world)
        try:
            async with asyncio.timeout(1.0), Asking(world, recorder) as asking:
                await asking.ask(await asking.open(SERVER), QUESTION)
        except TimeoutError:
            pass
        return recorder.evidence()

    assert run(main()).transactions[0].abandoned
    assert world.sockets[0].is_closed


def test_no_more_than_ten_questions_a_second_go_to_a_server_and_hairpins_are_free() -> None:
    async def work(asking: Asking, line: Line, recorder: Recorder) -> list[Asked]:
        hairpin = Question(Purpose.HAIRPIN_ASK, "", SERVER)
        questions = [QUESTION] * 25 + [hairpin] * 25
        return await asyncio.gather(*(asking.ask(line, each) for each in questions))

    asked = _with(ScriptedNetwork(), work)
    begun = sorted(each.sent[0] for each in asked if each.question.server)
    assert all(
        later - earlier > 0.999999 for earlier, later in zip(begun, begun[10:], strict=False)
    )
    assert all(each.sent[0] == 0 for each in asked if not each.question.server)
    assert all(earlier <= later for earlier, later in pairwise(begun))


def test_a_socket_that_cannot_be_opened_is_an_error_for_who_asks() -> None:
    world = ScriptedNetwork(refusal=OSError(101, "no way"))
    with pytest.raises(OSError, match="no way"):
        _ask(world)
