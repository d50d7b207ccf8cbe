"""From node to node: every word once and in order, or it is known whom the lost ones were for.

Pub/sub forgets what nobody hears. So words are numbered on their link; the sender keeps them for a
while and until they are acknowledged, says from time to time how many there were, and sends again
what the other side lacks. What it keeps no longer it knows by receiver alone.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from msgspec import Raw

from signaling.nodes.letters import Had, Sent, Skip, Words

KEPT: Final = 8192
KEPT_BYTES: Final = 8 * 1024 * 1024
KEPT_FOR: Final = 30.0
"""How many words a sender keeps for one other node, their bytes, and for how many seconds."""
NAMES_KEPT: Final = 16384
"""Of how many words that are kept no longer it is known for whom they were."""
LETTER_WORDS: Final = 128
LETTER_BYTES: Final = 256 * 1024
ACKNOWLEDGE_EVERY: Final = 256
ASK_EVERY: Final = 0.2
"""Seconds between two questions for the same hole."""


@dataclass(frozen=True, slots=True)
class _Kept:
    number: int
    word: bytes
    sid: str | None
    since: float


class Outgoing:
    """The sending end of the link to one node.

    Args:
        node: Our own name.
        process: Which process of our name we are.
        link: The number of the link; a later one is higher.
    """

    def __init__(self, node: str, process: int, link: int) -> None:
        self._node = node
        self._process = process
        self._link = link
        self._number = 0
        self._unsent = 0
        self._kept: deque[_Kept] = deque()
        self._bytes = 0
        self._gone: deque[tuple[int, str]] = deque()
        self._gone_unknown = 0
        self._had = 0
        self._reader = 0
        self.alive = True

    @property
    def is_idle(self) -> bool:
        """Whether the other side has everything."""
        return self._had >= self._number

    def say(self, word: bytes, sid: str | None, now: float) -> None:
        """Take a word, for a session or for nobody in particular; it leaves with `flush`."""
        self._number += 1
        self._unsent += 1
        self._kept.append(_Kept(self._number, word, sid, now))
        self._bytes += len(word)
        while len(self._kept) > KEPT or self._bytes > KEPT_BYTES or (self._kept and not self.alive):
            self._forget_first()

    def flush(self) -> list[Words | Sent | Skip]:
        """Write what was said since the last time."""
        unsent = min(self._unsent, len(self._kept))
        self._unsent = 0
        return [] if unsent == 0 else [*self._letters(self._number - unsent)]

    def receive_had(self, had: Had) -> list[Words | Sent | Skip]:
        """Hear how far the other side is, and send again what it lacks."""
        if had.to_process != self._process or had.link != self._link:
            return []
        if self._reader not in (0, had.process):
            return self._begin_again(had.process)
        self._reader = had.process
        if had.number > self._number:
            return []
        self._had = max(self._had, had.number)
        while self._kept and self._kept[0].number <= had.number:
            self._bytes -= len(self._kept.popleft().word)
        while self._gone and self._gone[0][0] <= had.number:
            self._gone.popleft()
        self._unsent = min(self._unsent, len(self._kept))
        return self._from(had.number) if had.again else []

    def beat(self, now: float) -> list[Words | Sent | Skip]:
        """Say how many words there were, while they are not acknowledged; forget the oldest."""
        while self._kept and self._kept[0].since + KEPT_FOR < now:
            self._forget_first()
        if self.is_idle or not self.alive:
            return []
        return [Sent(self._node, self._process, self._link, self._number - self._unsent)]

    def bury(self) -> None:
        """Hear that the node is dead: nothing is kept for it but whom its words were for."""
        self.alive = False
        while self._kept:
            self._forget_first()

    def revive(self) -> None:
        """Hear that the node is alive (again)."""
        self.alive = True

    def _from(self, had: int) -> list[Words | Sent | Skip]:
        first = self._kept[0].number if self._kept else self._number + 1
        letters: list[Words | Sent | Skip] = []
        if had + 1 < first:
            known = self._gone_unknown <= had
            sids = tuple(dict.fromkeys(sid for _, sid in self._gone)) if known else None
            letters.append(Skip(self._node, self._process, self._link, first - 1, sids))
        self._unsent = 0
        return [*letters, *self._letters(max(had, first - 1))]

    def _letters(self, after: int) -> Iterator[Words]:
        start = after - self._kept[0].number + 1 if self._kept else 0
        words: list[Raw] = []
        size, number = 0, after + 1
        for kept in islice(self._kept, start, None):
            if words and (len(words) >= LETTER_WORDS or size + len(kept.word) > LETTER_BYTES):
                yield Words(self._node, self._process, self._link, number, tuple(words))
                words, size, number = [], 0, kept.number
            words.append(Raw(kept.word))
            size += len(kept.word)
        if words:
            yield Words(self._node, self._process, self._link, number, tuple(words))

    def _begin_again(self, reader: int) -> list[Words | Sent | Skip]:
        """Another process has the name: it gets what is kept as the beginning of its link.

        Some of what is kept no longer may have been for its sessions; of those it hears at number 1.
        """
        is_unknown = self._gone_unknown > self._had
        lost = dict.fromkeys(sid for _, sid in self._gone)
        kept = list(self._kept)
        before = 1 if lost or is_unknown else 0
        self._reader, self._had, self._gone_unknown = reader, 0, int(is_unknown)
        self._link += 1
        self._gone = deque((1, sid) for sid in lost)
        self._kept.clear()
        for number, each in enumerate(kept, before + 1):
            self._kept.append(_Kept(number, each.word, each.sid, each.since))
        self._number = before + len(kept)
        return self._from(0)

    def _forget_first(self) -> None:
        kept = self._kept.popleft()
        self._bytes -= len(kept.word)
        if kept.sid is not None:
            self._gone.append((kept.number, kept.sid))
        if len(self._gone) > NAMES_KEPT:
            self._gone_unknown = self._gone.popleft()[0]


@dataclass(frozen=True, slots=True)
class Lost:
    """Words that will never come: for these sessions, or for nobody knows whom (None)."""

    sids: tuple[str, ...] | None


Heard = tuple[list[bytes | Lost], list[Had]]
"""What arrived, in order, and what is to be answered."""


class Incoming:
    """The receiving end of the link from one node.

    Args:
        node: Our own name.
        process: Which process of our name we are.
    """

    def __init__(self, node: str, process: int) -> None:
        self._node = node
        self._process = process
        self._source = (0, 0)
        self._had = 0
        self._acknowledged = 0
        self._held: dict[int, bytes] = {}
        self._bytes = 0
        self._asked = -ASK_EVERY

    @property
    def process(self) -> int:
        """Which process of its name was heard last; 0 before the first."""
        return self._source[0]

    def receive_words(self, letter: Words, now: float) -> Heard:
        """Take words; hold those behind a hole, pass over those that came before."""
        if not self._is_of_this_link(letter):
            return [], []
        arrived: list[bytes | Lost] = []
        for number, raw in enumerate(letter.words, letter.number):
            if number == self._had + 1:
                self._had = number
                arrived.append(bytes(raw))
                arrived += self._next_held()
            elif number > self._had:
                self._hold(number, bytes(raw))
        return arrived, self._ask(now) if self._held else self._acknowledge(ACKNOWLEDGE_EVERY)

    def receive_sent(self, letter: Sent, now: float) -> list[Had]:
        """Hear how many words there were."""
        if not self._is_of_this_link(letter):
            return []
        return self._ask(now) if letter.number > self._had else self._acknowledge(0)

    def receive_skip(self, letter: Skip) -> Heard:
        """Hear that what is missing is kept no longer."""
        if not self._is_of_this_link(letter) or letter.number <= self._had:
            return [], []
        for number in [number for number in self._held if number <= letter.number]:
            self._bytes -= len(self._held.pop(number))
        self._had = letter.number
        return [Lost(letter.sids), *self._next_held()], []

    def bury(self) -> None:
        """Hear that the node is dead: what is behind a hole never happened."""
        self._held.clear()
        self._bytes = 0

    def _is_of_this_link(self, letter: Words | Sent | Skip) -> bool:
        source = (letter.process, letter.link)
        if source > self._source:
            self._source = source
            self._had = self._acknowledged = 0
            self._asked = -ASK_EVERY
            self.bury()
        return source == self._source

    def _next_held(self) -> list[bytes | Lost]:
        words: list[bytes | Lost] = []
        while (word := self._held.pop(self._had + 1, None)) is not None:
            self._had += 1
            self._bytes -= len(word)
            words.append(word)
        return words

    def _hold(self, number: int, word: bytes) -> None:
        """Keep within bounds: what is not held will be sent again."""
        fits = len(self._held) < KEPT and self._bytes + len(word) <= KEPT_BYTES
        if fits and number not in self._held:
            self._held[number] = word
            self._bytes += len(word)

    def _ask(self, now: float) -> list[Had]:
        if now < self._asked + ASK_EVERY:
            return []
        self._asked = now
        return [self._answer(again=True)]

    def _acknowledge(self, after: int) -> list[Had]:
        if self._had - self._acknowledged < after:
            return []
        self._acknowledged = self._had
        return [self._answer(again=False)]

    def _answer(self, *, again: bool) -> Had:
        process, link = self._source
        return Had(self._node, self._process, process, link, self._had, again)
