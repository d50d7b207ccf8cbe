// @ts-check
/**
 * The table and its rules: what happens in one step of time, and nothing else.
 *
 * There is no clock, no drawing and no network here. `hairpin/matching/rink.py` is the same in Python, for bots,
 * and a test holds the two together. Lengths are in widths of the table, times in seconds. Side 0 plays at
 * the bottom (large y), side 1 at the top.
 *
 * @module
 */

export const WIDTH = 1;
export const HEIGHT = 1.6;
export const PUCK = 0.045; // radii
export const MALLET = 0.075;
export const GOAL = 0.36; // the width of the mouth
export const STEP = 1 / 120;
export const WIN = 5;

const MOUTH = (WIDTH - GOAL) / 2;
const PUCK_SPEED = 2.4;
const MALLET_SPEED = 4;
const FRICTION = 0.3; // of the speed, in a second
const WALL = 0.92; // of the speed that is left after a wall
const BOUNCE = 0.85; // after a mallet
const FIRST_SERVE = 3;
const SERVE = 1.5;
const TOO_LONG = 8; // seconds that the puck may stay on one side

/** @typedef {{x: number, y: number, vx: number, vy: number}} Body */
/** @typedef {{x: number, y: number}} Point */
/** @typedef {"serve" | "play" | "over"} Phase */
/**
 * @typedef {object} Rink
 * @property {Body} puck
 * @property {[Body, Body]} mallets
 * @property {Phase} phase
 * @property {number} left Seconds until the puck is free.
 * @property {number} held Seconds that it has been on the side where it is.
 * @property {[number, number]} score
 */
/**
 * @typedef {object} Happening
 * @property {"goal" | "hit" | "wall" | "stalled"} kind
 * @property {number} by The side that scored, struck, or has to give the puck away; -1 for a wall.
 * @property {number} force How fast it was.
 */

/** A table before the first serve. @param {number} server The side that has the puck. @returns {Rink} */
export function open(server = 0) {
  /** @type {Rink} */
  const rink = {
    puck: { x: 0, y: 0, vx: 0, vy: 0 },
    mallets: [home(0), home(1)],
    phase: "serve",
    left: FIRST_SERVE,
    held: 0,
    score: [0, 0],
  };
  place(rink, server, FIRST_SERVE);
  return rink;
}

/** A copy that shares nothing. @param {Rink} rink @returns {Rink} */
export function copy(rink) {
  return {
    ...rink,
    puck: { ...rink.puck },
    mallets: [{ ...rink.mallets[0] }, { ...rink.mallets[1] }],
    score: [...rink.score],
  };
}

/** Where a mallet waits. @param {number} side @returns {Body} */
export function home(side) {
  return { x: WIDTH / 2, y: side === 0 ? HEIGHT - 0.25 : 0.25, vx: 0, vy: 0 };
}

/** The nearest point where a side's mallet may be. @param {number} side @param {Point} point @returns {Point} */
export function within(side, { x, y }) {
  const [top, bottom] = side === 0 ? [HEIGHT / 2 + MALLET, HEIGHT - MALLET] : [MALLET, HEIGHT / 2 - MALLET];
  return { x: clamp(x, MALLET, WIDTH - MALLET), y: clamp(y, top, bottom) };
}

/**
 * Let one step pass.
 *
 * @param {Rink} rink Is changed.
 * @param {readonly [Point, Point]} targets Where the players want their mallets.
 * @returns {Happening[]}
 */
export function step(rink, targets) {
  for (const side of [0, 1]) move(rink.mallets[side], within(side, targets[side]));
  if (rink.phase === "over") return [];
  if (rink.phase === "serve") {
    rink.left = Math.max(0, rink.left - STEP);
    if (rink.left > 0) return [];
    rink.phase = "play";
  }
  /** @type {Happening[]} */
  const happened = [];
  const { puck } = rink;
  const before = sideOf(puck.y);
  puck.x += puck.vx * STEP;
  puck.y += puck.vy * STEP;
  const slower = 1 - FRICTION * STEP;
  puck.vx *= slower;
  puck.vy *= slower;
  for (const side of [0, 1]) strike(puck, rink.mallets[side], side, happened);
  bounce(puck, happened);
  limit(puck);
  rink.held = sideOf(puck.y) === before ? rink.held + STEP : 0;
  if (puck.y < -PUCK || puck.y > HEIGHT + PUCK) goal(rink, puck.y < 0 ? 0 : 1, happened);
  else if (rink.held > TOO_LONG) {
    happened.push({ kind: "stalled", by: before, force: 0 });
    place(rink, 1 - before, SERVE);
  }
  return happened;
}

