"""What a call is told: where, who, with which servers, and what to do in it."""

import enum
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from peer import Configuration
from peer.explanation import Diagnosis


class Doing(enum.Enum):
    """What the call does with messages."""

    NOTHING = "nothing"
    ECHO = "echo"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Picture:
    """The test pattern's size and rate, which is also the most that an echo sends back.

    Attributes:
        width: Pixels, even.
        height: Pixels, even.
        rate: Frames a second.
    """

    width: int = 640
    height: int = 360
    rate: int = 15


def read_picture(size: str, rate: int) -> Picture:
    """Read `WIDTHxHEIGHT`.

    Raises:
        ValueError: It is none, or of a size that no pattern has; the message says what is allowed.
    """
    width, x, height = size.partition("x")
    if not (x and width.isdecimal() and height.isdecimal()):
        raise ValueError(f"{size!r} is not WIDTHxHEIGHT, such as 640x360")
    picture = Picture(int(width), int(height), rate)
    fits = 160 <= picture.width <= 1920 and 120 <= picture.height <= 1080
    if not fits or picture.width % 2 or picture.height % 2:
        raise ValueError(f"{size!r}: both are even, from 160x120 to 1920x1080")
    return picture


@dataclass(frozen=True, slots=True)
class Diagnoses:
    """What is to be known of the networks beside what the call itself shows.

    Attributes:
        own: A diagnosis of this side's network.
        remote: The same of the other side's.
        make: Whether this side's network is diagnosed beside the call.
    """

    own: Diagnosis | None = field(default=None, repr=False)
    remote: Diagnosis | None = field(default=None, repr=False)
    make: bool = False

    @property
    def are_wanted(self) -> bool:
        """Whether there is anything of it."""
        return self.make or not self.own is self.remote is None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlan:
    """The command's options, parsed.

    Attributes:
        room: The room to join.
        url: Of the signaling server, with its path.
        name: To bear in the room, or `None` for one that the server makes up.
        key: What is shown to be let in.
        doing: What to do with messages.
        configuration: Of each session.
        pattern: Send the test pattern and the tone also where lines are said.
        picture: How large they are, and how often they come.
        play: The file to send instead of the test pattern.
        record: The file for what comes.
        save: The directory for files that come.
        wait: Seconds after which it ends when nobody has come.
        explain: Print why the connection took its path.
        diagnoses: On which that rests.
        timeline: Write the waterfall there.
        as_json: Print one document at the end.
        quiet: Print the verdict alone.
    """

    room: str
    url: str = ""
    name: str | None = None
    key: str | None = field(default=None, repr=False)
    doing: Doing = Doing.NOTHING
    configuration: Configuration = field(default_factory=Configuration)
    pattern: bool = False
    picture: Picture = field(default_factory=Picture)
    play: Path | None = None
    record: Path | None = None
    save: Path | None = None
    wait: float | None = None
    explain: bool = False
    diagnoses: Diagnoses = field(default_factory=Diagnoses)
    timeline: Path | None = None
    as_json: bool = False
    quiet: bool = False

    @property
    def sends_pattern(self) -> bool:
        """A call that does not chat shows that it is there; an echo does until something comes back."""
        return self.play is None and (self.pattern or self.doing is not Doing.CHAT)

    @property
    def meta(self) -> dict[str, Any]:
        """What the other members are told of it, in the words of the video chat."""
        media = self.sends_pattern or self.play is not None
        named = {} if self.name is None else {"name": self.name}
        shows = {"mic": media, "camera": media, "screen": False, "files": self.save is not None}
        return {**named, **shows}
