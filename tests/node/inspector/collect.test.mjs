// What is remembered of a connection, and what is exported of it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Diary } from "../../../hairpin/pages/chat/diary.js";
import { Collector, Ring, Watch } from "../../../hairpin/pages/chat/inspector/collect.js";
import { document } from "../../../hairpin/pages/chat/inspector/export.js";
import { Connection, recorded } from "./world.mjs";

function watched() {
  const pc = new Connection();
  const clock = { now: 100 };
  const remote = { peer: "p", name: "Aoi", pc };
  const watch = new Watch(remote, () => clock.now, () => {});
  const happened = (kind) => watch.events.items.filter((each) => each.kind === kind).map(({ at, what }) => [at, what]);
  return { pc, clock, remote, watch, happened };
}

test("a ring keeps the newest, and counts all", () => {
  const ring = new Ring(2);
  for (const each of [1, 2, 3]) ring.put(each);
  assert.deepEqual([ring.items, ring.count], [[2, 3], 3]);
});

test("states are remembered with the time since the beginning", () => {
  const { pc, clock, watch, happened } = watched();
  clock.now = 101.5;
  pc.turn({ connectionState: "connecting" });
  clock.now = 103;
  pc.turn({ connectionState: "connected" });
  clock.now = 104;
  assert.deepEqual(happened("state"), [[0, "new"], [1.5, "connecting"], [3, "connected"]]);
  assert.equal(watch.situation("unknown").seconds, 1);
  watch.close();
});

test("what happened before it was opened is told with its times, and the newest 200 of that", () => {
  const pc = new Connection();
  const clock = { now: 100 };
  const diary = new Diary(pc, () => clock.now);
  clock.now = 101;
  pc.tell("icecandidate", { candidate: { candidate: "x", type: "srflx", protocol: "udp", address: "203.0.113.7", port: 7 } });
  pc.tell("icecandidate", { candidate: null });
  pc.tell("icecandidateerror", { url: "stun:x", errorCode: 701, errorText: "" });
  clock.now = 102;
  pc.turn({ iceConnectionState: "checking", connectionState: "connecting" });
  clock.now = 110;
  const watch = new Watch({ peer: "p", name: "Aoi", pc, diary }, () => clock.now, () => {});
  const told = watch.events.items.map(({ at, kind, what }) => [at, kind, what]);
  assert.deepEqual(told.slice(3), [[1, "ours", "srflx"], [1, "error", "701"], [2, "ice", "checking"], [2, "state", "connecting"]]);
  assert.deepEqual([watch.age, watch.situation("unknown").seconds, watch.errors.length], [10, 8, 1]);
  pc.turn({ connectionState: "connected" });
  assert.equal(watch.events.items.at(-1).at, 10);
  watch.close();
  for (let n = 0; n < 300; n += 1) pc.turn({ connectionState: "connected" });
  const late = new Watch({ peer: "p", name: "Aoi", pc, diary }, () => clock.now, () => {});
  assert.deepEqual([late.events.items.length, late.events.count], [200, 308]);
  late.close();
});

test("pairs and candidates are told once, then only what changes, and one that is forgotten is gone", () => {
  const { watch, happened } = watched();
  const [first, then] = recorded("chromium-direct");
  watch.take(first, true);
  const before = watch.events.count;
  assert.ok(happened("pair").length >= 2 && happened("theirs").length >= 2);
  assert.deepEqual(happened("path"), [[0, "direct"]]);
  watch.take(first, true);
  assert.equal(watch.events.count, before);
  const [other] = then.filter((each) => each.type === "candidate-pair" && each.id !== then.find(({ type }) => type === "transport").selectedCandidatePairId);
  watch.take(then.filter((each) => each !== other), true);
  assert.deepEqual(happened("pair").at(-1), [0, "gone"]);
  assert.equal(watch.pairs.get(other.id).state, "gone");
  assert.equal(watch.samples.items.length, 3);
  assert.equal(watch.samples.items[2].bitsIn > 100_000, true);
  watch.close();
});

