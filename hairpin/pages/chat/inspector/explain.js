// @ts-check
/**
 * Why a path is as it is: rules, each of which looks at what is known and says one thing, or nothing.
 *
 * What a rule says stands under its name in `words/`: `NAME.says` and, where something can be done, `NAME.do`.
 * A rule says no more than follows: a candidate that is missing may have more than one cause.
 *
 * @module
 */

import { isHidden } from "./reading.js";

/** @import { Finding, Level, Rule, Side, Situation } from "./types.js" */

// Seconds after which trying is worth an explanation.
const PATIENCE = 8;
// The code for a server that cannot be reached.
const NO_ANSWER = 701;

/** @type {Rule[]} */
const RULES = [
  // The path, if there is one.
  ["direct.same", "fine", (now) => isDirect(now) && ends(now).every((type) => type === "host")],
  ["direct.nat", "fine", (now) => isDirect(now) && ends(now).some((type) => type !== "host")],
  ["relayed.asked", "helped", (now) => isRelayed(now) && now.policy === "relay"],
  ["relayed.only", "helped", (now) => isRelayed(now) && now.policy !== "relay" && tried(now)],
  ["relayed.tcp", "helped", (now) => isRelayed(now) && ["tcp", "tls"].includes(now.path?.relay?.transport ?? "")],
  // Why none, or none that is direct.
  ["stun.silent", "helped", (now) => isHard(now) && failedServer(now, "stun", [NO_ANSWER])],
  ["stun.none", "note", (now) => isHard(now) && hasStun(now) && !has(now, "ours", "srflx") && now.gathering === "complete" && !failedServer(now, "stun", [NO_ANSWER])],
  ["stun.theirs", "note", (now) => isHard(now) && has(now, "theirs", "relay", "host") && !has(now, "theirs", "srflx", "prflx")],
  ["nat.ours", "helped", (now) => isHard(now) && (now.mapping === "dependent" || twoPorts(now, "ours"))],
  ["nat.theirs", "helped", (now) => isHard(now) && (twoPorts(now, "theirs") || movedPort(now))],
  ["nat.same", "note", (now) => isHard(now) && sharedAddress(now) && hidden(now)],
  ["turn.refused", "broken", (now) => isHard(now) && failedServer(now, "turn", [400, 401, 403, 437, 438, 441, 486, 508])],
  ["turn.silent", "broken", (now) => isHard(now) && failedServer(now, "turn", [NO_ANSWER])],
  ["turn.none", "broken", (now) => isStuck(now) && !now.servers.some((url) => url.startsWith("turn")) && !has(now, "theirs", "relay")],
  ["silence.theirs", "broken", (now) => isStuck(now) && !now.candidates.some(({ side }) => side === "theirs")],
  ["dtls", "broken", (now) => hasPath(now) && (now.state === "failed" || (now.state === "connecting" && now.seconds > PATIENCE))],
  ["failed", "broken", (now) => now.ice === "failed" && tried(now)],
  ["lost", "broken", (now) => now.state === "disconnected"],
  ["trying", "note", (now) => ["new", "connecting"].includes(now.state) && !isStuck(now) && !hasPath(now)],
  // How good it is.
  ["loss.in", "helped", ({ lossIn }) => high(lossIn, 0.03)],
  ["loss.out", "helped", ({ lossOut }) => high(lossOut, 0.03)],
  ["far", "helped", ({ rtt }) => rtt !== null && rtt > 0.3 && { ms: Math.round(rtt * 1000) }],
];

export const RULE_NAMES = RULES.map(([rule]) => rule);

/** What is to be said, in the order of the table. @param {Situation} now @returns {Finding[]} */
export function explain(now) {
  return RULES.flatMap(([rule, level, when]) => {
    const found = when(now);
    if (!found) return [];
    return [{ rule, level, ...(found === true ? {} : { values: found }) }];
  });
}

