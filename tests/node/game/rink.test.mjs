// The table and its rules.
import assert from "node:assert/strict";
import { test } from "node:test";

import * as r from "../../../hairpin/pages/game/rink.js";

const HOME = [r.home(0), r.home(1)];

/** A table in play with the puck somewhere, on its way. */
function playing(x, y, vx = 0, vy = 0) {
  const rink = r.open();
  Object.assign(rink, { phase: "play", left: 0 });
  Object.assign(rink.puck, { x, y, vx, vy });
  return rink;
}

/** Let seconds pass; what happened on the way. */
function pass(rink, seconds, targets = HOME) {
  const all = [];
  for (let n = Math.round(seconds / r.STEP); n > 0; n -= 1) all.push(...r.step(rink, targets));
  return all;
}

test("the puck is given to whose turn it is, and free after three seconds", () => {
  const rink = r.open(1);
  assert.ok(rink.puck.y < r.HEIGHT / 2);
  pass(rink, 2.9);
  assert.equal(rink.phase, "serve");
  pass(rink, 0.2);
  assert.equal(rink.phase, "play");
});

test("a wall throws it back a little slower", () => {
  const rink = playing(0.2, 1.0, -1, 0);
  const [wall] = pass(rink, 0.3);
  assert.equal(wall.kind, "wall");
  assert.ok(rink.puck.vx > 0.7 && rink.puck.vx < 0.95);
});

test("a mallet strikes it away, faster the faster it comes, and never above the limit", () => {
  const speeds = [0.3, 1, 3].map((speed) => {
    const rink = playing(0.5, 1.0);
    rink.mallets[0] = { x: 0.5, y: 1.2, vx: 0, vy: 0 };
    let hit = null;
    for (let n = 1; n < 200 && !hit; n += 1) {
      hit = r.step(rink, [{ x: 0.5, y: 1.2 - n * speed * r.STEP }, r.home(1)]).find(({ kind }) => kind === "hit");
    }
    assert.equal(hit.by, 0);
    return -rink.puck.vy;
  });
  assert.ok(0 < speeds[0] && speeds[0] < speeds[1] && speeds[1] < speeds[2], String(speeds));
  assert.ok(speeds[2] <= 2.4 + 1e-9);
});

test("a goal counts for the side that did not have to keep it, and the other one has the puck then", () => {
  const rink = playing(0.45, 0.3, 0, -2);
  rink.mallets[1] = { x: 0.9, y: 0.2, vx: 0, vy: 0 };
  const goals = pass(rink, 0.3, [r.home(0), { x: 0.9, y: 0.2 }]).filter(({ kind }) => kind === "goal");
  assert.deepEqual(goals.map(({ by }) => by), [0]);
  assert.deepEqual(rink.score, [1, 0]);
  assert.equal(rink.phase, "serve");
  assert.ok(rink.puck.y < r.HEIGHT / 2);
});

test("beside the mouth there is a wall", () => {
  const rink = playing(0.1, 0.3, 0, -2);
  assert.deepEqual(pass(rink, 0.3).map(({ kind }) => kind), ["wall"]);
});

test("the fifth goal ends it, and nothing moves the score any more", () => {
  const rink = playing(0.45, 0.2, 0, -2);
  rink.score = [r.WIN - 1, 3];
  rink.mallets[1] = { x: 0.9, y: 0.2, vx: 0, vy: 0 };
  pass(rink, 5, [r.home(0), { x: 0.9, y: 0.2 }]);
  assert.equal(rink.phase, "over");
  assert.deepEqual(rink.score, [r.WIN, 3]);
});

test("a puck that stays for too long on one side goes to the other", () => {
  const rink = playing(0.2, 1.2);
  const [stalled] = pass(rink, 8.1);
  assert.deepEqual([stalled.kind, stalled.by], ["stalled", 0]);
  assert.ok(rink.puck.y < r.HEIGHT / 2);
});

test("a mallet stays in its half and within its speed, wherever it is told to go", () => {
  const rink = r.open();
  let before = { ...rink.mallets[0] };
  for (const target of [{ x: -5, y: -5 }, { x: 9, y: 9 }, { x: 0.5, y: 0 }]) {
    for (let n = 0; n < 100; n += 1) {
      r.step(rink, [target, target]);
      const [mine, theirs] = rink.mallets;
      assert.ok(Math.hypot(mine.x - before.x, mine.y - before.y) <= 4 * r.STEP + 1e-9);
      assert.ok(mine.y >= r.HEIGHT / 2 + r.MALLET && mine.y <= r.HEIGHT - r.MALLET);
      assert.ok(theirs.y >= r.MALLET && theirs.y <= r.HEIGHT / 2 - r.MALLET);
      assert.ok(mine.x >= r.MALLET && mine.x <= r.WIDTH - r.MALLET);
      before = { ...mine };
    }
  }
});

test("whatever two players do, the puck stays on the table or goes through a mouth", () => {
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const rink = r.open();
  let [goals, hits] = [0, 0];
  let targets = HOME;
  for (let n = 0; n < 60_000; n += 1) {
    if (n % 20 === 0) targets = [0, 1].map(() => ({ x: random(), y: random() * r.HEIGHT }));
    for (const { kind } of r.step(rink, targets)) {
      if (kind === "goal") goals += 1;
      if (kind === "hit") hits += 1;
    }
    if (rink.phase === "over") Object.assign(rink, r.open(goals % 2));
    const { x, y, vx, vy } = rink.puck;
    assert.ok([x, y, vx, vy].every(Number.isFinite));
    assert.ok(x > 0 && x < r.WIDTH, `x ${x}`);
    assert.ok(Math.hypot(vx, vy) <= 2.4 + 1e-9);
    const outside = y < 0 || y > r.HEIGHT;
    assert.ok(!outside || (x > 0.32 && x < 0.68), `left the table at ${x}, ${y}`);
  }
  assert.ok(goals > 3 && hits > 100, `${goals} goals, ${hits} hits`);
});
