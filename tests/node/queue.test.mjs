// Tickets of hairpin.js, over sockets that are not there.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Client } from "../../signaling/web/hairpin.js";
import { FakeWorld, flush, welcome } from "./world.mjs";

const TICKET = { ticket: "t1", queue: "duel" };
const FOUND = { t: "mm.found", match: "m", ...TICKET, players: 2, accept_by_ms: 9000, asks: true };
const START = { t: "mm.start", match: "m", ...TICKET, room: "mm-x", you: "alice", team: 0, host: "alice", peers: [{ peer: "bob", team: 1 }], ice: [], ice_ttl_s: 60 };

async function waiting(options = {}) {
  const world = new FakeWorld();
  const client = new Client("wss://example.org/v1/ws", { world: world.options() });
  const connected = client.connect();
  await flush();
  world.socket.open();
  world.socket.take();
  world.socket.say(welcome());
  await connected;
  const getting = client.enqueue("duel", options);
  const [asked] = world.socket.take();
  let seq = 0;
  const say = (message) => world.socket.say({ ...message, seq: ++seq });
  say({ t: "mm.queued", id: asked.id, ...TICKET, waiting: 3 });
  const ticket = await getting;
  const heard = [];
  for (const type of ["queued", "update", "found", "accepted", "start", "requeued", "ended"]) ticket.on(type, (event) => heard.push([type, event]));
  return { world, client, ticket, asked, say, heard, restart: () => (seq = 0) };
}

/** Lose the connection, and be welcomed as somebody new. */
async function anew({ world, restart }) {
  world.socket.fall(1006);
  await world.pass(1000);
  world.socket.open();
  world.socket.take();
  restart();
  world.socket.say(welcome({ sid: "s2" }));
  await flush();
}

test("a ticket is asked for with what is said, and its news are events", async () => {
  const { ticket, asked, say, heard } = await waiting({ rating: 1600, props: { mode: "ranked" }, again: true });
  assert.deepEqual([asked.t, asked.queue, asked.rating, asked.props, asked.again], ["mm.enqueue", "duel", 1600, { mode: "ranked" }, undefined]);
  assert.equal(ticket.id, "t1");
  say({ t: "mm.update", ...TICKET, waited_s: 2, waiting: 3, blocked_by: "rating" });
  assert.ok(ticket.waited >= 2 && ticket.waited < 60, "its time goes on by our own clock");
  say({ t: "mm.update", ticket: "x", queue: "other", waited_s: 600, waiting: 3 });
  assert.deepEqual(heard.map(([type, event]) => [type, event.blocked_by]), [["update", "rating"]]);
});

test("a match that is found is accepted, and begins", async () => {
  const { world, client, ticket, say, heard } = await waiting();
  const matched = ticket.match();
  say(FOUND);
  const [accept] = world.socket.take();
  assert.deepEqual([accept.t, accept.match], ["mm.accept", "m"]);
  say({ t: "ok", id: accept.id });
  say({ t: "mm.accepted", match: "m", accepted: 1, players: 2 });
  say(START);
  const start = await matched;
  assert.deepEqual([start.room, start.peers[0].peer], ["mm-x", "bob"]);
  assert.equal(await ticket.match(), start);
  assert.deepEqual(heard.map(([type]) => type), ["found", "accepted", "start"]);
  await assert.rejects(client.enqueue("duel"), (error) => error.code === 409);
});

test("the room of a match is entered over the same client", async () => {
  const { world, ticket, say } = await waiting();
  assert.throws(() => ticket.enter(), (error) => error.code === 404);
  say({ ...START, token: "k" });
  const entering = ticket.enter();
  await flush();
  const [join] = world.socket.take();
  assert.deepEqual([join.t, join.room, join.key], ["join", "mm-x", "k"]);
  say({ t: "joined", id: join.id, room: "mm-x", you: "alice", max: 2, rev: 1, peers: [], ice: [] });
  assert.equal((await entering).name, "mm-x");
});

