"""A tone that a receiver can recognise."""

import array
import fractions
import math

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from peer.media.clock import Pace

RATE = 48_000
SAMPLES = 960  # 20 ms
_AMPLITUDE = 8_000


class Tone(MediaStreamTrack):
    """A sine.

    Args:
        frequency: Hertz, a whole number.
    """

    kind = "audio"

    def __init__(self, frequency: int = 440) -> None:
        if not 0 < frequency < RATE // 2:
            raise ValueError(f"a tone has 1 to {RATE // 2 - 1} Hz, not {frequency}")
        super().__init__()
        wave = (math.sin(2 * math.pi * frequency * i / RATE) for i in range(RATE))
        self._second = array.array("h", [round(_AMPLITUDE * value) for value in wave]).tobytes()
        self._pace = Pace(SAMPLES / RATE)

    async def recv(self) -> av.AudioFrame:
        """The next 20 ms, when they are due."""
        if self.readyState != "live":
            raise MediaStreamError
        number = await self._pace.next()
        frame = av.AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        at = (number * SAMPLES * 2) % len(self._second)
        frame.planes[0].update(self._second[at : at + SAMPLES * 2])
        frame.pts = number * SAMPLES
        frame.sample_rate = RATE
        frame.time_base = fractions.Fraction(1, RATE)
        return frame


def tone(frequency: int = 440) -> Tone:
    """A sine of so many hertz."""
    return Tone(frequency)
