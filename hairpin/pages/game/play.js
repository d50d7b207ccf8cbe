// @ts-check
/**
 * The two sides of a game: the host, whose table counts, and the guest, who sees it a moment late.
 *
 * Both are cores: what came goes in with the time (seconds), what is to be sent comes out. The guest does not
 * wait for the host to see what its own mallet does: it plays the moves that the host has not confirmed
 * on a copy of the newest table it has. The host's mallet is shown a little late, between two places where
 * it really was.
 *
 * @module
 */

import { STEP, copy, home, open, step, within } from "./rink.js";
import { snapshot, target } from "./wire.js";

/** @import { Happening, Point, Rink } from "./rink.js" */
/** @import { Said, Snapshot, Target } from "./wire.js" */

export const TICK = 2 * STEP; // what is sent, is sent so often
const LATE = 0.05; // how late the other's mallet is shown
const MOST = 15; // ticks in one go: what a page has slept through is not played in one instant
const KEPT = 90; // moves of ours that are kept until they are confirmed
const SOFT = 10; // how fast a wrong guess is mended, in parts of a second
const FAR = 0.35; // a guess that is wrong by more is given up at once

/** @typedef {{moves: ArrayBuffer | null, events: Said[], happened: Happening[]}} Out */

/** Counts ticks off a clock. */
class Ticks {
  /** @type {number | null} */
  #next = null;

  /** @param {number} now @returns {number} how many are due */
  due(now) {
    if (this.#next === null || now - this.#next > MOST * TICK) this.#next = now;
    let count = 0;
    while (this.#next <= now) {
      this.#next += TICK;
      count += 1;
    }
    return count;
  }
}

/** The side whose table counts. */
export class Host {
  side = 0;
  #rink = open();
  #ticks = new Ticks();
  #number = 0;
  #heard = 0;
  /** @type {[Point, Point]} */
  #targets = [home(0), home(1)];
  #begun = false;

  constructor() {
    this.round = 0;
    /** Whether time stands still, because somebody is away. */
    this.paused = false;
  }

