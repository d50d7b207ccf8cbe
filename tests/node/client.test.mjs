// What the client of hairpin.js asks and hears, over sockets that are not there.
import assert from "node:assert/strict";
import { test } from "node:test";

import { SignalingError } from "../../signaling/web/hairpin.js";
import { again, up } from "./upclient.mjs";
import { LIMITS, flush, joined, welcome } from "./world.mjs";

test("the first frame is a hello that says who this is and that it comes back", async () => {
  const { hello, socket } = await up({ peer: "alice", meta: { a: 1 }, token: "jwt", region: "eu" });
  assert.equal(socket.protocol, "hairpin.v1");
  assert.equal(hello.t, "hello");
  assert.deepEqual([hello.peer, hello.meta, hello.token, hello.region], ["alice", { a: 1 }, "jwt", "eu"]);
  assert.deepEqual(hello.caps, ["resume"]);
  assert.equal(hello.resume, undefined);
});

test("requests are numbered and answered, refusals are errors", async () => {
  const { client, socket } = await up();
  const joining = client.join("r", { key: "k" });
  const [join] = socket.take();
  assert.deepEqual([join.t, join.room, join.key, join.seq], ["join", "r", "k", 1]);
  socket.say(joined({ id: join.id, seq: 1 }));
  assert.equal((await joining).you, "alice");
  const leaving = client.leave("r");
  const [leave] = socket.take();
  assert.deepEqual([leave.t, leave.seq, leave.ack], ["leave", 2, 1]);
  socket.say({ t: "error", id: leave.id, seq: 2, code: 404, name: "not_found", msg: "no", fatal: false, retry_ms: 5 });
  await assert.rejects(leaving, (error) => error instanceof SignalingError && error.code === 404 && error.retryMs === 5);
});

test("every request of the protocol can be made", async () => {
  const { client, socket } = await up();
  const all = [
    client.signal("r", "bob", "custom", { x: 1 }, { pc: "1", mid: "m" }), client.state("r", { a: null }),
    client.kick("r", "bob", "late"), client.lock("r"), client.ice(), client.auth("newer"),
  ];
  client.stats({ room: "r", peer: "bob", state: "connected", connect_ms: 3 });
  const pinging = client.ping();
  const sent = socket.take();
  assert.deepEqual(sent.map((m) => m.t), ["signal", "state", "kick", "lock", "ice", "auth", "stats", "ping"]);
  assert.deepEqual(sent.map((m) => m.seq), [1, 2, 3, 4, 5, 6, 7, undefined]);
  for (const { id, t } of sent) if (t !== "stats") socket.say({ t: t === "ping" ? "pong" : "ok", id });
  await Promise.all([...all, pinging]);
  client.close();
  assert.equal(socket.take()[0].t, "bye");
  assert.equal(socket.closedWith.code, 1000);
});

test("what the server says is an event once, by its type, in arrays too; unknown types are passed over", async () => {
  const { client, socket } = await up();
  const heard = [];
  client.on("peer.leave", (message) => heard.push(message.peer));
  const leave = (seq) => ({ t: "peer.leave", room: "r", peer: `p${seq}`, reason: "left", rev: seq, seq });
  socket.say(leave(1), { t: "news", seq: 2 }, leave(3));
  socket.say(leave(3));
  socket.onmessage({ data: "{" });
  socket.onmessage({ data: "[null, 3, {}]" });
  assert.deepEqual(heard, ["p1", "p3"]);
});

test("a listener who fails disturbs nobody else", async (t) => {
  const { client, socket } = await up();
  const failures = [];
  t.mock.method(globalThis, "queueMicrotask", (act) => failures.push(act));
  let heard = 0;
  const failing = client.on("pong", () => {
    throw new Error("mine");
  });
  client.on("pong", () => (heard += 1));
  socket.say({ t: "pong" });
  assert.throws(failures[0], /mine/);
  failing();
  socket.say({ t: "pong" });
  assert.deepEqual([heard, failures.length], [2, 1]);
});

test("what came is acknowledged every 16 messages, after 5 seconds, or on what is said anyway", async () => {
  const { world, client, socket } = await up();
  const lock = (seq) => ({ t: "room.lock", room: "r", locked: true, by: "b", rev: seq, seq });
  for (let seq = 1; seq <= 17; seq += 1) socket.say(lock(seq));
  assert.deepEqual(socket.take(), [{ t: "ack", ack: 16 }]);
  await world.pass(4999);
  assert.deepEqual(socket.take(), []);
  await world.pass(1);
  assert.deepEqual(socket.take(), [{ t: "ack", ack: 17 }]);
  socket.say(lock(18));
  void client.ice();
  assert.equal(socket.take()[0].ack, 18);
  await world.pass(6000);
  assert.deepEqual(socket.take(), []);
});

test("a room that one was put out of is not joined again", async () => {
  const { world, client, socket } = await up();
  const joining = client.join("r");
  socket.say(joined({ id: socket.take()[0].id, seq: 1, ack: 1 }));
  await joining;
  socket.say({ t: "removed", room: "r", reason: "kicked", seq: 2 });
  socket.fall(1006);
  await world.pass(0);
  await again(world, { resume: "token-2" });
  assert.deepEqual(world.socket.take(), []);
});

