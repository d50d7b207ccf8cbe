"""A season as a picture."""

import re
import xml.etree.ElementTree as ET

import pytest

from hairpin.matching.seasondrawing import draw
from hairpin.matching.seasontables import Shown
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.season.records import Ending, Fate, Moment, Season
from signaling.matchmaking.season.summary import summarize


def shown(name: str, *waits: float, hours: float = 1, gave_up: int = 0) -> Shown:
    fates = tuple(
        Fate(
            f"t{n}",
            0,
            1000 + n,
            "here",
            1,
            waited,
            Ending.GAVE_UP if n < gave_up else Ending.MATCHED,
        )
        for n, waited in enumerate(waits)
    )
    moments = tuple(Moment(hours * 3600 * n / 8, n, 1, 1, 1) for n in range(1, 9))
    season = Season(Queue("duel"), hours * 3600, fates, (), moments, 0, {}, 9)
    return Shown(name, season, summarize(season))


def lines(svg: str) -> list[list[tuple[float, float]]]:
    return [
        [(float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())]
        for points in re.findall(r'points="([^"]*)"', svg)
    ]


def test_each_season_has_its_lines_in_three_charts_and_its_name() -> None:
    svg = draw([shown("now.toml", *range(100)), shown("<wide>.toml", *range(50, 150))])
    texts = [one.text for one in ET.fromstring(svg).iter() if one.tag.endswith("text")]
    assert len(lines(svg)) == 2 + 4 + 2
    assert {"now.toml", "<wide>.toml"} <= set(texts)
    assert any(text and text.startswith("now.toml: Half of the players") for text in texts)


def test_whoever_leaves_is_never_matched() -> None:
    within = lines(draw([shown("q", *[1.0] * 100, gave_up=25)]))[0]
    lowest = min(y for _, y in within)
    assert 272 - lowest == pytest.approx(0.75 * 176, abs=0.1)


@pytest.mark.parametrize(("hours", "unit"), [(0.5, "30 min"), (4, "4 h"), (96, "4 d")])
def test_time_has_the_unit_that_fits(hours: float, unit: str) -> None:
    assert f">{unit}</text>" in draw([shown("q", 1.0, hours=hours)])


def test_a_season_without_anybody_is_drawn_as_well() -> None:
    ET.fromstring(draw([shown("q")]))