  /** @returns {[number, number]} */
  get score() {
    return [...this.#rink.score];
  }

  get isOver() {
    return this.#rink.phase === "over";
  }

  /** Begin a round. @param {number} server @returns {Said[]} */
  begin(server = this.round % 2) {
    this.round = (this.round + 1) % 65536;
    this.#rink = open(server);
    this.#heard = 0;
    this.#begun = true;
    this.#targets = [this.#targets[0], home(1)];
    return [{ t: "begin", round: this.round, server }];
  }

  /** @param {Point} point */
  aim(point) {
    this.#targets[0] = within(0, point);
  }

  /** Take where the guest wants to be; the newest wins. @param {Snapshot | Target} move */
  receive(move) {
    if (move.kind !== "target" || move.round !== this.round || move.number <= this.#heard) return;
    this.#heard = move.number;
    this.#targets[1] = within(1, move);
  }

  /** @param {number} now @returns {Out} */
  advance(now) {
    /** @type {Out} */
    const out = { moves: null, events: [], happened: [] };
    const count = this.#ticks.due(now);
    if (!this.#begun || !count) return out;
    for (let n = this.paused ? 0 : 2 * count; n > 0; n -= 1) out.happened.push(...step(this.#rink, this.#targets));
    this.#number += count;
    for (const each of out.happened) out.events.push(...this.#tell(each));
    out.moves = snapshot(this.round, this.#number, this.#heard, this.#rink);
    return out;
  }

  /** @param {Happening} happened @returns {Said[]} */
  #tell({ kind, by }) {
    const { round, score } = this;
    if (kind === "stalled") return [{ t: "stalled", round, by }];
    if (kind !== "goal") return [];
    /** @type {Said[]} */
    const said = [{ t: "goal", round, by, score }];
    if (this.isOver) said.push({ t: "over", round, winner: by, score });
    return said;
  }

  /** What is to be seen. @param {number} _now @returns {Rink} */
  view(_now) {
    return this.#rink;
  }
}

/** The other side. */
export class Guest {
  side = 1;
  #rink = open();
  #ticks = new Ticks();
  #number = 0;
  #newest = 0;
  /** @type {Point} */
  #target = home(1);
  /** @type {Array<{number: number, target: Point}>} */
  #unconfirmed = [];
  #wrong = { x: 0, y: 0 };
  #seenAt = 0;
  #other = new Track();
  #begun = false;

  constructor() {
    this.round = 0;
    /** @type {[number, number]} */
    this.score = [0, 0];
    this.isOver = false;
    this.paused = false;
  }

  /** @param {Point} point */
  aim(point) {
    this.#target = within(1, point);
  }

  /** Take what the host says on the channel of events. @param {Said} said */
  hear(said) {
    if (said.t === "begin") {
      Object.assign(this, { round: said.round, score: [0, 0], isOver: false });
      this.#rink = open(said.server);
      this.#newest = this.#number = 0;
      this.#unconfirmed = [];
      this.#begun = true;
    } else if ((said.t === "goal" || said.t === "over") && said.round === this.round) {
      this.score = said.score;
      this.isOver ||= said.t === "over";
    }
  }

  /** Take the host's table; the newest wins. @param {Snapshot | Target} came @param {number} now */
  receive(came, now) {
    if (came.kind !== "snapshot" || came.round !== this.round || came.number <= this.#newest) return;
    this.#newest = came.number;
    this.#unconfirmed = this.#unconfirmed.filter(({ number }) => number > came.heard);
    const before = this.view(now).puck;
    const seen = copy(came.rink);
    this.#other.put(came.number * TICK, seen.mallets[0], now);
    for (const { target: each } of this.#unconfirmed) this.#play(seen, each);
    const jumps = seen.phase !== this.#rink.phase;
    this.#rink = seen;
    this.#seenAt = now;
    const wrong = { x: before.x - seen.puck.x, y: before.y - seen.puck.y };
    this.#wrong = jumps || Math.hypot(wrong.x, wrong.y) > FAR ? { x: 0, y: 0 } : wrong;
  }

  /** @param {number} now @returns {Out} */
  advance(now) {
    /** @type {Out} */
    const out = { moves: null, events: [], happened: [] };
    const count = this.#ticks.due(now);
    if (!this.#begun || !count) return out;
    for (let n = 0; n < count; n += 1) {
      this.#number += 1;
      this.#unconfirmed.push({ number: this.#number, target: this.#target });
      if (!this.paused) out.happened.push(...this.#play(this.#rink, this.#target));
    }
    this.#unconfirmed.splice(0, this.#unconfirmed.length - KEPT);
    out.moves = target(this.round, this.#number, this.#target);
    return out;
  }

  /**
   * Play one tick of our own; whether it is a goal says the host.
   *
   * @param {Rink} rink
   * @param {Point} mine
   */
  #play(rink, mine) {
    /** @type {[Point, Point]} */
    const targets = [{ ...rink.mallets[0] }, mine];
    const phase = rink.phase;
    const happened = [];
    for (let n = 0; n < 2; n += 1) {
      const before = copy(rink);
      const all = step(rink, targets);
      if (all.some(({ kind }) => kind === "goal" || kind === "stalled")) Object.assign(rink, before, { phase });
      happened.push(...all.filter(({ kind }) => kind === "hit" || kind === "wall"));
    }
    return happened;
  }

  /** What is to be seen. @param {number} now @returns {Rink} */
  view(now) {
    const left = Math.exp(-SOFT * Math.max(0, now - this.#seenAt));
    const shown = copy(this.#rink);
    shown.puck.x += this.#wrong.x * left;
    shown.puck.y += this.#wrong.y * left;
    Object.assign(shown.mallets[0], this.#other.at(now) ?? {});
    shown.score = this.score;
    return shown;
  }
}

/** Where something was when, on the other side's clock; shown a little late, and between two places. */
export class Track {
  /** @type {Array<{at: number, x: number, y: number}>} */
  #places = [];
  /** @type {number | null} our clock less theirs, as seen on the fastest way */
  #offset = null;

  /** @param {number} at On their clock. @param {Point} point @param {number} now */
  put(at, { x, y }, now) {
    const offset = now - at;
    if (this.#offset === null || offset < this.#offset || offset - this.#offset > 0.5) {
      if (this.#offset !== null && Math.abs(offset - this.#offset) > 0.5) this.#places = [];
      this.#offset = offset;
    } else this.#offset += 0.002 * (offset - this.#offset); // clocks drift, and ways grow longer
    this.#places.push({ at, x, y });
    if (this.#places.length > 30) this.#places.shift();
  }

  /** @param {number} now @returns {Point | null} */
  at(now) {
    if (this.#offset === null) return null;
    const when = now - this.#offset - LATE;
    const after = this.#places.findIndex(({ at }) => at > when);
    const last = this.#places.at(-1);
    if (after < 0) return last ? { x: last.x, y: last.y } : null;
    const to = this.#places[after];
    const from = this.#places[after - 1] ?? to;
    const part = to.at > from.at ? (when - from.at) / (to.at - from.at) : 1;
    return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
  }
}
