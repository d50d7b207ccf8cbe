"""Every script does what the reference (`signaling.matchmaking.ledger.ledger`) says, on a real server."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest
import redis

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.leading.words import Dissolve, Drop, ForgetNode, Lapse, ShutDown
from signaling.matchmaking.ledger.claims import Answer, Claim, Verdict, seat
from signaling.matchmaking.ledger.dealings import (
    Enqueue,
    Finish,
    MovePlayer,
    Open,
    Outcome,
    Pause,
    Quit,
    Reply,
    Withdraw,
)
from signaling.matchmaking.ledger.ledger import Ledger, Step
from signaling.matchmaking.matches import Match
from signaling.matchmaking.redis import calls, codec, scripts
from signaling.matchmaking.tickets import Opening, Openness, Player, Ticket
from tests.signaling.matchmaking.redisrig import RedisRig, per_node
from tests.signaling.nodes.redisserver import RedisServer

NODES = ("n1", "n2", "n3")
SIDS = [f"s{number}" for number in range(10)]
MATCHES = ["m0", "m1", "m2", "m3"]
QUEUE = Queue("duel", most_waiting=5, accept_within=10.0, party_max=3)


def _player(number: int) -> Player:
    sid = SIDS[number % len(SIDS)]
    rtt = {"eu": 20.5} if number % 2 else {}
    return Player(
        f"peer-{sid}", sid, NODES[number % 2], f"ü{sid}", 1500.0 + number, rtt, Openness.OPEN
    )


def _ticket(number: int, **more: Any) -> Ticket:
    properties = {"maps": ("a", "b"), "skill": 3.5, "mode": "duel"} if number % 2 else {}
    avoid = frozenset({"x", f"y{number}"})
    players = (_player(number),)
    return Ticket(f"t{number}", "duel", players, properties=properties, avoid=avoid, **more)


class Twins:
    """The reference and the server side by side: whatever is done is done to both, and compared."""

    def __init__(self, client: redis.Redis, queue: Queue = QUEUE) -> None:
        self.ledger = Ledger(queue)
        self.rig = RedisRig(client, queue)
        self.now = 1_700_000_000.125
        self.epoch = 0
        for node in NODES:
            self.beat(node, leads=node == "n1")

    @property
    def books(self) -> Any:
        return self.ledger.books

    def beat(
        self, node: str, process: str = "p", *, leads: bool, estimate: float | None = None
    ) -> None:
        ours = self.ledger.beat(node, process, self.now, leads=leads, estimate=estimate)
        theirs = self.rig.beat(node, process, self.now, leads=leads, estimate=estimate)
        assert sorted(theirs.lives, key=repr) == sorted(ours.lives, key=repr)
        assert theirs.epoch == ours.epoch
        self.epoch = ours.epoch or self.epoch

    def order(self, order: Any, source: str = "n1") -> None:
        step = self.ledger.apply(order, source, self.now)
        self.rig.apply(order, source, self.now)
        self.compare(step)

    def claim(self, claim: Claim, epoch: int) -> None:
        answer, step = self.ledger.claim(claim, epoch, self.now)
        assert self.rig.claim(claim, epoch, self.now) == answer
        self.compare(step)

    def house(self, wish: Any, epoch: int, step: Step) -> None:
        self.rig.run(calls.keep_house(wish, epoch), "n1", self.now)
        self.compare(step)

    def recall(self, match: Match, left: dict[str, str]) -> None:
        step = self.ledger.recall(match, left)
        self.rig.run(calls.recall(match, left), "n1", self.now)
        self.compare(step)

    def compare(self, step: Step) -> None:
        assert self.rig.changes() == list(step.changes)
        assert self.rig.reports(*NODES) == per_node(step.reports)

    def compare_whole(self) -> None:
        assert self.rig.whole() == {repr(each) for each in self.ledger.whole()}
        over = self.rig.client.zrange(f"{self.rig.prefix}over", 0, -1, withscores=True)
        assert {name.decode(): until for name, until in over} == self.books.over


class Dice:
    """Turns numbers into steps that mean something where things stand."""

    def __init__(self, twins: Twins) -> None:
        self.twins = twins

    def do(self, kind: int, a: int, b: int, c: int) -> None:
        steps = (
            *(self._enqueue, self._enqueue, self._party, self._withdraw, self._pause, self._move),
            *(self._claim, self._claim, self._claim, self._reply, self._reply, self._reply),
            *(
                self._reply,
                self._open,
                self._open,
                self._fill,
                self._fill,
                self._quit,
                self._finish,
            ),
            *(self._house, self._recall, self._beat),
        )
        self.twins.now += 0.5 + c / 8
        steps[kind % len(steps)](a, b, c)

    def _name(self, a: int) -> tuple[str, str]:
        """A ticket and one of its players, mostly."""
        tickets = [
            *(each.ticket for each in self.twins.books.tickets.values()),
            *(each.parts[0] for each in self.twins.books.parties.values()),
            *(each.ticket for held in self.twins.books.held.values() for each in held.waiting),
            _ticket(a),
        ]
        ticket = tickets[a % len(tickets)]
        return ticket.id, ticket.players[a % len(ticket.players)].sid

    def _enqueue(self, a: int, b: int, c: int) -> None:
        again = {"enqueued": 1_600_000_000.0, "expires": 1e10, "generation": 3} if c == 7 else {}
        self.twins.order(Enqueue(_ticket(a, **again), 60.0, b or None), NODES[a % 2])

    def _party(self, a: int, b: int, c: int) -> None:
        ticket = replace(_ticket(a), keys=("k",) if c == 7 else ())
        self.twins.order(Enqueue(ticket, 60.0, 1, f"p{b % 2}", 2 + b % 2), NODES[a % 2])

    def _withdraw(self, a: int, b: int, c: int) -> None:
        outcome = Outcome.LOST if c % 2 else Outcome.CANCELLED
        self.twins.order(Withdraw("duel", *self._name(a), outcome, b or None))

    def _pause(self, a: int, b: int, c: int) -> None:
        self.twins.order(Pause("duel", *self._name(a), bool(b % 2)))

    def _move(self, a: int, b: int, c: int) -> None:
        self.twins.order(MovePlayer("duel", *self._name(a), NODES[b % 3]), NODES[b % 3])

    def _claim(self, a: int, b: int, c: int) -> None:
        waiting = list(self.twins.books.tickets.values())[: 1 + b % 3] or [_Nobody]
        stale = 1 if c == 7 else 0
        tickets = tuple((each.ticket.id, each.stamp + stale) for each in waiting)
        name, now = MATCHES[a % 4], self.twins.now
        host = waiting[0].ticket.players[0].peer
        match = Match(name, "duel", f"r{a}", (), (), host, "eu", 0.75, None, now, now + 10.0)
        epoch = self.twins.epoch - (c == 6)
        self.twins.claim(Claim(name, match, tickets, tuple(range(len(tickets)))), epoch)

    def _fill(self, a: int, b: int, c: int) -> None:
        for opening, stamp in self.twins.books.openings.values():
            waiting = list(self.twins.books.tickets.values())[:1] or [_Nobody]
            tickets = tuple((each.ticket.id, each.stamp) for each in waiting)
            now = self.twins.now
            match = Match(
                opening.match,
                "duel",
                opening.room,
                (),
                (),
                "",
                None,
                1.0,
                opening.id,
                now,
                now + 10.0,
            )
            rest = replace(opening, seats=(1, 0)) if b % 2 else None
            claim = Claim(f"c{a}{b}{c}", match, tickets, (1,), stamp - (c == 7), rest)
            self.twins.claim(claim, self.twins.epoch)
            return

    def _reply(self, a: int, b: int, c: int) -> None:
        asked = [
            (held.match.id, each.ticket, player.sid)
            for held in self.twins.books.held.values()
            for each in held.waiting
            for player in each.ticket.players
            if not held.began or b == 7
        ]
        if asked:
            match, ticket, sid = asked[a % len(asked)]
            yes, generation = c not in (6, 7), ticket.generation + (b == 6)
            self.twins.order(
                Reply("duel", match, ticket.id, generation, sid, yes, c == 7, b or None)
            )

    def _running(self, a: int) -> tuple[Any, str] | None:
        players = [
            (held, sid)
            for held in self.twins.books.held.values()
            for _, sid, _ in held.players()
            if held.began or a == 7
        ]
        return players[a % len(players)] if players else None

    def _open(self, a: int, b: int, c: int) -> None:
        if found := self._running(a):
            held, sid = found
            seats = (0, 0) if c == 7 else (b % 2, 1)
            match = held.match.id
            opening = Opening(f"{match}{b}", "duel", match, "", seats, ((_player(a),), ()))
            self.twins.order(Open(opening, sid, c or None))

    def _quit(self, a: int, b: int, c: int) -> None:
        if found := self._running(a):
            self.twins.order(Quit("duel", found[0].match.id, found[1], "bored"))

    def _finish(self, a: int, b: int, c: int) -> None:
        if found := self._running(a):
            match = found[0].match.id
            result = json.dumps({"é": b}).encode()
            self.twins.order(Finish("duel", match, found[1], result, c or None))

    def _house(self, a: int, b: int, c: int) -> None:
        twins, books = self.twins, self.twins.books
        epoch = twins.epoch - (c == 7)
        if a % 4 == 0:
            names = tuple(books.held)[:2]
            twins.house(Lapse(names), epoch, twins.ledger.lapse(epoch, names, twins.now))
        elif a % 4 == 1:
            some = tuple((name, each.stamp - (b == 7)) for name, each in books.tickets.items())[:2]
            step = twins.ledger.drop(epoch, some, Outcome.EXPIRED, twins.now)
            twins.house(Drop(some, Outcome.EXPIRED), epoch, step)
        elif a % 4 == 2:
            twins.now += 5 * b
            names = tuple(books.parties)
            twins.house(Dissolve(names), epoch, twins.ledger.dissolve(epoch, names, twins.now))
        else:
            some = tuple((name, each[1] - (b == 7)) for name, each in books.openings.items())
            twins.house(ShutDown(some), epoch, twins.ledger.shut(epoch, some))

    def _recall(self, a: int, b: int, c: int) -> None:
        began = [held for held in self.twins.books.held.values() if held.began]
        if began and c < 4:
            match = replace(began[0].whole(), id=f"r{a}")
        else:
            tickets = (_ticket(a), _ticket(a + 1))
            match = Match(f"r{a}", "duel", "room", (), (), "peer-s0", made=5.0, accept_by=8.0)
            match = seat(match, tickets, (0, 1))
        self.twins.recall(match, {SIDS[b]: "gone"} if b == 7 else {})

    def _beat(self, a: int, b: int, c: int) -> None:
        self.twins.now += b
        process = "q" if c == 7 else "p"
        self.twins.beat(NODES[a % 3], process, leads=c % 2 == 0, estimate=b or None)


class _Nobody:
    ticket = _ticket(9)
    stamp = 1


@pytest.fixture
def client(redis_server: RedisServer) -> redis.Redis:
    return redis_server.client


@pytest.mark.parametrize("seed", range(12))
def test_the_server_does_step_by_step_what_the_reference_does(
    client: redis.Redis, seed: int
) -> None:
    rng = random.Random(seed)
    twins = Twins(client, QUEUE if seed % 2 else replace(QUEUE, accept_within=None))
    dice = Dice(twins)
    for _ in range(150):
        dice.do(rng.randrange(22), rng.randrange(8), rng.randrange(8), rng.randrange(8))
    twins.compare_whole()


def test_a_node_that_is_long_dead_is_forgotten_and_one_that_resigns_is_gone(
    client: redis.Redis,
) -> None:
    twins = Twins(client)
    twins.ledger.forget_node(twins.epoch, "n3")
    twins.rig.run(calls.keep_house(ForgetNode("n3"), twins.epoch), "n1", twins.now)
    twins.ledger.resign("n1", "p")
    twins.rig.run(calls.resign("p"), "n1", twins.now)
    twins.beat("n2", leads=True)
    assert [life.node for life in twins.ledger.beat("n2", "p", twins.now, leads=False).lives] == [
        "n2"
    ]


def test_a_store_that_lost_everything_does_nothing_and_says_so(client: redis.Redis) -> None:
    """Who knows another store tells it first what it has."""
    twins = Twins(client)
    twins.rig.store = "another"
    for order in (
        Enqueue(_ticket(1), 60.0),
        Withdraw("duel", "t1", "s1"),
        Pause("duel", "t1", "s1", True),
        MovePlayer("duel", "t1", "s1", "n1"),
        Reply("duel", "m", "t1", 1, "s1", True),
        Open(Opening("o", "duel", "m", "", (0, 1), ((), ())), "s1"),
        Quit("duel", "m", "s1"),
        Finish("duel", "m", "s1"),
    ):
        assert twins.rig.run(calls.carry(order), "n1", twins.now) == b"CHANGED", order
    assert twins.rig.changes() == []


def test_claims_of_one_call_are_taken_one_after_the_other(client: redis.Redis) -> None:
    twins = Twins(client)
    for number in (1, 2, 3):
        twins.order(Enqueue(_ticket(number), 60.0))
    stamps = {name: each.stamp for name, each in twins.ledger.books.tickets.items()}
    claims = [
        Claim(name, Match(name, "duel", "r", (), (), "h"), tuple((t, stamps[t]) for t in who), team)
        for name, who, team in (
            ("m1", ("t1", "t2"), (0, 1)),
            ("m2", ("t3", "t2"), (0, 1)),
            ("m1", ("t3",), (0,)),
            ("m3", ("t3",), (0,)),
        )
    ]
    steps = [twins.ledger.claim(each, twins.epoch, twins.now) for each in claims]
    answers = twins.rig.claim_all(claims, twins.epoch, twins.now)
    assert [each.verdict.value for each in answers] == ["done", "missing", "already", "done"]
    assert answers == [answer for answer, _ in steps]
    assert twins.rig.changes() == [change for _, step in steps for change in step.changes]
    twins.compare_whole()


def test_a_claim_may_be_of_more_tickets_than_a_command_takes_at_once(client: redis.Redis) -> None:
    twins = Twins(client, replace(QUEUE, most_waiting=2000))
    tickets = [Ticket(f"t{number}", "duel", (_player(number),)) for number in range(1001)]
    for each in tickets:
        twins.ledger.apply(Enqueue(each, 60.0), "n1", twins.now)
    twins.rig.run_all([calls.carry(Enqueue(each, 60.0)) for each in tickets], "n1", twins.now)
    assert len(twins.rig.changes()) == len(tickets)
    stamps = tuple((name, each.stamp) for name, each in twins.books.tickets.items())
    head = Match("m", "duel", "r", (), (), "h")
    claim = Claim("m", head, stamps, (0,) * len(stamps))
    answer, step = twins.ledger.claim(claim, twins.epoch, twins.now)
    assert twins.rig.claim(claim, twins.epoch, twins.now) == answer == Answer(Verdict.DONE)
    assert twins.rig.changes() == list(step.changes)
    twins.compare_whole()


def test_the_scripts_are_given_the_time_of_the_server(client: redis.Redis) -> None:
    rig = RedisRig(client, QUEUE)
    header = (rig.prefix, "", "n1", "", "0", 5, calls.beat("p", "s", 5.0, leads=True).arguments)
    client.script_load(scripts.source("beat"))
    _, now, lead = codec.read_lead(client.evalsha(scripts.digest("beat"), 1, "k", *header))
    seconds, _ = client.time()
    assert 0 <= seconds - now + 1 < 5
    assert lead.lives[0].expires == now + 5.0
