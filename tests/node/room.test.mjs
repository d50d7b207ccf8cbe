// Rooms and calls of hairpin.js, with peer connections and sockets that are not there.
import assert from "node:assert/strict";
import { test } from "node:test";

import { join } from "../../signaling/web/hairpin.js";
import { FakePeerConnection } from "./peerconnection.mjs";
import { BOB, answered, called, enter, settle } from "./rooms.mjs";
import { up } from "./upclient.mjs";
import { FakeWorld, flush, joined, welcome } from "./world.mjs";

test("the newcomer offers, with an attempt of its own; candidates follow together and have an end", async () => {
  const { world, pcs, calls, said, problems, hello } = await enter([BOB]);
  assert.equal(typeof hello.meta.hairpin.instance, "string");
  const [offer, ...none] = said();
  assert.deepEqual([offer.kind, offer.to, offer.data.type, offer.data.number, none.length], ["offer", "bob", "offer", "1", 0]);
  assert.doesNotMatch(offer.data.sdp, /candidate/);
  assert.equal(calls[0].polite, true);
  for (const each of ["c1", "c2", "", "c3"]) pcs[0].find(each);
  assert.deepEqual(said(), []);
  await world.pass(30);
  pcs[0].find(null);
  await world.pass(0);
  const sent = said();
  assert.deepEqual(sent.map(({ kind, pc, data }) => [kind, pc, data.map((one) => one.candidate)]), [
    ["candidates", offer.pc, ["c1", "c2", "c3"]], ["candidates", offer.pc, []],
  ]);
  assert.deepEqual(problems, []);
});

test("whoever was there waits for the offer, answers it, and then offers what it has to add", async () => {
  const stage = await enter();
  await stage.say({ t: "peer.join", peer: "bob", polite: true, rev: 2 });
  assert.equal(stage.calls[0].polite, false);
  stage.calls[0].pc.addTransceiver("video");
  await settle();
  assert.deepEqual(stage.said(), []);
  await stage.signal("offer", { type: "offer", sdp: "o1", number: "7" }, "x");
  const [answer, offer] = stage.said();
  assert.deepEqual([answer.kind, answer.pc, answer.data.number], ["answer", "x", "7"]);
  assert.deepEqual([offer.kind, offer.pc, offer.data.number], ["offer", "x", "1"]);
});

test("calls that are there already are told to whoever asks for them later, and so is an open channel", async () => {
  const { room, calls, pcs } = await called();
  const later = [];
  room.on("call", (call) => later.push(call));
  assert.deepEqual(later, calls);
  const channels = [];
  calls[0].on("channel", (channel) => channels.push(channel));
  Object.assign(pcs[0].channels[0], { readyState: "open" }).dispatchEvent(new Event("open"));
  calls[0].on("channel", (channel) => channels.push(channel));
  assert.deepEqual(channels, [calls[0].channel, calls[0].channel]);
});

test("when offers cross, the polite one takes its own back, answers, and offers again", async () => {
  const stage = await enter([BOB]);
  const [offer] = stage.said();
  await stage.signal("offer", { type: "offer", sdp: "theirs", number: "1" }, offer.pc);
  const [answer, again] = stage.said();
  assert.deepEqual([answer.kind, again.kind, again.data.number], ["answer", "offer", "2"]);
  await stage.signal("answer", { type: "answer", sdp: "late", number: "1" }, offer.pc);
  assert.deepEqual(stage.pcs[0].applied, ["offer theirs"]);
  await stage.signal("answer", { type: "answer", sdp: "right", number: "2" }, offer.pc);
  assert.deepEqual(stage.pcs[0].applied, ["offer theirs", "answer right"]);
});

test("when offers cross, the other one ignores what came, and the candidates that belong to it", async () => {
  const stage = await answered();
  stage.calls[0].pc.addTransceiver("audio");
  await settle();
  const [offer] = stage.said();
  await stage.signal("offer", { type: "offer", sdp: "crossing", number: "2" }, "x");
  await stage.signal("candidates", [{ candidate: "bad" }], "x");
  assert.deepEqual(stage.problems, []);
  await stage.signal("answer", { type: "answer", sdp: "a", number: offer.data.number }, "x");
  assert.deepEqual(stage.pcs[0].applied, ["offer o1", "answer a"]);
  await stage.signal("candidates", [{ candidate: "bad" }, { candidate: "good" }], "x");
  assert.equal(stage.problems.length, 1);
});

