// @ts-check
/**
 * What two players say to each other. `hairpin/matching/wire.py` is the same in Python.
 *
 * On the channel "moves" (negotiated, id 64), which is unordered and sends nothing twice, positions as
 * little-endian bytes:
 *
 *     from the host    1 phase u8, round u16, number u32, heard u32, left held f32, puck, mallet 0, mallet 1: x y vx vy f32
 *     from the guest   2 0 u8,     round u16, number u32, target x y f32
 *
 * On the channel "hairpin", which every call has, and which is ordered and loses nothing, JSON with a type `t`:
 * hello{version, name, bot}, begin{round, server}, goal{round, by, score}, stalled{round, by},
 * over{round, winner, score}, again, away{away}.
 *
 * What cannot be read is `null`, whoever sent it.
 *
 * @module
 */

/** @import { Phase, Rink } from "./rink.js" */

export const MOVES = "moves";
/** Both sides make the channel, so that nobody has to ask. @type {RTCDataChannelInit} */
export const MOVES_OPTIONS = { negotiated: true, id: 64, ordered: false, maxRetransmits: 0 };
export const VERSION = 1;
const SNAPSHOT = 1;
const TARGET = 2;
const SNAPSHOT_BYTES = 68;
const TARGET_BYTES = 16;
/** @type {Phase[]} */
const PHASES = ["serve", "play", "over"];
const LONGEST = 2000;
const LONGEST_NAME = 24;

/** @typedef {{kind: "snapshot", round: number, number: number, heard: number, rink: Rink}} Snapshot */
/** @typedef {{kind: "target", round: number, number: number, x: number, y: number}} Target */

/** @param {number} round @param {number} number @param {number} heard @param {Rink} rink */
export function snapshot(round, number, heard, rink) {
  const view = begin(SNAPSHOT_BYTES, SNAPSHOT, PHASES.indexOf(rink.phase), round, number);
  view.setUint32(8, heard, true);
  const bodies = [rink.puck, ...rink.mallets];
  const numbers = [rink.left, rink.held, ...bodies.flatMap(({ x, y, vx, vy }) => [x, y, vx, vy])];
  numbers.forEach((each, at) => view.setFloat32(12 + 4 * at, each, true));
  return view.buffer;
}

/** @param {number} round @param {number} number @param {{x: number, y: number}} target */
export function target(round, number, { x, y }) {
  const view = begin(TARGET_BYTES, TARGET, 0, round, number);
  view.setFloat32(8, x, true);
  view.setFloat32(12, y, true);
  return view.buffer;
}

/** @param {number} size @param {number} kind @param {number} phase @param {number} round @param {number} number */
function begin(size, kind, phase, round, number) {
  const view = new DataView(new ArrayBuffer(size));
  view.setUint8(0, kind);
  view.setUint8(1, phase);
  view.setUint16(2, round, true);
  view.setUint32(4, number, true);
  return view;
}

/** @param {unknown} bytes @returns {Snapshot | Target | null} */
export function readMove(bytes) {
  if (!(bytes instanceof ArrayBuffer) || bytes.byteLength < TARGET_BYTES) return null;
  const view = new DataView(bytes);
  const kind = view.getUint8(0);
  const round = view.getUint16(2, true);
  const number = view.getUint32(4, true);
  const size = { [SNAPSHOT]: SNAPSHOT_BYTES, [TARGET]: TARGET_BYTES }[kind];
  if (bytes.byteLength !== size) return null;
  const from = kind === TARGET ? 8 : 12;
  const all = Array.from({ length: (size - from) / 4 }, (_, at) => view.getFloat32(from + 4 * at, true));
  if (!all.every((each) => Math.abs(each) < 100)) return null; // neither NaN nor infinite
  if (kind === TARGET) return { kind: "target", round, number, x: all[0], y: all[1] };
  const phase = PHASES[view.getUint8(1)];
  if (phase === undefined) return null;
  const [left, held] = all;
  const body = (/** @type {number} */ at) => ({ x: all[at], y: all[at + 1], vx: all[at + 2], vy: all[at + 3] });
  return {
    kind: "snapshot",
    round,
    number,
    heard: view.getUint32(8, true),
    rink: { phase, left, held, puck: body(2), mallets: [body(6), body(10)], score: [0, 0] },
  };
}

/**
 * @typedef {{t: "hello", version: number, name: string, bot: boolean}
 *   | {t: "begin", round: number, server: number}
 *   | {t: "goal", round: number, by: number, score: [number, number]}
 *   | {t: "stalled", round: number, by: number}
 *   | {t: "over", round: number, winner: number, score: [number, number]}
 *   | {t: "again"}
 *   | {t: "away", away: boolean}} Said
 */

const isSide = (/** @type {unknown} */ value) => value === 0 || value === 1;
const isCount = (/** @type {unknown} */ value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < 65536;
const isScore = (/** @type {any} */ value) => Array.isArray(value) && value.length === 2 && value.every(isCount);
const isFlag = (/** @type {unknown} */ value) => typeof value === "boolean";
/** @type {Record<string, Record<string, (value: any) => boolean>>} */
const FIELDS = {
  hello: { version: isCount, name: (value) => typeof value === "string", bot: isFlag },
  begin: { round: isCount, server: isSide },
  goal: { round: isCount, by: isSide, score: isScore },
  stalled: { round: isCount, by: isSide },
  over: { round: isCount, winner: isSide, score: isScore },
  again: {},
  away: { away: isFlag },
};

/** @param {Said} said */
export function say(said) {
  return JSON.stringify(said);
}

/** @param {unknown} text @returns {Said | null} */
export function readEvent(text) {
  if (typeof text !== "string" || text.length > LONGEST) return null;
  let came;
  try {
    came = JSON.parse(text);
  } catch {
    return null;
  }
  const fields = Object.hasOwn(FIELDS, came?.t) ? FIELDS[came.t] : null;
  if (!fields || !Object.entries(fields).every(([name, fits]) => fits(came[name]))) return null;
  if (came.t === "hello") came.name = tidy(came.name);
  return came;
}

/** A name as it is shown: one line, not too long. @param {string} name */
export function tidy(name) {
  const clean = name.replace(/[\p{C}\s]+/gu, " ").trim();
  return [...clean].slice(0, LONGEST_NAME).join("");
}
