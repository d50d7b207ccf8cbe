"""The options of `hairpin call`."""

from pathlib import Path
from typing import Annotated

import typer

RoomArgument = Annotated[
    str,
    typer.Argument(
        metavar="ROOM", help="The room to join, or a link to it as the video chat shows it."
    ),
]
KeyOption = Annotated[
    str | None,
    typer.Option(envvar="HAIRPIN_ROOM_KEY", help="The key of the room; a link may have it."),
]
SizeOption = Annotated[
    str, typer.Option(metavar="WIDTHxHEIGHT", help="The size of the test pattern.")
]
RateOption = Annotated[
    int,
    typer.Option(
        min=1, max=60, help="Frames a second of the test pattern, and at most of an echo."
    ),
]
PatternOption = Annotated[
    bool,
    typer.Option("--pattern", help="Send the test pattern and the tone with --chat too."),
]
SaveOption = Annotated[
    Path | None,
    typer.Option(
        "--save-files",
        metavar="DIR",
        help="Save the files that the others offer in this directory.",
    ),
]
WaitOption = Annotated[
    float | None,
    typer.Option(min=0.0, metavar="SECONDS", help="Give up when nobody has come by then."),
]
UrlOption = Annotated[
    str | None,
    typer.Option(
        "--signaling",
        metavar="URL",
        help="The signaling server, ws://HOST:PORT or wss://HOST; without it one that "
        "`hairpin up` runs on this machine.",
    ),
]
NameOption = Annotated[str | None, typer.Option(help="The name to bear in the room.")]
EchoOption = Annotated[
    bool, typer.Option("--echo", help="Send back what comes: messages, sound and picture.")
]
BotEchoOption = Annotated[
    bool, typer.Option("--echo", help="Begin with an echo: send back messages, sound and picture.")
]
IdleOption = Annotated[
    float | None,
    typer.Option(min=0.0, metavar="SECONDS", help="End when nobody was there for so long."),
]
ChatOption = Annotated[
    bool,
    typer.Option(
        "--chat",
        help="Send each line of the input to everybody, and no picture; works in pipes.",
    ),
]
PlayOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Send this audio or video file, not the test pattern."),
]
RecordOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Record what comes, in the format that the name tells: .mp4, .mkv, .webm, .ogg or "
        ".wav. Further members get a file each, with their name in its own.",
    ),
]
StunOption = Annotated[
    list[str] | None,
    typer.Option("--stun", metavar="URL", help="Ask this STUN server as well (repeatable)."),
]
TurnOption = Annotated[
    list[str] | None,
    typer.Option("--turn", metavar="URL", help="Ask this TURN server as well (repeatable)."),
]
UserOption = Annotated[
    str | None,
    typer.Option(metavar="NAME:PASSWORD", envvar="HAIRPIN_TURN_USER", help="For --turn."),
]
OwnServersOption = Annotated[
    bool,
    typer.Option(
        "--own-servers-only", help="Do not ask the servers that the signaling server names."
    ),
]
RelayOnlyOption = Annotated[
    bool,
    typer.Option("--relay-only", help="Use relayed candidates alone, which hide all others."),
]
HostOption = Annotated[
    list[str] | None,
    typer.Option(metavar="ADDRESS", help="Use this local address alone (repeatable)."),
]
AuthorityOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Trust the certificates in this file (PEM) as well, for wss: and TURN over TLS: an authority's, or "
        "the server's own.",
    ),
]
FingerprintOption = Annotated[
    str | None,
    typer.Option(
        metavar="SHA256:…",
        help="Trust the signaling server by the fingerprint of its certificate, as `hairpin up` prints it, and no other.",
    ),
]
ExplainOption = Annotated[
    bool, typer.Option("--explain", help="Say at the end why the connection took its path.")
]
DiagnosisOption = Annotated[
    Path | None,
    typer.Option(
        "--diagnosis",
        metavar="FILE",
        help="Explain, and rest that on this diagnosis of your network: what `hairpin nat` printed "
        "with --json, or wrote with --report.",
    ),
]
RemoteDiagnosisOption = Annotated[
    Path | None,
    typer.Option(
        "--remote-diagnosis",
        metavar="FILE",
        help="The same of the other side's; with both it is said what they foretold.",
    ),
]
DiagnoseOption = Annotated[
    bool,
    typer.Option(
        "--diagnose",
        help="Explain, and for that diagnose your network beside the call, by the call's own STUN "
        "servers and what your router tells; the end waits for it 1.5 s at most.",
    ),
]
TimelineOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Write what happened when, as a page (.html) or a picture (.svg)."
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document at the end instead.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict alone.")]