test("an offer that comes twice is answered twice, and applied once", async () => {
  const stage = await answered();
  await stage.signal("offer", { type: "offer", sdp: "o1", number: "1" }, "x");
  const again = stage.said();
  assert.deepEqual(again.map((one) => one.data), stage.first.map((one) => one.data));
  assert.deepEqual(stage.pcs[0].applied, ["offer o1"]);
});

test("what cannot be used is complained about, and a complaint takes the offer back", async () => {
  const stage = await enter();
  await stage.say({ t: "peer.join", peer: "bob", polite: true, rev: 2 });
  await stage.signal("offer", { type: "offer", sdp: "bad", number: "1" }, "x");
  const [complaint] = stage.said();
  assert.deepEqual([complaint.kind, complaint.data.error.name, complaint.data.error.number], ["custom", "bad_offer", "1"]);
  await stage.signal("offer", { type: "offer" }, "x");
  await stage.signal("candidates", "none", "x");
  assert.deepEqual(stage.said().map((one) => one.data.error.name), ["bad_offer", "bad_candidates"]);

  const other = await enter([BOB]);
  const [offer] = other.said();
  await other.signal("custom", { error: { name: "bad_offer", message: "no", number: "9" } }, offer.pc);
  assert.equal(other.pcs[0].signalingState, "have-local-offer");
  await other.signal("custom", { error: { name: "bad_offer", message: "no", number: "1" } }, offer.pc);
  assert.equal(other.pcs[0].signalingState, "stable");
  assert.match(other.problems.at(-1), /refused our signal: no/);
});

test("an answer that makes no sense takes the offer back", async () => {
  const stage = await enter([BOB]);
  const [offer] = stage.said();
  await stage.signal("answer", { type: "answer", sdp: "bad", number: "1" }, offer.pc);
  assert.equal(stage.pcs[0].signalingState, "stable");
  assert.equal(stage.said()[0].data.error.name, "bad_answer");
});

test("what belongs to another attempt is passed over; an offer of one begins anew, if its sender came later", async () => {
  const stage = await answered();
  await stage.signal("candidates", [{ candidate: "late" }], "old");
  await stage.signal("bye", {}, "old");
  assert.deepEqual([stage.pcs[0].candidates, stage.over], [[], []]);
  await stage.signal("offer", { type: "offer", sdp: "o2", number: "1" }, "y");
  assert.deepEqual(stage.over, ["the other side has started anew"]);
  assert.deepEqual(stage.said().map((one) => [one.kind, one.pc]), [["answer", "y"]]);
  assert.equal(stage.calls.length, 2);

  const polite = await called();
  await polite.signal("offer", { type: "offer", sdp: "o2" }, "y");
  assert.deepEqual(polite.said().map((one) => [one.kind, one.pc]), [["custom", "y"]]);
  assert.equal(polite.calls.length, 1);
});

test("candidates of before a restart are not said again after it", async () => {
  const stage = await answered();
  stage.pcs[0].find("old", "1");
  await stage.world.pass(30);
  stage.pcs[0].find("new", "2");
  await stage.world.pass(30);
  const names = () => stage.said().map((one) => Array.isArray(one.data) && one.data.map((each) => each.candidate));
  assert.deepEqual(names(), [["old"], ["new"]]);
  await stage.signal("offer", { type: "offer", sdp: "o1", number: "1" }, "x");
  assert.deepEqual(names(), [false, ["new"]]);
});

