"""Declarations of many modules as those of one: what is passed on, what that needs, and nothing else."""

import pytest

from signaling.schema.bundle import bundle

ENTRY = """\
/** @typedef {import("./part/shapes.js").Round} Round */
/**
 * Draw.
 */
export function draw(pen: Pen): void;
export { Pen } from "./part/pen.js";
export type Round = import("./part/shapes.js").Round;
import type { Pen } from "./part/pen.js";
"""
PEN = """\
/**
 * The pens.
 *
 * @module
 */
/** What writes. */
export class Pen extends Tool<Round> {
    /** Its ink. @type {Ink} */
    ink: p.Ink;
}
/** Of no use to others. @param {Pen} pen */
export function sharpen(pen: Pen): void;
import type * as p from "../protocol.js";
"""
SHAPES = """\
export type Round = {
    radius: number;
};
export type Ink = string;
export class Tool<T> {
}
"""


def test_it_holds_what_is_passed_on_with_its_words_and_what_that_needs_unexported() -> None:
    assert bundle(ENTRY, [PEN, SHAPES]) == (
        'import type * as p from "./protocol.js";\n'
        "/**\n * Draw.\n */\nexport function draw(pen: Pen): void;\n"
        "/** What writes. */\nexport class Pen extends Tool<Round> {\n"
        "    /** Its ink. @type {Ink} */\n    ink: p.Ink;\n}\n"
        "export type Round = {\n    radius: number;\n};\n"
        "type Ink = string;\n"
        "declare class Tool<T> {\n}\n"
        "export {};\n"
    )


@pytest.mark.parametrize(
    ("parts", "message"),
    [([PEN], "Round: nobody"), ([PEN, SHAPES, SHAPES], "Round is declared twice")],
)
def test_what_would_be_wrong_for_its_users_is_refused(parts: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bundle(ENTRY, parts)
