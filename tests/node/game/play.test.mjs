// Host and guest over a line that delays, loses and reorders.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Guest, Host, TICK, Track } from "../../../hairpin/pages/game/play.js";
import { readEvent, readMove, say } from "../../../hairpin/pages/game/wire.js";

/** Two players and the line between them; `play` says where each wants to be. */
class World {
  host = new Host();
  guest = new Guest();
  now = 0;
  #line = [];
  #seed = 3;

  constructor({ delay = 0.03, jitter = 0, loss = 0 } = {}) {
    Object.assign(this, { delay, jitter, loss });
  }
  random() {
    return (this.#seed = (this.#seed * 48271) % 2147483647) / 2147483647;
  }
  begin(server = 0) {
    this.#events(this.host.begin(server));
  }
  #events(all) {
    // Ordered and complete, as long as the longest way.
    for (const said of all) this.#line.push({ at: this.now + this.delay + this.jitter, act: () => this.guest.hear(readEvent(say(said))) });
  }
  #move(bytes, take) {
    if (bytes && this.random() >= this.loss) {
      this.#line.push({ at: this.now + this.delay + this.jitter * this.random(), act: () => take(readMove(bytes)) });
    }
  }
  tick(play = () => {}) {
    this.now += TICK;
    const due = this.#line.filter(({ at }) => at <= this.now).sort((a, b) => a.at - b.at);
    this.#line = this.#line.filter(({ at }) => at > this.now);
    for (const { act } of due) act();
    play(this);
    const [mine, theirs] = [this.host.advance(this.now), this.guest.advance(this.now)];
    this.#events(mine.events);
    this.#move(mine.moves, (move) => this.guest.receive(move, this.now));
    this.#move(theirs.moves, (move) => this.host.receive(move));
    return { mine, theirs };
  }
  pass(seconds, play) {
    const happened = [];
    for (let n = Math.round(seconds / TICK); n > 0; n -= 1) {
      const { mine, theirs } = this.tick(play);
      happened.push(...mine.happened.map((each) => ["host", each]), ...theirs.happened.map((each) => ["guest", each]));
    }
    return happened;
  }
}

const far = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
/** Both follow the puck, the host with some skill. */
const rally = ({ host, guest, now }) => {
  const { puck } = host.view(now);
  host.aim({ x: puck.x + 0.03 * Math.sin(9 * now), y: puck.y > 0.8 && puck.vy < 0.4 ? puck.y - 0.02 : 1.4 });
  const seen = guest.view(now).puck;
  guest.aim({ x: seen.x, y: seen.y < 0.8 && seen.vy > -0.4 ? seen.y + 0.02 : 0.2 });
};

test("what the guest does is seen by it at once, and by the host after the way there", () => {
  const world = new World({ delay: 0.1 });
  world.begin();
  world.pass(0.5);
  world.guest.aim({ x: 0.7, y: 0.3 });
  world.pass(0.08);
  assert.ok(far(world.guest.view(world.now).mallets[1], { x: 0.7, y: 0.3 }) < 0.02);
  assert.ok(far(world.host.view(world.now).mallets[1], { x: 0.5, y: 0.25 }) < 0.01);
  world.pass(0.2);
  assert.ok(far(world.host.view(world.now).mallets[1], { x: 0.7, y: 0.3 }) < 0.01);
});

test("the host's mallet is seen where it was a moment ago, and moves evenly although packets do not come evenly", () => {
  const world = new World({ delay: 0.03, jitter: 0.03 });
  world.begin();
  world.pass(1);
  const seen = [];
  world.pass(1, ({ host, guest, now }) => {
    host.aim({ x: 0.5 + 0.3 * Math.sin(2 * now), y: 1.2 });
    seen.push(guest.view(now).mallets[0].x);
  });
  const steps = seen.slice(10).map((x, at) => (at ? Math.abs(x - seen[9 + at]) : 0));
  assert.ok(Math.max(...steps) < 0.6 * TICK * 1.5, `${Math.max(...steps)}`);
});

