// Files over a line whose two ends are slow, or lie, or go away.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { Files, nameOf } from "../../../hairpin/pages/chat/files.js";
import { Sha256 } from "../../../hairpin/pages/chat/sha256.js";

/** One end of a data channel; what is sent waits in a queue until `flow` lets it over. */
class End extends EventTarget {
  readyState = "open";
  bufferedAmount = 0;
  most = 0;
  bufferedAmountLowThreshold = 0;
  queue = [];
  sent = [];
  send(data) {
    assert.equal(this.readyState, "open");
    this.queue.push(data);
    this.bufferedAmount += data.length ?? data.byteLength;
    this.most = Math.max(this.most, this.bufferedAmount);
    queueMicrotask(() => this.flow());
  }
  flow() {
    for (const data of this.queue.splice(0)) {
      this.bufferedAmount -= data.length ?? data.byteLength;
      this.sent.push(data);
      this.other.dispatchEvent(Object.assign(new Event("message"), { data: data.buffer ?? data }));
    }
    this.dispatchEvent(new Event("bufferedamountlow"));
  }
  close() {
    for (const end of [this, this.other]) {
      end.readyState = "closed";
      end.dispatchEvent(new Event("close"));
    }
  }
}

function line() {
  const [a, b] = [new End(), new End()];
  [a.other, b.other] = [b, a];
  const [here, there] = [new Files(), new Files()];
  here.attach(a);
  there.attach(b);
  return { a, b, here, there };
}

class Sink {
  parts = [];
  size = 0;
  closed = false;
  aborted = false;
  async write(bytes) {
    this.parts.push(Buffer.from(bytes));
    this.size += bytes.length;
  }
  async close() {
    this.closed = true;
  }
  async abort() {
    this.aborted = true;
  }
}

const bytes = (size) => Buffer.from(Uint32Array.from({ length: Math.ceil(size / 4) }, (_, i) => Math.imul(i, 2654435761)).buffer).subarray(0, size);
const fileOf = (data, name = "a.bin") => Object.assign(new Blob([data], { type: "text/plain" }), { name });
const over = (file) => new Promise((done) => file.on("change", () => file.isOver && done(file.progress)));
const sha = (data) => createHash("sha256").update(data).digest("hex");
const incoming = (files) => new Promise((done) => files.on("incoming", done));

for (const size of [0, 1, 60 * 1024, 5_000_001]) {
  test(`a file of ${size} bytes arrives whole, and both sides know it`, async () => {
    const { a, here, there } = line();
    const data = bytes(size);
    const comes = incoming(there);
    const out = here.offer(fileOf(data));
    const came = await comes;
    assert.deepEqual([came.name, came.size, came.type], ["a.bin", size, "text/plain"]);
    const sink = new Sink();
    const both = Promise.all([over(out), over(came)]);
    came.accept(sink);
    assert.deepEqual(await both, ["done", "done"]);
    assert.ok(sink.closed && Buffer.concat(sink.parts).equals(data));
    assert.deepEqual([out.sha256, came.sha256, out.moved, came.moved], [sha(data), sha(data), size, size]);
    assert.ok(a.most < 3 << 20);
  });
}

test("a slow disk holds the sender back, and a queue that is full does", async () => {
  const { a, here, there } = line();
  const comes = incoming(there);
  const out = here.offer(fileOf(bytes(30 << 20)));
  const came = await comes;
  const sink = new Sink();
  const gates = [];
  sink.write = (piece) => new Promise((done) => gates.push(() => done((sink.size += piece.length))));
  came.accept(sink);
  const sent = () => a.sent.reduce((sum, data) => sum + (typeof data === "string" ? 0 : data.byteLength), 0);
  let before = -1;
  while (sent() > before) {
    before = sent();
    await new Promise((done) => setImmediate(() => setImmediate(done)));
  }
  assert.ok(before > 7 << 20 && before < 10 << 20, String(before));
  const done = over(out);
  const drain = setInterval(() => gates.splice(0).forEach((go) => go()), 0);
  assert.equal(await done, "done");
  clearInterval(drain);
  assert.equal(sink.size, 30 << 20);

  const flow = a.flow;
  a.flow = () => {};
  const next = incoming(there);
  here.offer(fileOf(bytes(20 << 20)));
  flow.call(a);
  (await next).accept(new Sink());
  await new Promise((go) => setTimeout(go, 20));
  assert.ok(a.bufferedAmount > 1 << 20 && a.bufferedAmount < 2 << 20, String(a.bufferedAmount));
});

