"""The test picture says which one it is, also behind a codec."""

import asyncio
import fractions

import pytest
from aiortc.codecs.vpx import Vp8Decoder, Vp8Encoder
from aiortc.jitterbuffer import JitterFrame

from nat.simulator import Simulation
from peer.media import read_number, test_pattern
from peer.media.filters import black
from peer.media.pattern import draw

SIZES = [(640, 480), (160, 120), (320, 180), (1280, 720), (362, 202)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("number", [0, 1, 12345, (1 << 20) - 1])
def test_what_is_drawn_is_read(size: tuple[int, int], number: int) -> None:
    frame = draw(number, *size)
    assert (frame.width, frame.height) == size
    assert read_number(frame) == number
    assert read_number(frame.reformat(format="rgb24")) == number


def test_the_number_survives_a_codec_at_a_low_rate() -> None:
    encoder, decoder = Vp8Encoder(), Vp8Decoder()
    encoder.target_bitrate = 250_000
    read = []
    for number in range(20):
        frame = draw(number, 640, 480)
        frame.pts, frame.time_base = number * 3000, fractions.Fraction(1, 90_000)
        payloads, timestamp = encoder.encode(frame)
        data = b"".join(payload[4:] for payload in payloads)
        read += [read_number(f) for f in decoder.decode(JitterFrame(data, timestamp))]
    assert read == list(range(20))


def test_the_picture_moves() -> None:
    assert bytes(draw(1, 320, 240).planes[0]) != bytes(draw(2, 320, 240).planes[0])


def test_a_picture_of_something_else_has_no_number() -> None:
    assert read_number(black(draw(5, 320, 240))) is None


def test_pictures_come_at_their_rate() -> None:
    async def read() -> list[float]:
        track = test_pattern(160, 120, rate=10)
        loop = asyncio.get_running_loop()
        times = []
        for number in range(5):
            frame = await track.recv()
            assert read_number(frame) == number
            assert frame.time == pytest.approx(number / 10)
            times.append(loop.time())
        track.stop()
        return [time - times[0] for time in times]

    assert Simulation(0).run(read()) == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4])


@pytest.mark.parametrize("settings", [(159, 120, 30), (160, 121, 30), (160, 120, 0)])
def test_sizes_that_do_not_fit_are_refused(settings: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=str(settings[0])):
        test_pattern(*settings)


def test_a_label_stands_beside_the_number_which_can_still_be_read() -> None:
    plain, labelled = draw(77, 640, 360), draw(77, 640, 360, "12:34:56 BOT")
    assert read_number(labelled) == 77
    assert bytes(plain.planes[0]) != bytes(labelled.planes[0])
    assert bytes(draw(77, 160, 120, "A" * 500).planes[0]) != b""
