"""`hairpin call`: reads its options, calls, and prints what came of it."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from collections.abc import Callable
from typing import NoReturn

import typer
from rich.text import Text

import signaling
from hairpin.calling import printing
from hairpin.calling.explaining import Explaining
from hairpin.calling.names import tidy
from hairpin.calling.options import (
    ChatOption,
    EchoOption,
    JsonOption,
    KeyOption,
    NameOption,
    PatternOption,
    PlayOption,
    QuietOption,
    RateOption,
    RecordOption,
    RoomArgument,
    SaveOption,
    SizeOption,
    TimelineOption,
    UrlOption,
    WaitOption,
)
from hairpin.calling.places import Place, read_place
from hairpin.calling.plan import CallPlan, Doing, Picture, read_picture
from hairpin.calling.results import CallResult
from hairpin.calling.run import STOPPED, run, run_call
from hairpin.calling.screen import Screen
from hairpin.calling.untrusted import explain_distrust
from hairpin.console import BROKEN, stderr
from peer import ConfigurationError, RoomFullError

_WRONG = 2
_NO_SIGNALING = 3
_INTERRUPTED = 130


def call(
    room: RoomArgument,
    url: UrlOption = None,
    name: NameOption = None,
    key: KeyOption = None,
    echo: EchoOption = False,
    chat: ChatOption = False,
    pattern: PatternOption = False,
    size: SizeOption = "640x360",
    rate: RateOption = 15,
    play: PlayOption = None,
    record: RecordOption = None,
    save_files: SaveOption = None,
    wait: WaitOption = None,
    timeline: TimelineOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    *,
    flags: Explaining,
) -> None:
    """Join a room as a peer, and connect to whoever is there or comes.

    It is a member of the video chat that `hairpin up` serves, seen with a test pattern and heard
    with a tone if there is no --chat, --play or --echo. What is said is printed.

    With --chat the call ends with its input, once everything was said and nothing has come for a
    second; otherwise when the last of the others leaves, or with Ctrl-C.

    Example: hairpin call tea-room --chat --explain

    Exit status: 0 it was connected and ended by either side, 1 it was not connected, or a file
    cannot be read, 2 wrong arguments, 3 the signaling server cannot be reached or refuses, or the
    room is full, 130 stopped before anybody came.
    """
    place = read_room(room, url, key)
    plan = CallPlan(
        room=place.room,
        url=place.url,
        key=place.key,
        name=read_name(name),
        doing=_doing(echo=echo, chat=chat, as_json=as_json),
        pattern=pattern,
        picture=read_size(size, rate),
        configuration=flags.configuration(place.url),
        play=play,
        record=record,
        save=save_files,
        wait=wait,
        explain=flags.is_wanted,
        diagnoses=flags.diagnoses(),
        timeline=timeline,
        as_json=as_json,
        quiet=quiet,
    )
    screen = Screen(plan)
    result = explained(lambda: run(run_call(plan, screen)))
    printing.write_timeline(plan, result)
    printing.show(plan, result)
    if not result.any_connected:
        raise typer.Exit(_INTERRUPTED if result.reason == STOPPED else 1)


def explained(work: Callable[[], CallResult]) -> CallResult:
    """Do something; what goes wrong is said in a sentence, and the process ends."""
    try:
        return work()
    except signaling.UntrustedError as error:
        _give_up(explain_distrust(error), _NO_SIGNALING)
    except signaling.UnreachableError as error:
        hint = "Is a server there (`hairpin up`)? Tell another with --signaling URL."
        _give_up(f"{error}. {hint}", _NO_SIGNALING)
    except signaling.RefusedError as error:
        _give_up(_refusal(error), _NO_SIGNALING)
    except (signaling.SignalingError, RoomFullError) as error:
        _give_up(str(error), _NO_SIGNALING)
    except ConfigurationError as error:
        _give_up(str(error), _WRONG)


def _refusal(error: signaling.RefusedError) -> str:
    match error.code:
        case signaling.ErrorCode.FORBIDDEN if "key" in str(error):
            return f"{error}. Tell the key of the room with --key, or give the whole link."
        case signaling.ErrorCode.ROOM_LOCKED:
            return f"{error}. Whoever is in it can let you in."
        case signaling.ErrorCode.CONFLICT:
            return f"{error}. Choose another name with --name."
    return str(error)


def read_room(room: str, url: str | None, key: str | None) -> Place:
    """Read where to go; the process ends with a sentence if that makes no sense."""
    try:
        return read_place(room, url, key)
    except ValueError as error:
        hint = "ROOM" if "://" in room else "--signaling"
        raise typer.BadParameter(str(error), param_hint=hint) from None


def read_name(name: str | None) -> str | None:
    """Read a name."""
    if name is None:
        return None
    if not (tidied := tidy(name)):
        raise typer.BadParameter("there is nothing to be seen in it", param_hint="--name")
    return tidied


def read_size(size: str, rate: int) -> Picture:
    """Read the size of the test pattern."""
    try:
        return read_picture(size, rate)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--size") from None


def _give_up(message: str, status: int) -> NoReturn:
    stderr().print(Text.assemble(("error: ", BROKEN), message), soft_wrap=True)
    raise typer.Exit(status)


def _doing(*, echo: bool, chat: bool, as_json: bool) -> Doing:
    if echo and chat:
        raise typer.BadParameter("one of --echo and --chat", param_hint="--echo")
    if chat and as_json:
        raise typer.BadParameter(
            "--chat prints lines and --json one document: choose one", param_hint="--json"
        )
    return Doing.ECHO if echo else Doing.CHAT if chat else Doing.NOTHING
