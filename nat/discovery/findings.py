"""What is concluded of one question: an answer, or why there is none, and what it rests on."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Status(enum.Enum):
    """How much is known. What is unknown is never taken for a no."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    """It was tested, and the evidence does not decide; `Finding.why` says why."""
    NOT_TESTED = "not tested"


@dataclass(frozen=True, slots=True)
class Finding(Generic[T]):
    """The answer to one question.

    Attributes:
        status: whether there is an answer.
        value: the answer; None unless it is known.
        why: of an unknown, why it is not known; of something not tested, why not; of what is known,
            what was seen, in one sentence.
        tests: how many observations agree with the answer.
        against: how many do not (loss and servers that fail are not among them).
        servers: by how many servers it was seen.
        possible: of an unknown, the answers that are left, where some have been ruled out; empty
            where any may be right.
    """

    status: Status
    value: T | None = None
    why: str = ""
    tests: int = 0
    against: int = 0
    servers: int = 0
    possible: tuple[T, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether there is an answer."""
        return self.status is Status.KNOWN

    def candidates(self, every: Iterable[T]) -> tuple[T, ...]:
        """What may be right: the answer, what is left, or else every one that there is."""
        if self.value is not None:
            return (self.value,)
        return self.possible or tuple(every)

    @property
    def confidence(self) -> str:
        """`3 tests, 2 servers agree`, for people."""
        if not self.is_known:
            return ""
        tests = f"{self.tests} test{'s' * (self.tests != 1)}"
        text = f"{tests}, {self.servers} servers agree" if self.servers > 1 else tests
        return f"{text}, {self.against} against" if self.against else text


def known(value: T, why: str, *, tests: int = 1, against: int = 0, servers: int = 1) -> Finding[T]:
    """An answer."""
    return Finding(Status.KNOWN, value, why, tests, against, servers)


def unknown(
    why: str, *, tests: int = 0, against: int = 0, possible: tuple[Any, ...] = ()
) -> Finding[Any]:
    """No answer, though it was asked; at most that it is one of some."""
    return Finding(Status.UNKNOWN, None, why, tests, against, possible=possible)


def not_tested(why: str = "it was not asked for") -> Finding[Any]:
    """Nobody asked."""
    return Finding(Status.NOT_TESTED, None, why)
