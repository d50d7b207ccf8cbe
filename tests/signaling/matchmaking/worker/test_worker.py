"""Where the matcher works."""

from signaling.matchmaking.leading.matching import Feed, Result, Tick
from signaling.matchmaking.worker.worker import InlineWorker
from tests.signaling.matchmaking.ledgers import DUEL, ticket


class _Ear:
    def __init__(self) -> None:
        self.results: list[Result] = []
        self.renewed = 0

    def receive_result(self, result: Result) -> None:
        self.results.append(result)

    def receive_new_matcher(self) -> None:
        self.renewed += 1


def test_the_matcher_in_the_same_thread_answers_at_once() -> None:
    ear, times = _Ear(), iter([0.0, 1.0, 1.5])
    worker = InlineWorker(DUEL, ear, lambda: next(times))
    worker.give(Feed((ticket("t1"), ticket("t2"))))
    worker.give(Tick(3, 1.0))
    (result,) = ear.results
    assert (result.number, result.took, len(result.ticked.proposals)) == (3, 0.5, 1)
