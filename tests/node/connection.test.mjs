// How the client of hairpin.js comes back, and when it does not, over sockets that are not there.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, comesBack } from "../../signaling/web/hairpin.js";
import { again, up } from "./upclient.mjs";
import { FakeWorld, flush, welcome } from "./world.mjs";

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
