// Each rule where it applies, and where it must not.
import assert from "node:assert/strict";
import { test } from "node:test";

import { RULE_NAMES, explain, verdict } from "../../../hairpin/pages/chat/inspector/explain.js";
import { words as en } from "../../../hairpin/pages/chat/inspector/words/en.js";
import { words as ja } from "../../../hairpin/pages/chat/inspector/words/ja.js";
import { candidate, pair, situation } from "./world.mjs";

const host = (side, address = "10.0.0.1") => candidate(side, "host", address, 5);
const srflx = (side, address, port, base = null) => candidate(side, "srflx", address, port, { base });
const relay = (side) => candidate(side, "relay", "198.51.100.1", 50000, { transport: "udp", url: "turn:198.51.100.1:3478?transport=udp" });

function relayed(more = {}, { candidates = [], transport = "udp", whose = "both", state = "failed" } = {}) {
  const [ours, theirs] = [relay("ours"), relay("theirs")];
  const tried = pair(host("ours"), host("theirs", "10.0.0.2"), state);
  return situation({
    path: { kind: "relayed", ours, theirs, relay: { url: ours.url, address: "198.51.100.1:50000", transport, whose } },
    pairs: [pair(ours, theirs, "succeeded", { selected: true }), tried],
    candidates: [ours, theirs, tried.ours, tried.theirs, ...candidates],
    ...more,
  });
}
const failed = (more = {}, how = {}) => relayed({ state: "failed", ice: "failed", path: null, ...more }, how);
const direct = (type, more = {}) => {
  const [ours, theirs] = [host("ours"), candidate("theirs", type, "203.0.113.1", 9)];
  return situation({ path: { kind: "direct", ours: { ...ours, ...more }, theirs, relay: null } });
};
const stunError = { errors: [{ url: "stun:198.51.100.1:3478", code: 701, text: "timed out" }] };
const turnError = (code) => ({ errors: [{ url: "turn:198.51.100.1:3478?transport=udp", code, text: "" }] });

/** Of each rule: where it says something, and where it is silent. */
const CASES = {
  "direct.same": [situation(), direct("prflx")],
  "direct.nat": [direct("srflx"), situation()],
  "relayed.asked": [relayed({ policy: "relay" }), relayed()],
  "relayed.only": [relayed(), relayed({}, { state: "succeeded" })],
  "relayed.tcp": [relayed({}, { transport: "tls" }), relayed()],
  "stun.silent": [relayed(stunError), situation(stunError)],
  "stun.none": [relayed(), relayed({}, { candidates: [srflx("ours", "203.0.113.1", 1)] })],
  "stun.theirs": [relayed(), relayed({}, { candidates: [srflx("theirs", "203.0.113.1", 1)] })],
  "nat.ours": [
    relayed({}, { candidates: [srflx("ours", "203.0.113.1", 1, "10.0.0.1:5"), srflx("ours", "203.0.113.1", 2, "10.0.0.1:5")] }),
    relayed({}, { candidates: [srflx("ours", "203.0.113.1", 1, "10.0.0.1:5"), srflx("ours", "203.0.113.1", 2, "10.0.0.1:6")] }),
  ],
  "nat.theirs": [
    relayed({}, { candidates: [srflx("theirs", "203.0.113.1", 1), candidate("theirs", "prflx", "203.0.113.1", 7)] }),
    relayed({}, { candidates: [srflx("theirs", "203.0.113.1", 1), candidate("theirs", "prflx", "203.0.113.2", 7)] }),
  ],
  "nat.same": [
    relayed({}, { candidates: [srflx("ours", "203.0.113.1", 1), srflx("theirs", "203.0.113.1", 2), host("theirs", "")] }),
    relayed({}, { candidates: [srflx("ours", "203.0.113.1", 1), srflx("theirs", "203.0.113.2", 2), host("theirs", "")] }),
  ],
  "turn.refused": [failed(turnError(401)), failed(turnError(701))],
  "turn.silent": [failed(turnError(701)), failed(turnError(401))],
  "turn.none": [failed({ servers: ["stun:198.51.100.1"], candidates: [] }), failed()],
  "silence.theirs": [failed({ candidates: [host("ours")] }), failed()],
  dtls: [situation({ state: "connecting" }), situation({ state: "connecting", seconds: 1 })],
  failed: [failed(), relayed()],
  lost: [situation({ state: "disconnected", ice: "disconnected" }), situation()],
  trying: [situation({ state: "connecting", ice: "checking", seconds: 1 }), situation({ state: "connecting", ice: "checking", seconds: 30 })],
  "loss.in": [situation({ lossIn: 0.1 }), situation({ lossIn: null })],
  "loss.out": [situation({ lossOut: 0.1 }), situation({ lossOut: 0.01 })],
  far: [situation({ rtt: 0.4 }), situation({ rtt: null })],
};

test("each rule has a case", () => assert.deepEqual(Object.keys(CASES).sort(), [...RULE_NAMES].sort()));

for (const [rule, [applies, not]] of Object.entries(CASES)) {
  test(`${rule} is said where it is so, and only there`, () => {
    assert.ok(said(applies).includes(rule), said(applies).join());
    assert.ok(!said(not).includes(rule));
  });
}
function said(now) {
  return explain(now).map((each) => each.rule);
}

test("a measured dependent mapping explains a relayed path, and does not disturb a direct one", () => {
  assert.ok(said(relayed({ mapping: "dependent" })).includes("nat.ours"));
  assert.ok(!said(relayed({ mapping: "unknown" })).includes("nat.ours"));
  assert.deepEqual(said(situation({ mapping: "dependent" })), ["direct.same"]);
});

test("the verdict is one word", () => {
  const word = (more) => verdict(situation(more)).word;
  assert.equal(word({}), "direct");
  assert.equal(verdict(relayed()).word, "relayed");
  assert.equal(word({ state: "connecting" }), "connecting");
  assert.equal(word({ path: null }), "connecting");
  assert.equal(word({ state: "disconnected" }), "interrupted");
  assert.equal(word({ state: "failed" }), "failed");
  assert.equal(word({ state: "closed" }), "closed");
});

test("each rule has its sentence, both languages have the same keys, and the same places for values", () => {
  for (const rule of RULE_NAMES) assert.ok(en[`${rule}.says`], rule);
  assert.deepEqual(Object.keys(ja), Object.keys(en));
  const places = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const key of Object.keys(en)) assert.deepEqual(places(ja[key]), places(en[key]), key);
});

test("each place for a value is filled by its rule", () => {
  for (const [rule, [applies]] of Object.entries(CASES)) {
    const { values = {} } = explain(applies).find((each) => each.rule === rule);
    for (const key of [`${rule}.says`, `${rule}.do`]) {
      for (const [, place] of (en[key] ?? "").matchAll(/\{(\w+)\}/g)) assert.ok(values[place] !== undefined, `${key} ${place}`);
    }
  }
});