/** The side on which something is. @param {number} y */
function sideOf(y) {
  return y > HEIGHT / 2 ? 0 : 1;
}

/** @param {Rink} rink @param {number} by @param {Happening[]} happened */
function goal(rink, by, happened) {
  rink.score[by] += 1;
  happened.push({ kind: "goal", by, force: Math.abs(rink.puck.vy) });
  place(rink, 1 - by, SERVE);
  if (rink.score[by] >= WIN) rink.phase = "over";
}

/** The puck is given to a side. @param {Rink} rink @param {number} side @param {number} left */
function place(rink, side, left) {
  Object.assign(rink.puck, { x: WIDTH / 2, y: HEIGHT / 2 + (side === 0 ? 0.2 : -0.2), vx: 0, vy: 0 });
  Object.assign(rink, { phase: "serve", left, held: 0 });
}

/** @param {Body} mallet @param {Point} target */
function move(mallet, target) {
  let dx = target.x - mallet.x;
  let dy = target.y - mallet.y;
  const far = Math.sqrt(dx * dx + dy * dy);
  const most = MALLET_SPEED * STEP;
  if (far > most) {
    dx *= most / far;
    dy *= most / far;
  }
  mallet.x += dx;
  mallet.y += dy;
  // What strikes is how it moved of late, so that a hand that stops in the moment of the hit still hits.
  mallet.vx = 0.7 * mallet.vx + 0.3 * (dx / STEP);
  mallet.vy = 0.7 * mallet.vy + 0.3 * (dy / STEP);
}

/** @param {Body} puck @param {Body} mallet @param {number} side @param {Happening[]} happened */
function strike(puck, mallet, side, happened) {
  const dx = puck.x - mallet.x;
  const dy = puck.y - mallet.y;
  const far = Math.sqrt(dx * dx + dy * dy);
  const touching = PUCK + MALLET;
  if (far >= touching) return;
  const [nx, ny] = far > 1e-9 ? [dx / far, dy / far] : [0, side === 0 ? -1 : 1];
  puck.x = mallet.x + nx * touching;
  puck.y = mallet.y + ny * touching;
  const speed = (puck.vx - mallet.vx) * nx + (puck.vy - mallet.vy) * ny;
  if (speed >= 0) return;
  puck.vx -= (1 + BOUNCE) * speed * nx;
  puck.vy -= (1 + BOUNCE) * speed * ny;
  happened.push({ kind: "hit", by: side, force: -speed });
}

/** @param {Body} puck @param {Happening[]} happened */
function bounce(puck, happened) {
  const wall = (/** @type {number} */ force) => happened.push({ kind: "wall", by: -1, force: Math.abs(force) });
  const least = PUCK;
  if (puck.x < least || puck.x > WIDTH - least) {
    puck.x = clamp(puck.x, least, WIDTH - least);
    if ((puck.x === least) === puck.vx < 0) {
      wall(puck.vx);
      puck.vx *= -WALL;
    }
  }
  const open_ = puck.x > MOUTH && puck.x < WIDTH - MOUTH;
  if (open_ || (puck.y >= least && puck.y <= HEIGHT - least)) return;
  puck.y = clamp(puck.y, least, HEIGHT - least);
  if ((puck.y === least) === puck.vy < 0) {
    wall(puck.vy);
    puck.vy *= -WALL;
  }
}

/** @param {Body} puck */
function limit(puck) {
  const speed = Math.sqrt(puck.vx * puck.vx + puck.vy * puck.vy);
  if (speed <= PUCK_SPEED) return;
  puck.vx *= PUCK_SPEED / speed;
  puck.vy *= PUCK_SPEED / speed;
}

/** @param {number} value @param {number} low @param {number} high */
function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