test("the guest strikes the puck without waiting for the host, and the host agrees", () => {
  const world = new World({ delay: 0.1 });
  world.begin(1);
  world.pass(3.2);
  const strike = ({ guest, now }) => guest.aim({ x: 0.5, y: 0.25 + Math.max(0, now - 3.4) });
  const hits = world.pass(1, strike).filter(([, { kind }]) => kind === "hit");
  assert.equal(hits[0][0], "guest");
  assert.ok(hits.some(([who]) => who === "host"));
  assert.ok(world.host.view(world.now).puck.vy > 0.3 || world.host.view(world.now).puck.y > 0.8);
  assert.ok(far(world.guest.view(world.now).puck, world.host.view(world.now).puck) < 0.25);
});

for (const line of [{ delay: 0.01 }, { delay: 0.05, jitter: 0.03, loss: 0.1 }, { delay: 0.1, jitter: 0.1, loss: 0.3 }]) {
  test(`a whole game over ${JSON.stringify(line)} is counted the same on both sides`, () => {
    const world = new World(line);
    world.begin();
    const apart = [];
    let goals = 0;
    for (let n = 0; n < 60 * 240 && !world.host.isOver; n += 1) {
      const { mine } = world.tick(rally);
      goals += mine.happened.filter(({ kind }) => kind === "goal").length;
      apart.push(far(world.guest.view(world.now).puck, world.host.view(world.now).puck));
    }
    world.pass(0.5);
    assert.ok(goals > 0);
    assert.deepEqual(world.guest.score, world.host.score);
    assert.equal(world.guest.isOver, world.host.isOver);
    apart.sort((a, b) => a - b);
    assert.ok(apart[Math.floor(apart.length / 2)] < 0.12, `median ${apart[Math.floor(apart.length / 2)]}`);
  });
}

test("the newest wins: what comes late, twice, or from an earlier round changes nothing", () => {
  const { host, guest } = new World();
  const [said] = host.begin();
  guest.hear(said);
  host.advance(0);
  const first = host.advance(1 * TICK).moves;
  const second = host.advance(2 * TICK).moves;
  guest.receive(readMove(second), 0.1);
  const seen = JSON.stringify(guest.view(0.1));
  guest.receive(readMove(first), 0.1);
  guest.receive(readMove(second), 0.1);
  guest.receive(readMove(new Guest().advance(0).moves ?? first), 0.1);
  assert.equal(JSON.stringify(guest.view(0.1)), seen);
  host.receive({ kind: "target", round: said.round, number: 5, x: 0.2, y: 0.2 });
  host.receive({ kind: "target", round: said.round, number: 4, x: 0.8, y: 0.2 });
  host.receive({ kind: "target", round: said.round + 1, number: 9, x: 0.8, y: 0.2 });
  for (let n = 3; n < 60; n += 1) host.advance(n * TICK);
  assert.ok(Math.abs(host.view(0).mallets[1].x - 0.2) < 0.01);
});

test("time stands still while somebody is away, and a page that slept does not play it all at once", () => {
  const world = new World();
  world.begin();
  world.pass(1);
  world.host.paused = world.guest.paused = true;
  const { left } = world.host.view(world.now);
  world.pass(1);
  assert.equal(world.host.view(world.now).left, left);
  world.host.paused = world.guest.paused = false;
  world.now += 100;
  world.pass(0.1);
  assert.ok(world.host.view(world.now).left > left - 0.4);
});

test("another round begins from nothing, and the other side serves", () => {
  const world = new World();
  world.begin();
  world.pass(4, rally);
  const [said] = world.host.begin();
  assert.deepEqual(said, { t: "begin", round: 2, server: 1 });
  world.guest.hear(said);
  assert.deepEqual([world.host.score, world.guest.score], [[0, 0], [0, 0]]);
  world.pass(0.2);
  assert.equal(world.guest.view(world.now).phase, "serve");
  assert.ok(world.guest.view(world.now).puck.y < 0.8);
});

test("a place is shown between two that were, and stays at the last when nothing comes", () => {
  const track = new Track();
  assert.equal(track.at(0), null);
  track.put(10, { x: 0, y: 0 }, 100);
  track.put(10.1, { x: 1, y: 0 }, 100.1);
  assert.ok(Math.abs(track.at(100.1).x - 0.5) < 0.01);
  assert.equal(track.at(100.5).x, 1);
  assert.equal(track.at(99).x, 0);
});
