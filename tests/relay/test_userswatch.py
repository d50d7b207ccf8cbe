"""The watch over the users file, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from nat.simulator import Simulation
from relay import UsersFileError
from relay.outputs import UsersFileRead
from relay.users import UserList
from relay.userswatch import UsersWatch

ALICE, BOB = "alice:password:wonder\n", "bob:password:builder\n"


class Told:
    """What a watch said, and to whom."""

    def __init__(self) -> None:
        self.users: list[list[str]] = []
        self.news: list[tuple[UsersFileRead, float]] = []

    def receive(self, users: UserList) -> None:
        self.users.append(list(users))

    def tell(self, news: UsersFileRead, now: float) -> None:
        self.news.append((news, now))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "users"
    file.write_text(ALICE)
    file.chmod(0o600)
    return file


def play(script: Callable[[UsersWatch], Awaitable[None]], interval: float | None = 5.0) -> Told:
    told = Told()

    async def main() -> None:
        watch = UsersWatch("lab", interval, told.receive, told.tell)
        await script(watch)
        watch.stop()
        await watch.stopped()

    simulation = Simulation()
    simulation.run(simulation.host("relay").run(main()))
    return told


def test_what_has_changed_is_read_once_and_what_has_not_is_not(path: Path) -> None:
    async def script(watch: UsersWatch) -> None:
        assert list(await watch.open(path)) == ["alice"]
        await asyncio.sleep(12)
        path.write_text(ALICE + BOB)
        await asyncio.sleep(60)

    told = play(script)
    assert told.users == [["alice", "bob"]]
    assert told.news == [(UsersFileRead(2), 15.0)]


def test_a_bad_file_is_told_once_and_the_old_users_go_on(path: Path) -> None:
    async def script(watch: UsersWatch) -> None:
        await watch.open(path)
        path.write_text(ALICE + "bob\n")
        await asyncio.sleep(60)
        path.unlink()
        await asyncio.sleep(60)
        path.write_text(BOB)
        path.chmod(0o600)
        await asyncio.sleep(60)

    told = play(script)
    assert told.users == [["bob"]]
    (bad, _), (gone, _), (good, _) = told.news
    assert bad.problem is not None
    assert "line 2" in bad.problem
    assert gone.problem is not None
    assert "No such file" in gone.problem
    assert good == UsersFileRead(1)


def test_the_first_file_must_be_good(path: Path) -> None:
    path.write_text("alice\n")

    async def script(watch: UsersWatch) -> None:
        with pytest.raises(UsersFileError, match="line 1"):
            await watch.open(path)

    assert play(script).news == []


def test_a_file_that_everybody_can_read_is_told_of_at_the_start(path: Path) -> None:
    path.chmod(0o644)

    async def script(watch: UsersWatch) -> None:
        await watch.open(path)

    ((news, _),) = play(script).news
    assert news.users == 1
    assert news.warning is not None
    assert "read by everybody" in news.warning


def test_when_asked_for_it_is_read_at_once_changed_or_not(path: Path) -> None:
    async def script(watch: UsersWatch) -> None:
        await watch.open(path)
        watch.read_again(path)
        await asyncio.sleep(0.1)

    told = play(script, interval=None)
    assert told.users == [["alice"]]
    assert [when for _, when in told.news] == [0.0]


def test_another_file_may_take_its_place_and_in_the_end_none(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text(BOB)

    async def script(watch: UsersWatch) -> None:
        watch.read_again(None)
        watch.read_again(path)
        await asyncio.sleep(1)
        watch.read_again(other)
        await asyncio.sleep(1)
        watch.read_again(None)
        other.write_text(ALICE)
        await asyncio.sleep(60)

    assert play(script).users == [["alice"], ["bob"], []]


def test_a_file_that_somebody_is_writing_to_is_read_when_it_is_whole(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from relay import usersfile

    decode = usersfile.decode_users

    def slow(text: bytes, realm: str) -> UserList:
        if text == b"half:password:x\n":
            path.write_text(BOB)
        return decode(text, realm)

    monkeypatch.setattr(usersfile, "decode_users", slow)

    async def script(watch: UsersWatch) -> None:
        await watch.open(path)
        path.write_text("half:password:x\n")
        await asyncio.sleep(60)

    assert play(script).users == [["bob"]]


def test_after_stopping_nobody_looks(path: Path) -> None:
    async def script(watch: UsersWatch) -> None:
        await watch.open(path)
        watch.stop()
        path.write_text(BOB)
        await asyncio.sleep(60)

    assert play(script).users == []


def test_who_asks_for_another_look_hears_what_came_of_it(path: Path, tmp_path: Path) -> None:
    heard: list[UsersFileRead | None] = []

    async def script(watch: UsersWatch) -> None:
        heard.append(await watch.settled())
        await watch.open(path)
        for text in (ALICE + BOB, "bob\n"):
            path.write_text(text)
            watch.read_again(path)
            heard.append(await watch.settled())
        other = tmp_path / "other"
        other.write_text(BOB)
        other.chmod(0o600)
        watch.read_again(path)
        watch.read_again(other)
        heard.append(await watch.settled())
        watch.read_again(None)
        heard.append(await watch.settled())

    play(script, interval=None)
    nothing, both, bad, another, none = heard
    assert both == UsersFileRead(2)
    assert bad is not None
    assert "line 1" in str(bad.problem)
    assert another == UsersFileRead(1)
    assert nothing is none is None


def test_who_waits_for_a_look_hears_when_the_watch_ends(path: Path) -> None:
    async def script(watch: UsersWatch) -> None:
        await watch.open(path)
        watch.read_again(path)
        watch.stop()
        assert await watch.settled() is None

    play(script)
