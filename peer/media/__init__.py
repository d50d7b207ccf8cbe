"""Pictures and sound: where they come from, where they go, and how much of them is sent.

```
video, audio = test_pattern(), tone()     what is there without any device
source = play("clip.mp4")                 source.video, source.audio
source = camera(); source = screen()      the platform's, with a clear error where there is none
async with record("call.mp4") as file:    finished properly however the block is left
    file.add(track)
share(track)                              one track for several readers
set_bitrate(sender, 100_000, 300_000)     what the encoder may use
echo(pc)                                  everything goes back to where it came from
```
"""

from peer.engine.bitrate import set_bitrate
from peer.media.clock import Pace
from peer.media.echo import echo, echo_channel
from peer.media.filters import Mutable, limit_framerate
from peer.media.pattern import TestPattern, read_number, test_pattern
from peer.media.recording import Recording, record
from peer.media.sharing import share
from peer.media.sources import Source, camera, play, screen
from peer.media.tone import Tone, tone

__all__ = [
    "Mutable",
    "Pace",
    "Recording",
    "Source",
    "TestPattern",
    "Tone",
    "camera",
    "echo",
    "echo_channel",
    "limit_framerate",
    "play",
    "read_number",
    "record",
    "screen",
    "set_bitrate",
    "share",
    "test_pattern",
    "tone",
]
