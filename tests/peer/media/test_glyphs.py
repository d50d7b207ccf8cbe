"""Letters of the test picture: what can be drawn, and where it is white."""

from peer.media.glyphs import HEIGHT, WIDTH, cells, drawable


def test_accents_and_small_letters_are_drawn_plainly_and_other_scripts_left_out() -> None:
    assert drawable("Zoë  葵 b-2") == "ZOE B-2"
    assert drawable("葵") == ""


def test_a_text_is_white_where_its_letters_are() -> None:
    dash, figure = cells("-"), cells(" 1")
    assert dash == [(column, 3) for column in range(WIDTH)]
    assert {row for _, row in figure} == set(range(HEIGHT))
    assert min(column for column, _ in figure) > WIDTH