test("either side can stop, and a line that breaks stops both", async () => {
  for (const stop of [({ out }) => out.cancel(), ({ came }) => came.decline(), ({ a }) => a.close()]) {
    const { a, here, there } = line();
    const comes = incoming(there);
    const out = here.offer(fileOf(bytes(20 << 20)));
    const came = await comes;
    const sink = new Sink();
    came.accept(sink);
    const both = Promise.all([over(out), over(came)]);
    await new Promise((done) => came.on("change", () => came.moved > 1e6 && done()));
    stop({ a, out, came });
    const [mine, theirs] = await both;
    assert.equal(mine, theirs);
    assert.notEqual(mine, "done");
    await new Promise(setImmediate);
    assert.ok(sink.aborted && !sink.closed);
  }
});

test("what is not wanted is not sent", async () => {
  const { a, here, there } = line();
  const comes = incoming(there);
  const out = here.offer(fileOf(bytes(100)));
  const ends = over(out);
  (await comes).decline();
  assert.equal(await ends, "refused");
  assert.ok(a.sent.every((data) => typeof data === "string"));
});

test("a disk that is full, and a file that changes on the way, are told to both", async () => {
  for (const spoil of ["disk", "read"]) {
    const { here, there } = line();
    const comes = incoming(there);
    const file = fileOf(bytes(3 << 20));
    if (spoil === "read") file.slice = () => ({ arrayBuffer: () => Promise.reject(new Error("changed")) });
    const out = here.offer(file);
    const came = await comes;
    const sink = new Sink();
    if (spoil === "disk") sink.write = () => Promise.reject(new Error("full"));
    const both = Promise.all([over(out), over(came)]);
    came.accept(sink);
    assert.deepEqual(await both, ["failed", spoil === "read" ? "stopped" : "failed"]);
  }
});

test("lies end the file and nothing else: wrong hashes, too many bytes, numbers of nobody, no sense at all", async () => {
  const { a, there } = line();
  const told = [];
  a.addEventListener("message", ({ data }) => told.push(JSON.parse(data)));
  const say = (said) => a.send(typeof said === "string" ? said : JSON.stringify(said));
  const piece = (id, size) => a.send(Buffer.concat([Buffer.from([0, 0, 0, id]), Buffer.alloc(size)]).buffer.slice(0, 4 + size));
  const settle = () => new Promise((done) => setTimeout(done, 5));

  for (const junk of ["", "{", "null", "[]", '{"t":"offer"}', '{"t":"end","id":9}', '{"t":"got","id":1,"size":-5}', "x".repeat(5000)]) say(junk);
  piece(7, 10);
  a.send(new ArrayBuffer(2));
  const bad = [-1, 1.5, "9", null, 2 ** 60];
  bad.forEach((size, n) => say({ t: "offer", id: 100 + n, name: "x", size }));
  await settle();
  assert.deepEqual(told, bad.map((_, n) => ({ t: "leave", id: 100 + n })));

  for (const spoil of ["hash", "more"]) {
    const comes = incoming(there);
    say({ t: "offer", id: 1, name: "../../.ssh/‮x\u0000", size: 10 });
    const came = await comes;
    assert.equal(came.name, "__.._.ssh_ x");
    const sink = new Sink();
    came.accept(sink);
    piece(1, spoil === "more" ? 11 : 10);
    say({ t: "end", id: 1, sha256: "0" });
    await settle();
    assert.equal(came.progress, "failed");
    assert.ok(sink.aborted && !sink.closed);
    assert.deepEqual(told.at(-1), { t: "done", id: 1, ok: false });
  }
  for (let id = 1; id <= 40; id += 1) say({ t: "offer", id, name: "x", size: 1 });
  told.length = 0;
  await settle();
  assert.equal(told.filter(({ t }) => t === "leave").length, 24);
});

test("names are safe to show and to save under", () => {
  assert.deepEqual(["a/b\\c.txt", "..", "", null, "a\nb", "x".repeat(300)].map(nameOf), ["a_b_c.txt", "_", "file", "file", "a b", "x".repeat(120)]);
});

test("SHA-256 is that of everybody else, however the bytes come", () => {
  for (const size of [0, 3, 55, 56, 63, 64, 65, 1000]) {
    const data = bytes(size);
    for (const step of [1, 7, 64, 1001]) {
      const hash = new Sha256();
      for (let at = 0; at < size; at += step) hash.update(data.subarray(at, at + step));
      assert.equal(hash.digest(), sha(data), `${size} by ${step}`);
    }
  }
});