test("who looks itself says yes or no, and what comes to nothing is told", async () => {
  const { world, ticket, say, heard } = await waiting();
  const matched = ticket.match({ accept: false });
  say(FOUND);
  assert.deepEqual(world.socket.take(), []);
  const declining = ticket.decline();
  const [decline] = world.socket.take();
  say({ t: "ok", id: decline.id });
  await declining;
  say({ t: "mm.requeued", match: "m", ...TICKET, reason: "lost" });
  assert.equal(ticket.found, null);
  say({ t: "mm.ended", ...TICKET, reason: "declined" });
  await assert.rejects(matched, (error) => error.label === "declined");
  await assert.rejects(ticket.match(), (error) => error.label === "declined");
  assert.deepEqual(heard.map(([type]) => type), ["found", "requeued", "ended"]);
});

test("a match is played: seats are opened, a result is told, or it is quit", async () => {
  const { world, client, ticket, say } = await waiting();
  say(START);
  const [opening, telling] = [ticket.open([0, 1]), ticket.result({ score: [7, 5] })];
  const said = world.socket.take();
  assert.deepEqual(said.map(({ t, seats, result }) => [t, seats ?? result]), [["mm.open", [0, 1]], ["mm.result", { score: [7, 5] }]]);
  for (const { id } of said) say({ t: "ok", id });
  await Promise.all([opening, telling]);
  const quitting = ticket.quit("dinner");
  const [quit] = world.socket.take();
  say({ t: "ok", id: quit.id });
  await quitting;
  assert.deepEqual([ticket.over.reason, ticket.over.match], ["cancelled", "m"]);
  void client.enqueue("duel").catch(() => {});
  assert.equal(world.socket.take()[0].t, "mm.enqueue");
});

test("a ticket is cancelled, and then there may be another", async () => {
  const { world, client, ticket, say } = await waiting();
  const cancelling = ticket.cancel();
  const [cancel] = world.socket.take();
  assert.deepEqual([cancel.t, cancel.ticket], ["mm.cancel", "t1"]);
  say({ t: "mm.ended", ...TICKET, reason: "cancelled" });
  say({ t: "ok", id: cancel.id });
  await cancelling;
  assert.equal(ticket.over.reason, "cancelled");
  void client.enqueue("duel").catch(() => {});
  assert.equal(world.socket.take()[0].t, "mm.enqueue");
});

test("a ticket that is refused is none", async () => {
  const { world, client, say, ticket } = await waiting();
  say({ t: "mm.ended", ...TICKET, reason: "expired" });
  assert.equal(ticket.over.reason, "expired");
  const getting = client.enqueue("duel");
  const [asked] = world.socket.take();
  say({ t: "error", id: asked.id, code: 404, name: "not_found", msg: "no", fatal: false });
  await assert.rejects(getting, (error) => error.code === 404);
  void client.enqueue("duel").catch(() => {});
  assert.equal(world.socket.take().length, 1);
});

test("with another session a ticket is over, or queued again", async () => {
  const one = await waiting();
  const lost = one.ticket.match();
  await Promise.all([assert.rejects(lost, (error) => error.label === "lost"), anew(one)]);
  assert.equal(one.ticket.over.reason, "lost");

  const two = await waiting({ again: true });
  const matched = two.ticket.match();
  await anew(two);
  const [asked] = two.world.socket.take();
  assert.deepEqual([asked.t, asked.queue], ["mm.enqueue", "duel"]);
  two.say({ t: "mm.queued", id: asked.id, ticket: "t9", queue: "duel", waiting: 1 });
  await flush();
  assert.equal(two.ticket.id, "t9");
  two.say({ ...START, ticket: "t9" });
  assert.equal((await matched).match, "m");
});

test("when the client is closed its tickets are over", async () => {
  const { client, ticket } = await waiting();
  const matched = ticket.match();
  client.close();
  await assert.rejects(matched, (error) => error.label === "lost");
});