test("a candidate that came as an event is not another one in the report, which adds what the event lacks", () => {
  const { pc, watch, happened } = watched();
  const [first] = recorded("chromium-relay");
  const { address, port } = first.find((each) => each.type === "local-candidate" && each.candidateType === "relay");
  pc.tell("icecandidate", { candidate: { candidate: "x", type: "relay", protocol: "udp", address, port, relatedAddress: null, relatedPort: null } });
  watch.take(first, false);
  assert.equal(happened("ours").length, 1);
  assert.equal([...watch.candidates.values()].find(({ side }) => side === "ours").transport, "udp");
  watch.close();
});

test("a restart forgets what was tried before, not what happened", () => {
  const { pc, watch } = watched();
  watch.take(recorded("chromium-direct")[0], true);
  const { count } = watch.events;
  pc.turn({ iceConnectionState: "disconnected" });
  pc.turn({ iceGatheringState: "gathering" });
  assert.equal(watch.candidates.size + watch.pairs.size, 0);
  assert.equal(watch.events.count, count + 2);
  watch.close();
});

test("everything is bounded", () => {
  const { pc, watch } = watched();
  const [first] = recorded("firefox-direct");
  for (let n = 0; n < 400; n += 1) {
    pc.tell("icecandidateerror", { url: "stun:x", errorCode: 701, errorText: "" });
    watch.take([...first, { ...first.find(({ type }) => type === "remote-candidate"), id: `r${n}`, port: 1000 + n }, { type: "candidate-pair", id: `p${n}`, timestamp: 1, state: "failed" }], true);
  }
  assert.deepEqual([watch.samples.items.length, watch.events.items.length, watch.candidates.size, watch.pairs.size, watch.errors.length], [120, 300, 200, 200, 200]);
  watch.close();
});

test("who joins is watched, who leaves is not, and a closed connection is no fault", async () => {
  const { remote, pc } = watched();
  const mesh = { remotes: new Map() };
  const collector = new Collector(mesh, () => {}, () => 0);
  mesh.remotes.set("k", remote);
  await collector.tick();
  assert.equal(collector.watches.get("k").name, "Aoi");
  pc.getStats = () => Promise.reject(new Error("closed"));
  await collector.tick();
  mesh.remotes.clear();
  await collector.tick();
  assert.equal(collector.watches.size, 0);
  collector.close();
});

test("another peer connection under the same name is another one", async () => {
  const { remote } = watched();
  const collector = new Collector({ remotes: new Map([["k", remote]]) }, () => {}, () => 0);
  const before = collector.watches.get("k");
  remote.pc = new Connection();
  await collector.tick();
  assert.notEqual(collector.watches.get("k"), before);
  collector.close();
});

test("the export has a version, refers to candidates by id, and holds no credentials", () => {
  const { pc, watch } = watched();
  pc.turn({ connectionState: "connected", iceConnectionState: "connected" });
  for (const report of recorded("chromium-relay")) watch.take(report, true);
  const nat = { mapping: "unknown", reason: "servers", seen: [], servers: [] };
  const text = JSON.stringify(document([["k", watch]], nat, { made: new Date(0), browser: "test" }));
  assert.ok(!text.includes("s3cret") && !text.includes("u53r"));
  const { format, version, made, remotes: [one] } = JSON.parse(text);
  assert.deepEqual([format, version, made], ["hairpin-inspector", 1, "1970-01-01T00:00:00.000Z"]);
  assert.equal(one.verdict, "relayed");
  assert.deepEqual(one.servers, ["turn:192.0.2.9:3478?transport=udp"]);
  const ids = new Set(one.candidates.map(({ id }) => id));
  for (const each of [one.path, ...one.pairs]) assert.ok(ids.has(each.ours) && ids.has(each.theirs));
  assert.equal(one.samples.length, 2);
  assert.ok(one.samples[1].bitsIn > 0 && one.events.length > 3);
  watch.close();
});
