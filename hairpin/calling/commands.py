"""`hairpin call`: reads its options, calls, and prints what came of it."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from typing import NoReturn

import typer
from rich.text import Text

import signaling
from hairpin.calling import printing
from hairpin.calling.options import (
    ChatOption,
    EchoOption,
    ExplainOption,
    HostOption,
    JsonOption,
    NameOption,
    OwnServersOption,
    PlayOption,
    QuietOption,
    RecordOption,
    RelayOnlyOption,
    RoomArgument,
    StunOption,
    TimelineOption,
    TurnOption,
    UrlOption,
    UserOption,
)
from hairpin.calling.plan import CallPlan, Doing, signaling_url
from hairpin.calling.results import CallResult
from hairpin.calling.run import run, run_call
from hairpin.calling.screen import Screen
from hairpin.console import BROKEN, stderr
from peer import Configuration, ConfigurationError, IceTransportPolicy, Server, parse_servers

_WRONG = 2
_NO_SIGNALING = 3
_INTERRUPTED = 130


def call(
    room: RoomArgument,
    url: UrlOption = None,
    name: NameOption = None,
    echo: EchoOption = False,
    chat: ChatOption = False,
    play: PlayOption = None,
    record: RecordOption = None,
    stun: StunOption = None,
    turn: TurnOption = None,
    user: UserOption = None,
    own_servers_only: OwnServersOption = False,
    relay_only: RelayOnlyOption = False,
    host: HostOption = None,
    explain: ExplainOption = False,
    timeline: TimelineOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Join a room as a peer, and connect to whoever is there or comes first.

    Without --chat, --echo and --play it sends a test pattern and a tone.

    With --chat the call ends with its input, once everything was said and nothing has come for a
    second; otherwise when the other side leaves, or with Ctrl-C.

    Example: hairpin call tea-room --chat --explain

    Exit status: 0 it was connected and ended by either side, 1 it was not connected, 2 wrong
    arguments, 3 the signaling server cannot be reached or refuses, 130 stopped before anybody came.
    """
    plan = CallPlan(
        room=room,
        url=_url(url),
        name=name,
        doing=_doing(echo=echo, chat=chat, as_json=as_json),
        configuration=_configuration(
            servers=_servers(stun or [], turn or [], user),
            own=own_servers_only,
            relay_only=relay_only,
            host=host,
        ),
        play=play,
        record=record,
        explain=explain,
        timeline=timeline,
        as_json=as_json,
        quiet=quiet,
    )
    result = _run(plan)
    printing.write_timeline(plan, result)
    printing.show(plan, result)
    if not result.connected:
        raise typer.Exit(_INTERRUPTED if result.reason == "stopped here" else 1)


def _run(plan: CallPlan) -> CallResult:
    screen = Screen(plan)
    try:
        return run(run_call(plan, screen))
    except signaling.UnreachableError as error:
        hint = "Is a server there (`hairpin up`)? Tell another with --signaling URL."
        _give_up(f"{error}. {hint}", _NO_SIGNALING)
    except signaling.SignalingError as error:
        _give_up(str(error), _NO_SIGNALING)
    except ConfigurationError as error:
        _give_up(str(error), _WRONG)


def _give_up(message: str, status: int) -> NoReturn:
    stderr().print(Text.assemble(("error: ", BROKEN), message), soft_wrap=True)
    raise typer.Exit(status)


def _url(text: str | None) -> str:
    try:
        return signaling_url(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--signaling") from None


def _doing(*, echo: bool, chat: bool, as_json: bool) -> Doing:
    if echo and chat:
        raise typer.BadParameter("one of --echo and --chat", param_hint="--echo")
    if chat and as_json:
        raise typer.BadParameter(
            "--chat prints lines and --json one document: choose one", param_hint="--json"
        )
    return Doing.ECHO if echo else Doing.CHAT if chat else Doing.NOTHING


def _servers(stun: list[str], turn: list[str], user: str | None) -> tuple[Server, ...]:
    name, colon, password = (user or "").partition(":")
    if user is not None and not colon:
        raise typer.BadParameter("expected NAME:PASSWORD", param_hint="--user")
    if turn and user is None:
        raise typer.BadParameter(
            "a TURN server needs --user NAME:PASSWORD as well", param_hint="--turn"
        )
    try:
        told = parse_servers([signaling.IceServer((url,)) for url in stun])
        relays = parse_servers([signaling.IceServer((url,), name, password) for url in turn])
    except ConfigurationError as error:
        raise typer.BadParameter(str(error), param_hint="--stun or --turn") from None
    return told + relays


def _configuration(
    *, servers: tuple[Server, ...], own: bool, relay_only: bool, host: list[str] | None
) -> Configuration:
    return Configuration(
        servers=servers,
        use_signaled_servers=not own,
        policy=IceTransportPolicy.RELAY if relay_only else IceTransportPolicy.ALL,
        host_addresses=tuple(host) if host else None,
        meeting_deadline=30.0,
    )
