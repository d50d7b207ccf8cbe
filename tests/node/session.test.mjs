// The numbers of a session: nothing is lost, nothing is said twice, and nothing faster than the server takes it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Session } from "../../signaling/web/hairpin/session.js";
import { LIMITS, welcome } from "./world.mjs";

function started(more = {}) {
  const session = new Session();
  session.start(welcome(more), 0);
  return session;
}

const drain = (session, now = 0) => {
  const said = [];
  for (let next; (next = session.next(now)) && "message" in next; ) said.push(next.message);
  return said;
};

test("what is not acknowledged is said again under its number, what is new follows", () => {
  const session = started();
  for (const id of [1, 2, 3]) session.add({ t: "ice", id });
  assert.deepEqual(drain(session).map(({ id, seq }) => [id, seq]), [[1, 1], [2, 2], [3, 3]]);
  session.acknowledged(1);
  session.add({ t: "ice", id: 4 });
  session.resume(welcome({ resumed: true, ack: 2 }));
  assert.deepEqual(drain(session).map(({ id, seq }) => [id, seq]), [[3, 3], [4, 4]]);
  assert.deepEqual([session.has(2), session.has(3)], [false, true]);
});

test("what comes is counted: the next, one that is known, and one behind a gap", () => {
  const session = started();
  assert.deepEqual([1, 2, 2, 4, 3].map((seq) => session.count(seq)), ["next", "next", "known", "gap", "next"]);
  assert.equal(session.unacknowledged, 3);
  assert.deepEqual(session.stamp({ t: "ack" }), { t: "ack", ack: 3 });
  const ping = { t: "ping" };
  assert.equal(session.stamp(ping), ping);
});

test("a session that begins anew keeps what was not said, without the joins, behind what is said first", () => {
  const session = started({ limits: { ...LIMITS, burst: 2 } });
  session.add({ t: "ice", id: 1 });
  drain(session);
  session.add({ t: "join", id: 2, room: "r" });
  session.add({ t: "leave", id: 3, room: "q" });
  const unsaid = session.forgetAll();
  assert.deepEqual(unsaid.map(({ message }) => message.id), [3]);
  session.add({ t: "join", id: 4, room: "r" });
  session.putBack(unsaid);
  assert.deepEqual(drain(session, 60_000).map(({ id, seq }) => [id, seq]), [[4, 1]]);
  assert.deepEqual(drain(session, 120_000).map(({ id, seq }) => [id, seq]), [[3, 2]]);
});

test("the bytes that wait are counted, also of what was put back", () => {
  const session = started({ limits: { ...LIMITS, rate: 1, burst: 1 } });
  const big = { t: "signal", room: "r", to: "bob", kind: "custom", data: "x".repeat(60_000) };
  for (let id = 1; id <= 4; id += 1) session.add({ ...big, id });
  session.putBack(session.forgetAll());
  assert.throws(() => session.add({ ...big, id: 5 }), { label: "unavailable" });
  assert.deepEqual(drain(session).map(({ id }) => id), [1]);
  const wait = session.next(0)?.wait;
  assert.deepEqual([wait > 1000, session.next(wait - 1)?.wait > 0], [true, true]);
  session.acknowledged(1);
  session.add({ ...big, id: 5 });
});
