// What players say to each other: read as it was written, or not at all.
import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "../../../hairpin/pages/game/rink.js";
import * as w from "../../../hairpin/pages/game/wire.js";

test("a table comes across, as exact as four bytes are", () => {
  const rink = open(1);
  Object.assign(rink.puck, { x: 0.25, y: 1.5, vx: -2, vy: 0.125 });
  Object.assign(rink.mallets[1], { x: 0.75, y: 0.5, vx: 1, vy: -1 });
  const bytes = w.snapshot(65535, 4294967295, 7, rink);
  assert.equal(bytes.byteLength, 68);
  const { rink: came, ...rest } = w.readMove(bytes);
  assert.deepEqual(rest, { kind: "snapshot", round: 65535, number: 4294967295, heard: 7 });
  assert.deepEqual(came.puck, rink.puck);
  assert.deepEqual(came.mallets[1], rink.mallets[1]);
  assert.deepEqual([came.phase, came.left], [rink.phase, rink.left]);
});

test("a target comes across", () => {
  const bytes = w.target(3, 99, { x: 0.5, y: 0.25 });
  assert.deepEqual(w.readMove(bytes), { kind: "target", round: 3, number: 99, x: 0.5, y: 0.25 });
});

test("bytes that are no move are nothing", () => {
  const good = [w.snapshot(1, 1, 1, open()), w.target(1, 1, { x: 0, y: 0 })];
  for (const bytes of good) {
    for (let size = 0; size < bytes.byteLength; size += 1) {
      const cut = w.readMove(bytes.slice(0, size));
      assert.ok(cut === null);
    }
    const nan = bytes.slice(0);
    new DataView(nan).setFloat32(12, NaN, true);
    assert.equal(w.readMove(nan), null);
    const kind = bytes.slice(0);
    new Uint8Array(kind)[0] = 9;
    assert.equal(w.readMove(kind), null);
  }
  const phase = good[0].slice(0);
  new Uint8Array(phase)[1] = 3;
  for (const other of [phase, "text", null, new Uint8Array(16), new ArrayBuffer(0)]) assert.equal(w.readMove(other), null);
});

const SAID = [
  { t: "hello", version: 1, name: "Aoi", bot: false },
  { t: "begin", round: 1, server: 1 },
  { t: "goal", round: 1, by: 0, score: [1, 0] },
  { t: "stalled", round: 1, by: 1 },
  { t: "over", round: 1, winner: 0, score: [5, 4] },
  { t: "again" },
  { t: "away", away: true },
];

test("events come across", () => {
  for (const said of SAID) assert.deepEqual(w.readEvent(w.say(said)), said);
});

test("text that is no event is nothing, and each field is looked at", () => {
  for (const said of SAID) {
    for (const name of Object.keys(said)) {
      for (const value of [undefined, null, -1, 1.5, 2 ** 20, "x".repeat(9), [], [1], [1, "2"], {}, NaN]) {
        if (name === "name" && typeof value === "string") continue;
        assert.equal(w.readEvent(JSON.stringify({ ...said, [name]: value })), null, `${said.t}.${name} ${value}`);
      }
    }
  }
  for (const text of ["", "{", "null", "[]", '"hello"', '{"t":"toString"}', '{"t":"__proto__"}', new ArrayBuffer(2), " ".repeat(3000)]) {
    assert.equal(w.readEvent(text), null);
  }
});

test("a name is one line, of a bearable length, whatever is in it", () => {
  assert.equal(w.tidy("  Aoi \n\t <b>\u0000x\u202e "), "Aoi <b> x");
  assert.equal(w.tidy("\u{1F3D2}".repeat(40)), "\u{1F3D2}".repeat(24));
  assert.equal(w.readEvent(w.say({ ...SAID[0], name: " a\nb " })).name, "a b");
});
