// Lines, axes and figures.
import assert from "node:assert/strict";
import { test } from "node:test";

import * as p from "../../../hairpin/pages/chat/inspector/plot.js";

const samples = (...values) => values.map((value, n) => ({ at: n, value }));

test("a line goes from left to right, the newest at the right edge, high values high", () => {
  const { lines, ceiling, points, last } = p.plot([samples(0, 0.01)], p.SCALES.rtt, 1);
  assert.equal(ceiling, 0.01);
  assert.equal(points, 2);
  assert.equal(lines[0], "M238 64h0L240 4");
  assert.deepEqual(last, ["10 ms"]);
});

test("what was not measured is a gap, not a zero, and its last value is none", () => {
  const { lines, last, points } = p.plot([samples(0.01, null, 0.02, null)], p.SCALES.rtt, 3);
  assert.equal(lines[0].match(/M/g).length, 2);
  assert.equal(lines[0].includes("L"), false);
  assert.deepEqual([last, points], [[null], 2]);
});

test("without samples there is an axis all the same", () => {
  const { lines, ticks, last } = p.plot([[], []], p.SCALES.bits, 0);
  assert.deepEqual(lines, ["", ""]);
  assert.deepEqual(ticks.map(({ label }) => label), ["100 kbit/s", "0 kbit/s"]);
  assert.deepEqual(last, [null, null]);
});

test("two lines share an axis that is above the higher one", () => {
  assert.equal(p.plot([samples(0.01), samples(0.12)], p.SCALES.loss, 0).ceiling, 0.2);
});

test("what is older than the picture is not in it", () => {
  assert.equal(p.plot([samples(9, ...Array(p.SPAN + 1).fill(0.001))], p.SCALES.rtt, p.SPAN + 1).ceiling, 0.01);
});

for (const [value, ceiling] of [[1, 1], [1.01, 2], [3, 5], [7, 10], [0.011, 0.02], [120_000, 200_000], [0.05, 0.05]]) {
  test(`above ${value} is ${ceiling}`, () => assert.equal(p.roundUp(value), ceiling));
}

test("figures have units and no false precision", () => {
  assert.deepEqual([0, 0.0004, 0.0412, 1.5].map(p.milliseconds), ["0 ms", "< 1 ms", "41 ms", "1500 ms"]);
  assert.deepEqual([0, 0.0004, 0.012, 0.123].map(p.percent), ["0 %", "< 0.1 %", "1.2 %", "12 %"]);
  assert.deepEqual([0, 3400, 523_456, 1_234_567].map(p.bits), ["0 kbit/s", "3 kbit/s", "520 kbit/s", "1.2 Mbit/s"]);
});