test("a session that is gone begins anew: rooms are joined again, what was under way has failed", async () => {
  const { world, client, socket, news } = await up();
  const joining = client.join("r", { meta: { a: 1 } });
  socket.say(joined({ id: socket.take()[0].id, seq: 1, ack: 1 }));
  await joining;
  const lost = client.signal("r", "bob", "custom", 1).catch((error) => error);
  const pending = client.join("other");
  socket.fall(1012);
  const later = client.signal("r", "bob", "custom", 2);
  await world.pass(0);
  await again(world, { resumed: false, sid: "s2", resume: "token-2" });
  assert.equal((await lost).label, "session_lost");
  const sent = world.socket.take();
  assert.deepEqual(sent.map((m) => [m.t, m.room, m.seq]), [["join", "r", 1], ["join", "other", 2], ["signal", "r", 3]]);
  assert.deepEqual(sent[0].meta, { a: 1 });
  world.socket.say(joined({ id: sent[0].id, seq: 1 }), joined({ id: sent[1].id, room: "other", seq: 2 }), { t: "ok", id: sent[2].id, seq: 3 });
  assert.equal((await pending).room, "other");
  await later;
  assert.deepEqual(news.filter(([type]) => type === "rejoined").map(([, event]) => event.room), ["r"]);
});

test("a name that is still taken is tried again, a room that is closed to us is told", async () => {
  const { world, client, socket, news } = await up();
  const joining = client.join("r");
  socket.say(joined({ id: socket.take()[0].id, seq: 1, ack: 1 }));
  await joining;
  socket.fall(1006);
  await world.pass(0);
  await again(world, { resume: "token-2" });
  const refuse = (code, name) => {
    const [{ id, seq }] = world.socket.take();
    world.socket.say({ t: "error", id, seq, code, name, msg: "no", fatal: false });
  };
  refuse(409, "conflict");
  await world.pass(1000);
  refuse(423, "room_locked");
  await flush();
  assert.deepEqual(news.at(-1)[0], "unjoined");
  assert.equal(news.at(-1)[1].error.code, 423);
});

test("no more is said than the server takes, and no more is kept than has its place", async () => {
  const { world, client, socket } = await up({}, { limits: { ...LIMITS, burst: 10, rate: 10 } });
  const all = Array.from({ length: 20 }, (_, n) => client.signal("r", "bob", "custom", n).catch((error) => error));
  assert.equal(socket.take().length, 8);
  await world.pass(1000);
  assert.equal(socket.take().length, 8);
  await world.pass(1000);
  assert.equal(socket.take().length, 4);
  socket.fall(1006);
  const more = Array.from({ length: 240 }, (_, n) => client.signal("r", "bob", "custom", n).catch((error) => error));
  assert.equal((await more.at(-1)).code, 503);
  await assert.rejects(client.signal("r", "bob", "custom", "x".repeat(70000)), (error) => error.code === 413);
  const big = await up();
  big.socket.fall(1006);
  const told = Array.from({ length: 6 }, () => big.client.signal("r", "bob", "custom", "x".repeat(50000)).catch((error) => error));
  assert.equal((await told[5]).code, 503);
  big.client.close();
  client.close();
  assert.equal((await all[0]).code, 1000);
  assert.equal((await more[0]).code, 1000);
});

test("a server that keeps no sessions is spoken to without numbers", async () => {
  const { world, client, socket } = await up({}, { caps: [], resume: undefined, resume_s: undefined });
  const joining = client.join("r");
  const [join] = socket.take();
  assert.equal(join.seq, undefined);
  socket.say(joined({ id: join.id }));
  await joining;
  const asked = client.ice().catch((error) => error);
  socket.fall(1006);
  assert.equal((await asked).label, "session_lost");
  await world.pass(0);
  const hello = await again(world, { caps: [], resume: undefined });
  assert.equal(hello.resume, undefined);
  assert.deepEqual(world.socket.take().map((m) => m.t), ["join"]);
});

test("credentials are asked for when the server does not renew them", async () => {
  const ice = [{ urls: ["turn:x"], username: "u", credential: "c" }];
  const { world, client, socket } = await up({}, { ice, ice_ttl_s: 100 });
  for (const ms of [20000, 20000, 16000]) {
    socket.say({ t: "pong" });
    await world.pass(ms);
  }
  const [asked] = socket.take().filter((m) => m.t === "ice");
  socket.say({ t: "ice", id: asked.id, seq: 1, ice, ice_ttl_s: 100 });
  for (const ms of [20000, 20000, 10000]) {
    socket.say({ t: "pong" });
    await world.pass(ms);
  }
  socket.say({ t: "ice", seq: 2, ice: [{ ...ice[0], credential: "newer" }], ice_ttl_s: 100 }); // by itself
  assert.equal(client.welcome.ice[0].credential, "newer");
  await world.pass(10000);
  assert.ok(!socket.take().some((m) => m.t === "ice"));
});
