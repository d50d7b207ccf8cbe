"""How likely it is that silence is nothing but loss."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nat.discovery.judging.reading import Reading, is_plain
from nat.discovery.transactions import Purpose, Transaction

SURE: Final = 1e-6
"""A conclusion from silence is drawn only if loss would look like this more seldom."""
_PRIOR_LOST, _PRIOR_PASSED = 1.0, 9.0
"""What is believed of a path before anything was sent: about one in ten is lost, give or take."""
_NO_MEASURE: Final = frozenset(
    {
        Purpose.FILTERING_CONTROL,
        Purpose.HAIRPIN_ASK,
        Purpose.ERROR_PROVOKE,
        Purpose.ERROR_ASK,
        Purpose.LIFETIME_ASK,
        Purpose.LIFETIME_REFRESH,
        Purpose.LIFETIME_SEND,
        Purpose.FRAGMENTS,
        Purpose.OTHER_PORT,
    }
)


@dataclass(frozen=True, slots=True)
class Loss:
    """How many transmissions were and were not answered where they should have been."""

    lost: int = 0
    passed: int = 0

    @property
    def share(self) -> float | None:
        """Of all, those that were lost."""
        total = self.lost + self.passed
        return self.lost / total if total else None

    def chance(self, transmissions: int) -> float:
        """The chance that so many in a row go unanswered though nothing stops them.

        The loss is not known but estimated, so this is the mean over what it may be: a beta
        distribution, which makes it a product.
        """
        lost, total = _PRIOR_LOST + self.lost, _PRIOR_LOST + _PRIOR_PASSED + self.lost + self.passed
        chance = 1.0
        for number in range(min(transmissions, 1000)):
            chance *= (lost + number) / (total + number)
        return chance

    def rules_out(self, transmissions: int) -> bool:
        """Whether so much silence is no loss."""
        return self.chance(transmissions) < SURE


def measure(reading: Reading, transactions: Iterable[Transaction]) -> Loss:
    """Count what was lost on the way to servers that answer at all."""
    asked = [each for each in transactions if is_plain(each) and each.purpose not in _NO_MEASURE]
    alive = {each.target for each in asked if reading.genuine(each)}
    lost = passed = 0
    for each in asked:
        if each.target in alive and not each.abandoned:
            missing, came = _count(reading, each)
            lost, passed = lost + missing, passed + came
    return Loss(lost, passed)


def unanswered(transaction: Transaction) -> int:
    """How many transmissions had all the time they needed and were not answered."""
    return 0 if transaction.abandoned or transaction.failure else len(transaction.sent)


def _count(reading: Reading, transaction: Transaction) -> tuple[int, int]:
    answers = reading.genuine(transaction)
    if not answers:
        return unanswered(transaction), 0
    first = answers[0].at
    before = sum(sent <= first for sent in transaction.sent) or 1
    came = min(len(answers), len(transaction.sent))
    return max(before - came, 0), came
