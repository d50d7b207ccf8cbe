// The client of hairpin.js over sockets that are not there.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, SignalingError, comesBack } from "../../signaling/web/hairpin.js";
import { FakeWorld, LIMITS, flush, joined, welcome } from "./world.mjs";

async function up(options = {}, more = {}) {
  const world = new FakeWorld();
  const client = new Client("wss://example.org/v1/ws", { ...options, world: world.options() });
  const news = [];
  for (const type of ["up", "down", "rejoined", "unjoined"]) client.on(type, (event) => news.push([type, event]));
  const connected = client.connect();
  await flush();
  world.socket.open();
  const [hello] = world.socket.take();
  world.socket.say(welcome(more));
  await connected;
  return { world, client, news, hello, socket: world.socket };
}

async function again(world, more) {
  world.socket.open();
  const [hello] = world.socket.take();
  world.socket.say(welcome(more));
  await flush();
  return hello;
}

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

test("a lost connection is resumed: both sides' messages go on where they were", async () => {
  const { world, client, socket, news } = await up();
  const first = client.signal("r", "bob", "custom", 1);
  const second = client.signal("r", "bob", "custom", 2);
  const [one, two] = socket.take();
  socket.say({ t: "ok", id: one.id, seq: 1 });
  await first;
  socket.fall(1006);
  const third = client.signal("r", "bob", "custom", 3);
  await world.pass(0);
  assert.equal(world.sockets.length, 2);
  const hello = await again(world, { resumed: true, replay: 1, ack: 1, resume: "token-2" });
  assert.deepEqual(hello.resume, { token: "token-1", seq: 1 });
  const sent = world.socket.take();
  assert.deepEqual(sent.map((m) => [m.t, m.seq, m.data]), [["ack", undefined, undefined], ["signal", 2, 2], ["signal", 3, 3]]);
  assert.equal(sent[1].id, two.id);
  world.socket.say({ t: "ok", id: two.id, seq: 2, ack: 3 }, { t: "ok", id: sent[2].id, seq: 3, ack: 3 });
  await Promise.all([second, third]);
  assert.equal(news.at(-1)[1].resumed, true);
  world.socket.fall(1006);
  await world.pass(5000);
  assert.deepEqual((await again(world, { resumed: true, ack: 3 })).resume, { token: "token-2", seq: 3 });
  assert.deepEqual(world.socket.take().map((m) => m.t), ["ack"]);
});

