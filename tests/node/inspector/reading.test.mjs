// Reports that Chromium and Firefox 140 gave of real connections, and what cannot be recorded at will.
import assert from "node:assert/strict";
import { test } from "node:test";

import { parseServer, read } from "../../../hairpin/pages/chat/inspector/reading.js";
import { recorded } from "./world.mjs";

const SERVERS = ["stun:127.0.0.1:3478", "turn:127.0.0.1:3478?transport=udp"];

/** The second reading of two. */
function second(name, servers = SERVERS) {
  const [first, then] = recorded(name);
  return read(then, read(first, null, servers).counters, servers);
}

for (const browser of ["chromium", "firefox"]) {
  test(`${browser}: a direct path is direct, and has all figures`, () => {
    const { path, rtt, lossIn, lossOut, bitsIn, bitsOut, pairs } = second(`${browser}-direct`);
    assert.equal(path.kind, "direct");
    assert.deepEqual([path.ours.type, path.theirs.type, path.relay], ["host", "host", null]);
    assert.deepEqual([path.ours.side, path.theirs.side], ["ours", "theirs"]);
    assert.ok(rtt > 0 && rtt < 0.1, `${rtt}`);
    assert.deepEqual([lossIn, lossOut], [0, 0]);
    for (const bits of [bitsIn, bitsOut]) assert.ok(bits > 100_000 && bits < 5_000_000, `${bits}`);
    assert.equal(pairs.filter(({ selected }) => selected).length, 1);
  });

  test(`${browser}: a relayed path names the server and how it is reached`, () => {
    const { path } = second(`${browser}-relay`);
    assert.equal(path.kind, "relayed");
    assert.match(path.relay.url, /^turn:127\.0\.0\.1:\d+\?transport=udp$/);
    assert.deepEqual([path.relay.transport, path.relay.whose], ["udp", "both"]);
    assert.match(path.relay.address, /^127\.0\.0\.1:\d+$/);
  });

  test(`${browser}: what takes two reports is not there in the first`, () => {
    const { lossIn, bitsIn, bitsOut } = read(recorded(`${browser}-direct`)[0]);
    assert.deepEqual([lossIn, bitsIn, bitsOut], [null, null, null]);
  });
}

test("Firefox does not tell the server, so it is known only if there is but one", () => {
  const two = [...SERVERS, "turn:192.0.2.9:3478?transport=udp"];
  assert.equal(second("firefox-relay", two).path.relay.url, null);
  assert.equal(second("firefox-relay", [...SERVERS, "turn:192.0.2.9:443?transport=tcp"]).path.relay.url, SERVERS[1]);
});

test("lost packets are counted against those that were expected, and one that comes late takes nothing away", () => {
  const [first, then] = recorded("chromium-direct");
  const lose = (lost) => then.map((each) => (each.type === "inbound-rtp" && each.kind === "video" ? { ...each, packetsLost: lost } : each));
  const counters = read(first).counters;
  const media = (report) => report.filter(({ type }) => type === "inbound-rtp").reduce((sum, each) => sum + each.packetsReceived, 0);
  const received = media(then) - media(first);
  assert.equal(read(lose(10), counters).lossIn, 10 / (10 + received));
  assert.equal(read(lose(-3), counters).lossIn, 0);
});

test("another path, a clock that stands still and counters that begin anew give no rate", () => {
  const [first, then] = recorded("firefox-direct");
  const { counters } = read(first);
  for (const before of [{ ...counters, of: "another" }, { ...counters, at: read(then).at }, { ...counters, in: 1e12, out: 1e12 }]) {
    const { bitsIn, bitsOut } = read(then, before);
    assert.deepEqual([bitsIn, bitsOut], [null, null]);
  }
});

test("what the other side told long ago says nothing of now", () => {
  const [, then] = recorded("chromium-direct");
  const old = then.map((each) => (each.type === "remote-inbound-rtp" ? { ...each, timestamp: each.timestamp - 60_000 } : each));
  assert.equal(read(old).lossOut, null);
});

test("without a pair in use there is no path, and an empty report is no fault", () => {
  const report = recorded("chromium-direct")[0].map((each) => (each.type === "transport" ? { ...each, selectedCandidatePairId: undefined } : each));
  assert.equal(read(report).path, null);
  const nothing = read([]);
  assert.deepEqual([nothing.path, nothing.rtt, nothing.counters, nothing.pairs], [null, null, null, []]);
});

test("addresses of servers are read as RFC 7064 and RFC 7065 have them", () => {
  const parts = (url) => Object.values(parseServer(url) ?? {});
  assert.deepEqual(parts("stun:192.0.2.1"), ["stun", "192.0.2.1", 3478, "udp"]);
  assert.deepEqual(parts("turns:relay.example:443"), ["turns", "relay.example", 443, "tls"]);
  assert.deepEqual(parts("turn:[2001:db8::1]:3479?transport=tcp"), ["turn", "2001:db8::1", 3479, "tcp"]);
  for (const bad of ["", "http://x", "turn:", "stun:a:b"]) assert.equal(parseServer(bad), null);
});