test("when a session had to begin anew, calls go on, and what may be lost is said again", async () => {
  const stage = await enter([BOB, { peer: "carol", polite: false }]);
  const [offer, other] = stage.said();
  await stage.say({ t: "ok", id: other.id });
  stage.pcs[0].find("c1");
  await stage.world.pass(30);
  for (const { id } of [offer, ...stage.said()]) await stage.say({ t: "ok", id, ack: 9 });
  stage.world.socket.fall(1006);
  await stage.world.pass(0);
  stage.world.socket.open();
  const [hello] = stage.world.socket.take();
  assert.ok(hello.resume);
  stage.world.socket.say(welcome({ sid: "s2", resume: "token-2" }));
  await settle();
  const [rejoin] = stage.world.socket.take();
  assert.deepEqual([rejoin.t, rejoin.meta.hairpin.instance], ["join", hello.meta.hairpin.instance]);
  stage.world.socket.say(joined({ id: rejoin.id, seq: 1, peers: [{ ...BOB, peer: "bob~1" }] }));
  await settle();
  const again = stage.said();
  assert.deepEqual(again.map((one) => [one.kind, one.to, one.pc]), [
    ["offer", "bob~1", offer.pc], ["candidates", "bob~1", offer.pc],
  ]);
  assert.equal(stage.calls[0].peer, "bob~1");
  await stage.world.pass(29000);
  assert.deepEqual(stage.over, []);
  await stage.world.pass(2000);
  assert.deepEqual(stage.over, ["lost"]); // Carol, who is not there any more
});

test("a member that is gone keeps its call; what did not arrive is said again when it is back", async () => {
  const stage = await answered();
  await stage.say({ t: "peer.gone", peer: "bob", grace_s: 30, rev: 3 });
  await stage.say({ t: "undelivered", to: "bob", reason: "gone", pc: "x" });
  await stage.say({ t: "peer.back", peer: "bob", rev: 4 });
  assert.deepEqual(stage.said().map((one) => one.kind), ["answer"]);
  await stage.say({ t: "peer.back", peer: "bob", rev: 5 });
  assert.deepEqual(stage.said(), []);
  assert.deepEqual(stage.over, []);
});

test("a member that is lost keeps a call that works, and is known again under another name", async () => {
  const stage = await answered();
  stage.pcs[0].become("connected");
  await stage.say({ t: "peer.leave", peer: "bob", reason: "lost", rev: 3 });
  await stage.world.pass(60000);
  assert.deepEqual(stage.over, []);
  await stage.say({ t: "peer.join", peer: "bob2", polite: true, rev: 4, meta: BOB.meta });
  assert.deepEqual([stage.calls.length, stage.calls[0].peer], [1, "bob2"]);
  await stage.say({ t: "peer.leave", peer: "bob2", reason: "lost", rev: 5 });
  stage.pcs[0].become("failed");
  await stage.world.pass(30000);
  assert.deepEqual(stage.over, ["lost"]);
});

test("a path that is lost is restarted, by the polite one a moment later, and again with growing pauses", async () => {
  for (const [make, wait] of [[answered, 2000], [called, 3000]]) {
    const stage = await make();
    const [pc] = stage.pcs;
    pc.become("connected");
    pc.become("disconnected");
    await stage.world.pass(wait - 1);
    assert.equal(pc.restarts, 0);
    await stage.world.pass(1);
    assert.equal(pc.restarts, 1);
    assert.equal(stage.said()[0].kind, "offer");
    await stage.world.pass(10000);
    assert.equal(pc.restarts, 1); // nobody has answered
    pc.become("connected");
    await stage.world.pass(60000);
    assert.equal(pc.restarts, 1);
  }
});

test("new credentials reach every peer connection, also those to come", async () => {
  const rtc = { iceServers: [{ urls: "stun:mine" }], bundlePolicy: "max-bundle" };
  const stage = await called({ rtc });
  const ice = [{ urls: ["turn:x"], username: "u", credential: "c" }];
  await stage.say({ t: "ice", ice, ice_ttl_s: 100 });
  assert.deepEqual(stage.pcs[0].configuration, { ...rtc, iceServers: [{ urls: "stun:mine" }, ...ice] });
  await stage.say({ t: "peer.join", peer: "carol", polite: true, rev: 3 });
  assert.deepEqual(stage.pcs[1].configuration.iceServers.length, 2);
});

