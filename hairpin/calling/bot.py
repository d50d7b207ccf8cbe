"""`hairpin bot`: a member that stays in a room, so that one can try the video chat alone."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import typer
from rich.text import Text

from hairpin.calling.commands import explained, read_name, read_room, read_size
from hairpin.calling.connecting import Connecting
from hairpin.calling.guest import Keeping
from hairpin.calling.media import Media
from hairpin.calling.messages import Message
from hairpin.calling.names import shown_name
from hairpin.calling.options import (
    BotEchoOption,
    IdleOption,
    KeyOption,
    NameOption,
    PlayOption,
    QuietOption,
    RateOption,
    RoomArgument,
    SizeOption,
    UrlOption,
)
from hairpin.calling.party import Party
from hairpin.calling.plan import CallPlan
from hairpin.calling.replies import Replies
from hairpin.calling.results import CallResult
from hairpin.calling.run import run, until_stopped
from hairpin.calling.screen import Screen
from hairpin.calling.status import read
from hairpin.console import amount, milliseconds, span, stderr
from peer import MediaStreamTrack, Room, Session, join

_NO_SIGNALING = 3


@dataclass(frozen=True, slots=True)
class BotPlan:
    """The command's options, parsed.

    Attributes:
        call: What it has in common with a call.
        echo: Whether it begins with an echo.
        idle: Seconds without anybody after which it ends, or `None` for never.
    """

    call: CallPlan
    echo: bool = False
    idle: float | None = None


def bot(
    room: RoomArgument,
    url: UrlOption = None,
    name: NameOption = "Bot",
    key: KeyOption = None,
    echo: BotEchoOption = False,
    play: PlayOption = None,
    size: SizeOption = "640x360",
    rate: RateOption = 15,
    idle: IdleOption = None,
    quiet: QuietOption = False,
    *,
    flags: Connecting,
) -> None:
    """Stay in a room as a member that is always there, for trying out alone.

    It is seen with a test pattern and heard with a tone, or sends back what it is sent (--echo), and
    answers in the chat: /help, /echo on, /echo off, /stats. It waits as long as it takes, for up to seven
    others, and comes back after the signaling server was away.

    Example: hairpin bot tea-room --echo

    Exit status: 0 stopped as asked, 2 wrong arguments, 3 the signaling server cannot be reached or
    refuses, or the room is full.
    """
    place = read_room(room, url, key)
    call = CallPlan(
        room=place.room,
        url=place.url,
        key=place.key,
        name=read_name(name),
        configuration=flags.configuration(place.url),
        picture=read_size(size, rate),
        play=play,
        quiet=quiet,
    )
    plan = BotPlan(call, echo=echo, idle=idle)
    screen = Screen(call)
    result = explained(lambda: run(run_bot(plan, screen)))
    if not quiet:
        stderr().print(Text(f"Stopped: {result.reason}."), soft_wrap=True)
    if result.over:
        raise typer.Exit(_NO_SIGNALING)


async def run_bot(plan: BotPlan, screen: Screen) -> CallResult:
    """Stay until SIGINT or SIGTERM comes, until nobody was there for long, or the server puts us out.

    Raises:
        signaling.SignalingError: The server cannot be reached, or refuses.
        PeerError: The settings make no sense, or the room is full.
    """
    result = CallResult(plan.call.room)
    await until_stopped(_stay(plan, screen, result), result)
    screen.clear()
    return result


async def _stay(plan: BotPlan, screen: Screen, result: CallResult) -> None:
    call = plan.call
    media = Media(call.play, call.picture, call.name or "Bot", sends=True)
    rooms: list[Room] = []

    def manners(session: Session) -> BotManners:
        return BotManners(plan, session, media, rooms[0])

    party = Party(CallResult(call.room), screen, Keeping(), manners)
    screen.say(f"Connecting to {call.url} ...")
    try:
        async with join(
            call.url,
            call.room,
            call.configuration,
            name=call.name,
            key=call.key,
            meta={**call.meta, "bot": True},
            equip=media.equip,
        ) as room:
            rooms.append(room)
            screen.say(f"In {call.room}. Stop with Ctrl-C.")
            reason = await party.stay(room, idle=plan.idle, ends_with_others=False)
            result.over = party.is_over
            result.reason = reason
    finally:
        media.stop()


class BotManners:
    """To one other member.

    Args:
        plan: How it was started.
        session: With it.
        media: What is sent.
        room: Where they are.
    """

    def __init__(self, plan: BotPlan, session: Session, media: Media, room: Room) -> None:
        self._session = session
        self._media = media
        self._room = room
        self._began = asyncio.get_running_loop().time()
        self._tracks: dict[str, MediaStreamTrack] = {}
        self._replies = Replies(
            plan.call.name or "Bot",
            echo=plan.echo,
            stats=self._stats,
            silent=session.remote_meta.get("bot") is True,
        )

    def greeting(self) -> Sequence[Message]:
        """Who it is."""
        return self._replies.greeting()

    def answer(self, message: Message) -> Sequence[Message]:
        """Answer a text, and do what it asks for."""
        if isinstance(message, bytes):
            return ()
        before = self._replies.echo
        now = asyncio.get_running_loop().time()
        said = self._replies.hear(message, now, alone=len(self._room.sessions) == 1)
        if self._replies.echo is not before:
            for kind, track in self._tracks.items():
                self._media.echo(self._session, track if self._replies.echo else None, kind)
        return said

    def take(self, track: MediaStreamTrack) -> None:
        """Keep it for an echo."""
        self._tracks[track.kind] = track
        if self._replies.echo:
            self._media.echo(self._session, track, track.kind)

    def _stats(self) -> str:
        path, report = self._session.path, self._session.report()
        reading = read(None, report, None if path is None else path.kind)
        pairs = [] if report is None else [p for g in report.generations for p in g.pairs]
        sent, came = sum(p.bytes_sent for p in pairs), sum(p.bytes_received for p in pairs)
        lasted = span(asyncio.get_running_loop().time() - self._began)
        trip = (
            ""
            if reading.round_trip is None
            else f", {milliseconds(reading.round_trip)} there and back"
        )
        how = "not connected" if reading.kind is None else reading.kind.words
        return (
            f"You are {shown_name(self._session)}. We are connected {how}{trip}, for {lasted}; "
            f"you got {amount(sent)} from me, and I got {amount(came)} from you."
        )