/** In one word, with its colour. @param {Situation} now @returns {{word: "direct" | "relayed" | "connecting" | "interrupted" | "failed" | "closed", level: Level}} */
export function verdict(now) {
  const { state, ice, path } = now;
  if (state === "closed") return { word: state, level: "note" };
  if (state === "failed" || ice === "failed") return { word: "failed", level: "broken" };
  if (state === "disconnected") return { word: "interrupted", level: "broken" };
  if (state !== "connected" || !path) return { word: "connecting", level: "note" };
  return { word: path.kind, level: path.kind === "direct" ? "fine" : "helped" };
}

/** @param {Situation} now */
function isDirect({ state, path }) {
  return state === "connected" && path?.kind === "direct";
}

/** @param {Situation} now */
function isRelayed({ state, path }) {
  return state === "connected" && path?.kind === "relayed";
}

/** @param {Situation} now */
function hasPath({ ice }) {
  return ice === "connected" || ice === "completed";
}

/** @param {Situation} now */
function isStuck(now) {
  const { state, ice, seconds } = now;
  if (hasPath(now)) return false;
  return ice === "failed" || state === "failed" || (["new", "connecting"].includes(state) && seconds > PATIENCE);
}

/** Whether it is worth asking why it is not direct. @param {Situation} now */
function isHard(now) {
  return (isRelayed(now) && now.policy !== "relay") || isStuck(now);
}

/** @param {Situation} now */
function ends({ path }) {
  return path ? [path.ours.type, path.theirs.type] : [];
}

/** Pairs without a relay. @param {Situation} now */
function direct({ pairs }) {
  return pairs.filter(({ ours, theirs }) => ours && theirs && ours.type !== "relay" && theirs.type !== "relay");
}

/** Direct pairs that came to nothing, if there are none that did not. @param {Situation} now */
function tried(now) {
  const all = direct(now);
  return all.length > 0 && all.every(({ state }) => state !== "succeeded") && { count: all.length };
}

/** @param {Situation} now @param {Side} side @param {string[]} types */
function has({ candidates }, side, ...types) {
  return candidates.some((each) => each.side === side && types.includes(each.type));
}

/** @param {Situation} now */
function hasStun({ servers, policy }) {
  return policy !== "relay" && servers.some((url) => url.startsWith("stun"));
}

/** @param {Situation} now @param {string} scheme @param {number[]} codes */
function failedServer({ errors }, scheme, codes) {
  const failed = errors.filter(({ url, code }) => url.startsWith(scheme) && codes.includes(code));
  const [first] = failed;
  return first ? { server: first.url, code: first.code } : false;
}

/** One socket that two servers see at two addresses. @param {Situation} now @param {Side} side */
function twoPorts({ candidates }, side) {
  const seen = candidates.filter((each) => each.side === side && each.type === "srflx" && each.base);
  return seen.some((a) => seen.some((b) => a.base === b.base && a.address === b.address && a.port !== b.port));
}

/** Our checks come from another port of the address that their STUN server saw. @param {Situation} now */
function movedPort({ candidates }) {
  const theirs = candidates.filter(({ side, protocol }) => side === "theirs" && protocol === "udp");
  const seen = theirs.filter(({ type }) => type === "srflx");
  return theirs.some(({ type, address, port }) => type === "prflx" && seen.some((each) => each.address === address) && seen.every((each) => each.port !== port));
}

/** @param {Situation} now */
function sharedAddress({ candidates }) {
  const seen = candidates.filter((each) => each.type === "srflx" && each.address);
  const ours = new Set(seen.filter(({ side }) => side === "ours").map(({ address }) => address));
  return seen.some(({ side, address }) => side === "theirs" && ours.has(address));
}

/** @param {Situation} now */
function hidden({ candidates }) {
  return candidates.some((each) => each.type === "host" && each.side === "theirs" && isHidden(each));
}

/** @param {number | null} part @param {number} limit */
function high(part, limit) {
  return part !== null && part > limit && { percent: Math.round(part * 100) };
}