test("a ping is not kept for later", async () => {
  const { client, socket } = await up();
  const pinging = client.ping().catch((error) => error);
  socket.fall(1006);
  assert.equal((await pinging).label, "session_lost");
  assert.equal((await client.ping().catch((error) => error)).label, "session_lost");
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

test("a hole in the numbers is no message: the connection is made again, and the hole filled", async () => {
  const { world, client, socket } = await up();
  let heard = 0;
  client.on("expiring", () => (heard += 1));
  socket.say({ t: "expiring", in_ms: 1, seq: 2 });
  assert.equal(heard, 0);
  assert.equal(socket.closedWith.code, 3000);
  await world.pass(0);
  assert.equal((await again(world, { resumed: true })).resume.seq, 0);
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

test("the pauses grow, with jitter, and begin at nothing after a steady connection", async () => {
  const { world, news, socket } = await up();
  await world.pass(6000);
  socket.fall(1006);
  for (let tries = 0; tries < 7; tries += 1) {
    await world.pass(news.at(-1)[1].retryMs);
    world.socket.fall(1006);
  }
  const pauses = () => news.filter(([type]) => type === "down").map(([, event]) => event.retryMs);
  assert.deepEqual(pauses(), [0, 300, 1000, 2000, 4000, 7000, 7000, 7000]);
  world.chance = 0.5;
  await world.pass(7000);
  world.socket.fall(1006);
  assert.equal(pauses().at(-1), 3500);
  await world.pass(3500);
  await again(world, { resumed: true });
  await world.pass(1000);
  world.socket.fall(4529, "rate_limited");
  assert.equal(pauses().at(-1), 3500); // it did not last
});

test("go_away says when to come back, and where", async () => {
  const { world, socket, news } = await up();
  socket.say({ t: "go_away", deadline_ms: 5000, after_ms: 1250, url: "wss://other.example/v1/ws" });
  socket.fall(1012, "restart");
  assert.equal(news.at(-1)[1].retryMs, 1250);
  await world.pass(1250);
  assert.equal(world.socket.url, "wss://other.example/v1/ws");
  world.socket.fall(1006);
  await world.pass(10000);
  assert.equal(world.socket.url, "wss://example.org/v1/ws");
});

test("a hello that came too late is no reason to stay away", async () => {
  const { world, socket } = await up();
  socket.fall(4408, "hello_timeout");
  await world.pass(0);
  assert.equal(world.sockets.length, 2);
});

test("where another node can take the session over, it is gone to while the old one runs", async () => {
  const { world, socket, news } = await up();
  await world.pass(6000);
  socket.say({ t: "go_away", deadline_ms: 5000, after_ms: 1250, move: true });
  await world.pass(1249);
  assert.equal(world.sockets.length, 1);
  await world.pass(1);
  assert.deepEqual([socket.closedWith.code, news.at(-1)[1].retryMs, world.sockets.length], [3000, 0, 2]);
  world.socket.fall(1006); // the old node once more: HTTP 503
  await world.pass(300);
  const hello = await again(world, { resumed: true });
  assert.equal(hello.resume.token, "token-1");
  assert.deepEqual(news.at(-1)[1].resumed, true);
});

test("a hello that was left behind and takes the place of its successor is no reason to stay away", async () => {
  const { world, socket } = await up();
  socket.fall(1006);
  await world.pass(0);
  world.socket.open();
  await world.pass(11000); // no welcome came
  await again(world, { resumed: true });
  world.socket.fall(4409, "replaced");
  await world.pass(1000);
  await again(world, { resumed: true });
  await world.pass(60000);
  const sockets = world.sockets.length;
  world.socket.fall(4409, "replaced");
  await world.pass(60000);
  assert.equal(world.sockets.length, sockets);
});

test("nobody is led from wss to ws", async () => {
  const { world, socket } = await up();
  socket.say({ t: "go_away", deadline_ms: 0, after_ms: 0, url: "ws://other.example/v1/ws" });
  socket.fall(1012);
  await world.pass(0);
  assert.equal(world.socket.url, "wss://example.org/v1/ws");
});

test("a fatal error says how long to wait at least, and why", async () => {
  const { socket, news } = await up();
  socket.say({ t: "error", code: 503, name: "unavailable", msg: "full", fatal: true, retry_ms: 900 });
  socket.fall(4503, "unavailable");
  assert.deepEqual([news.at(-1)[1].retryMs, news.at(-1)[1].reason], [900, "full"]);
});

test("the close code says whether to come back", async () => {
  for (const code of [1000, 1002, 1007, 1009, 4400, 4401, 4403, 4406, 4408, 4409, 4413]) assert.ok(!comesBack(code), String(code));
  for (const code of [1001, 1005, 1006, 1011, 1012, 1013, 4503, 4508, 4529, 4999]) assert.ok(comesBack(code), String(code));
  const { world, client, socket, news } = await up();
  const asked = client.ice().catch((error) => error);
  socket.fall(4409, "replaced");
  assert.equal((await asked).code, 4409);
  assert.deepEqual(news.at(-1), ["down", { code: 4409, reason: "replaced" }]);
  await world.pass(60000);
  assert.equal(world.sockets.length, 1);
  assert.deepEqual([world.timers, world.ears], [0, 0]);
  await assert.rejects(client.ice());
  await assert.rejects(client.connect());
});

test("connect fails when there is no sense in trying, and goes on trying otherwise", async () => {
  const world = new FakeWorld();
  const client = new Client("wss://example.org/v1/ws", { world: world.options() });
  const connecting = client.connect();
  await flush();
  world.socket.fall(1006);
  await world.pass(0);
  assert.equal(world.sockets.length, 2);
  world.socket.open();
  world.socket.say({ t: "error", code: 401, name: "unauthorized", msg: "no token", fatal: true });
  world.socket.fall(4401, "unauthorized");
  await assert.rejects(connecting, (error) => error.code === 4401 && /no token/.test(error.message));
});

test("a server that does not welcome, or falls silent, is left and tried again", async () => {
  const { world, client, socket } = await up();
  await world.pass(20000);
  assert.deepEqual(socket.take().map((m) => m.t), ["ping"]);
  socket.say({ t: "pong" });
  await world.pass(40000);
  assert.equal(socket.closedWith.code, 3000);
  assert.equal(client.isUp, false);
  const before = world.sockets.length;
  world.socket.open();
  await world.pass(11000);
  assert.ok(world.sockets.length > before);
});

test("when the network is there again it is tried at once, and looked after at once", async () => {
  const { world, socket } = await up();
  socket.fall(1006);
  await world.pass(0);
  world.socket.fall(1006);
  await world.pass(0);
  const before = world.sockets.length;
  await world.wake();
  assert.equal(world.sockets.length, before + 1);
  await again(world, { resumed: true });
  await world.pass(6000);
  world.socket.take();
  await world.wake();
  assert.deepEqual(world.socket.take().map((m) => m.t), ["ping"]);
  await world.pass(3000);
  assert.equal(world.sockets.length, before + 2);
});

test("a token comes fresh for each connection and before it expires", async () => {
  let tokens = 0;
  const { world, hello, socket } = await up({ token: async () => `t${(tokens += 1)}` });
  assert.equal(hello.token, "t1");
  socket.say({ t: "expiring", in_ms: 60000, seq: 1 });
  await flush();
  const [auth] = socket.take();
  assert.deepEqual([auth.t, auth.token], ["auth", "t2"]);
  socket.fall(1006);
  await world.pass(0);
  assert.equal((await again(world, { resumed: true, ack: 1 })).token, "t3");
});

test("a token that cannot be had is tried for again", async () => {
  let tries = 0;
  const world = new FakeWorld();
  const token = async () => {
    if ((tries += 1) === 1) throw new Error("offline");
    return "t";
  };
  const client = new Client("wss://example.org/v1/ws", { token, world: world.options() });
  void client.connect();
  await flush();
  assert.equal(world.sockets.length, 0);
  await world.pass(0);
  assert.equal(world.sockets.length, 1);
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