test("a restart of ICE asks the relays with the newest credentials: pushed ones, and those of a welcome", async () => {
  const minted = (username) => [{ urls: ["turn:x"], username, credential: "c" }];
  const stage = await called();
  const [pc] = stage.pcs;
  pc.become("connected");
  await stage.say({ t: "ice", ice: minted("pushed"), ice_ttl_s: 100 });
  pc.become("failed");
  await stage.world.pass(1000);
  assert.deepEqual([pc.restarts, pc.restartedWith.iceServers], [1, minted("pushed")]);

  pc.become("connected");
  stage.world.socket.fall(1006);
  await stage.world.pass(0);
  stage.world.socket.open();
  stage.world.socket.say(welcome({ resumed: true, ack: 9, resume: "token-2", ice: minted("welcome") }));
  await settle();
  // At once, since the other side may be the one that restarts.
  assert.deepEqual(pc.configuration.iceServers, minted("welcome"));
});

test("a call ends when either side says so, and its member leaves", async () => {
  const stage = await called();
  await stage.signal("bye", { reason: "late" }, stage.attempt);
  assert.deepEqual([stage.over, stage.pcs[0].connectionState, stage.room.calls], [["late"], "closed", []]);
  const other = await called();
  other.calls[0].close();
  assert.deepEqual(other.said().map((one) => [one.kind, one.data.reason]), [["bye", "closed"]]);
  await other.signal("offer", { type: "offer", sdp: "late" }, other.attempt);
  assert.equal(other.calls.length, 1); // it was under way
  await other.signal("offer", { type: "offer", sdp: "again" }, "y");
  assert.equal(other.calls.length, 2);
  const third = await called();
  await third.say({ t: "peer.leave", peer: "bob", reason: "kicked", rev: 3 });
  assert.equal(third.over.length, 1);
});

test("what happens in the room is told, and it may be left", async () => {
  const stage = await called();
  const { room } = stage;
  const told = [];
  for (const type of ["state", "role", "lock", "custom", "gone", "back", "removed"]) {
    room.on(type, (event) => told.push([type, event.peer ?? event.locked ?? event.reason]));
  }
  await stage.say({ t: "peer.state", peer: "bob", meta: { hand: true }, rev: 3 });
  await stage.say({ t: "peer.role", peer: "alice", role: "host", rev: 4 });
  await stage.say({ t: "room.lock", locked: true, by: "bob", rev: 5 });
  await stage.signal("custom", { mine: 1 });
  assert.deepEqual(told, [["state", "bob"], ["role", "alice"], ["lock", true], ["custom", "bob"]]);
  assert.deepEqual([stage.calls[0].meta, room.role, room.locked], [{ hand: true }, "host", true]);
  stage.world.socket.say({ t: "peer.leave", room: "another", peer: "bob", reason: "left", rev: 1, seq: 7 });
  assert.equal(room.calls.length, 1);
  for (const asked of [room.state({}), room.kick("bob"), room.lock(), room.send("bob", 1)]) asked.catch(() => {});
  assert.deepEqual(stage.world.socket.take().map((one) => one.t), ["state", "kick", "lock", "signal"]);
  await room.leave();
  const { socket } = stage.world;
  assert.deepEqual(socket.take().map((one) => one.kind ?? one.t), ["bye", "bye"]);
  assert.equal(socket.closedWith.code, 1000);
  assert.equal(stage.over.at(-1), "left");
});

test("whoever is put out has no calls any more", async () => {
  const stage = await called();
  const removed = new Promise((done) => stage.room.on("removed", done));
  await stage.say({ t: "removed", reason: "kicked", by: "bob", msg: "late" });
  assert.deepEqual(await removed, { reason: "kicked", by: "bob", msg: "late" });
  assert.equal(stage.room.calls.length, 0);
});

