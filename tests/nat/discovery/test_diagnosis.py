"""Parts of a diagnosis hear of the first answer, and no server can point us anywhere."""

import pytest

from nat.discovery.asking import Asking
from nat.discovery.diagnosis import (
    SCOUTING,
    Diagnosis,
    one_of_each_family,
    other_address,
)
from nat.discovery.plan import Plan
from nat.discovery.question import Question
from nat.discovery.recorder import Asked, Recorder
from nat.discovery.servers import Target
from nat.discovery.transactions import Answer, Purpose, Transport
from stunwire import Address, Family

from .scripted import HOME, OTHER, SERVER, ScriptedNetwork, run

TARGET = Target("a", SERVER)


def _asked(other: Address | None = None, mapped: Address | None = None) -> Asked:
    asked = Asked(Question(Purpose.MAPPING_I, "a", SERVER), 0, 0)
    asked.answers.append(Answer(at=0, socket=0, source=SERVER, other=other, xor_mapped=mapped))
    return asked


@pytest.mark.parametrize(
    ("target", "other", "usable"),
    [
        (SERVER, OTHER, True),
        (SERVER, None, False),
        (SERVER, SERVER, False),
        (SERVER, Address(SERVER.host, 3479), False),
        (SERVER, Address("2001:db8::2", 3479), False),
        (SERVER, Address("127.0.0.1", 3479), False),
        (SERVER, Address("0.0.0.0", 3479), False),
        (SERVER, Address("224.0.0.1", 3479), False),
        (SERVER, Address(OTHER.host, 0), False),
        (Address("127.0.0.1", 3478), Address("127.0.0.2", 3479), True),
        (Address("2001:db8::1", 3478), Address("::1", 3479), False),
    ],
)
def test_only_what_can_be_a_second_address_is_one(
    target: Address, other: Address | None, usable: bool
) -> None:
    assert other_address(Target("a", target), _asked(other)) == (other if usable else None)


def test_a_refusal_names_no_second_address() -> None:
    asked = Asked(Question(Purpose.MAPPING_I, "a", SERVER), 0, 0)
    asked.answers.append(Answer(at=0, socket=0, source=SERVER, error=420, other=OTHER))
    assert other_address(TARGET, asked) is None


def _in_diagnosis(work) -> None:  # type: ignore[no-untyped-def]
    async def main() -> None:
        network = ScriptedNetwork()
        recorder = Recorder(network)
        recorder.socket(Transport.UDP, Address(HOME, 40000))
        async with Asking(network, recorder) as asking:
            await work(Diagnosis(Plan(), network, recorder, asking, (TARGET,)))

    run(main())


def test_the_first_answer_is_heard_by_all() -> None:
    async def work(diagnosis: Diagnosis) -> None:
        silent = Asked(Question(Purpose.MAPPING_I, "a", SERVER), 0, 0)
        diagnosis.note(TARGET, silent)
        first = _asked(mapped=OTHER)
        diagnosis.note(TARGET, first)
        diagnosis.note(TARGET, _asked())
        assert await diagnosis.first_answer(TARGET) is first
        assert await diagnosis.first_behind_nat(Family.IPV4) == TARGET

    _in_diagnosis(work)


def test_silence_is_waited_for_no_longer_than_a_while() -> None:
    async def work(diagnosis: Diagnosis) -> None:
        began = diagnosis.network.now()
        assert await diagnosis.first_behind_nat(Family.IPV6) is None
        assert diagnosis.network.now() == began
        assert await diagnosis.first_behind_nat(Family.IPV4) is None
        assert diagnosis.network.now() - began == pytest.approx(SCOUTING)

    _in_diagnosis(work)


def test_where_there_is_no_nat_that_is_heard() -> None:
    async def work(diagnosis: Diagnosis) -> None:
        diagnosis.note(TARGET, _asked(mapped=Address(HOME, 40000)))
        assert await diagnosis.first_behind_nat(Family.IPV4) is None

    _in_diagnosis(work)


def test_the_first_server_and_whether_there_is_any_are_heard_without_a_nat_too() -> None:
    async def work(diagnosis: Diagnosis) -> None:
        assert not await diagnosis.anybody_answers(0.1)
        assert await diagnosis.first_server(Family.IPV4, 0.1) is None
        diagnosis.note(TARGET, _asked(mapped=Address(HOME, 40000)))
        assert await diagnosis.first_server(Family.IPV4) == TARGET
        assert await diagnosis.first_server(Family.IPV6) is None
        assert await diagnosis.anybody_answers(0.1)

    _in_diagnosis(work)


def test_of_each_family_the_first_address_counts() -> None:
    six = Address("2001:db8::1", 3478)
    assert set(one_of_each_family([SERVER, six, OTHER])) == {SERVER, six}