test("the server is told how calls went, unless the page does not want that", async () => {
  const stats = (stage) => stage.world.socket.take().filter((one) => one.t === "stats").map((one) => one.state);
  const stage = await called();
  stage.pcs[0].become("connected");
  stage.pcs[0].become("connected");
  stage.calls[0].close(); // before the browser has told about the path
  assert.deepEqual(stats(stage), ["connected", "ended"]);
  await settle();
  assert.deepEqual(stats(stage), []);
  const silent = await called({ tell: false });
  silent.pcs[0].become("connected");
  assert.deepEqual(stats(silent), []);
});

test("the server is told whether a call is relayed, and its round-trip time", async () => {
  for (const [candidateType, relayed] of [["relay", true], ["host", false]]) {
    const stage = await called();
    stage.pcs[0].stats = [
      { id: "P0", type: "candidate-pair", nominated: true, state: "succeeded", localCandidateId: "R", remoteCandidateId: "R" },
      { id: "T", type: "transport", selectedCandidatePairId: "P" },
      { id: "P", type: "candidate-pair", localCandidateId: "L", remoteCandidateId: "R", currentRoundTripTime: 0.0417 },
      { id: "L", type: "local-candidate", candidateType: "srflx" },
      { id: "R", type: "remote-candidate", candidateType },
    ];
    stage.pcs[0].become("connected");
    await settle();
    const [stats] = stage.world.socket.take().filter((one) => one.t === "stats");
    assert.deepEqual([stats.state, stats.relayed, stats.rtt_ms], ["connected", relayed, 42]);
  }
});

test("a newcomer without a channel and with nothing to send offers to receive, so that there is a call", async () => {
  const idle = await enter([BOB], { channel: false });
  assert.deepEqual(idle.said(), []);
  await idle.world.pass(30);
  await settle();
  assert.deepEqual(idle.said().map((one) => one.kind), ["offer"]);
  assert.deepEqual(idle.pcs[0].transceivers.map((one) => [one.kind, one.direction]), [["audio", "recvonly"], ["video", "recvonly"]]);
  const busy = await enter([BOB], { channel: false });
  busy.calls[0].pc.addTransceiver("audio", { direction: "sendrecv" });
  await settle();
  await busy.world.pass(30);
  assert.equal(busy.pcs[0].transceivers.length, 1);
  const first = await enter([], { channel: false });
  await first.say({ t: "peer.join", peer: "bob", polite: true, rev: 2, meta: BOB.meta });
  await first.world.pass(30);
  assert.deepEqual(first.pcs[0].transceivers, []); // it answers
});

test("a room that cannot be entered leaves nothing behind", async () => {
  const world = new FakeWorld();
  const entering = join("wss://example.org/v1/ws", "r", { key: "k", max: 2, topology: "star", world: world.options() });
  await flush();
  world.socket.open();
  world.socket.take();
  world.socket.say(welcome());
  await flush();
  const [{ id, key, max, topology }] = world.socket.take();
  assert.deepEqual([key, max, topology], ["k", 2, "star"]);
  world.socket.say({ t: "error", id, seq: 1, code: 403, name: "forbidden", msg: "no", fatal: false });
  await assert.rejects(entering, (error) => error.code === 403);
  assert.equal(world.socket.closedWith.code, 1000);
  assert.equal(world.timers, 0);
});

test("over a client of one's own, too: what comes of a second try is no matter of the first", async () => {
  const { client, socket } = await up();
  FakePeerConnection.all.splice(0);
  client.world.RTCPeerConnection = FakePeerConnection;
  const refused = join("", "r", { client });
  await settle();
  socket.say({ t: "error", id: socket.take()[0].id, seq: 1, code: 409, name: "room_full", msg: "full", fatal: false });
  await assert.rejects(refused, (error) => error.code === 409);
  const entering = join("", "r", { client });
  await settle();
  socket.say(joined({ id: socket.take()[0].id, seq: 2 }));
  const room = await entering;
  socket.say({ t: "peer.join", room: "r", seq: 3, peer: "bob", polite: true, rev: 2, meta: BOB.meta });
  await settle();
  assert.equal(room.calls.length, 1);
  assert.equal(FakePeerConnection.all.length, 1);
});
