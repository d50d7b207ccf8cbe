// What a browser's network is found to be, by what two servers saw.
import assert from "node:assert/strict";
import { test } from "node:test";

import { choose, judge, measure } from "../../../hairpin/pages/chat/inspector/nat.js";

const [A, A2, B, NAME, NAME2] = ["stun:192.0.2.1:3478", "stun:192.0.2.1:3479", "stun:192.0.2.2:3478", "stun:a.example", "stun:b.example"];
const host = (port, address = "10.0.0.1") => ({ type: "host", protocol: "udp", address, port, base: null, url: null });
const seen = (port, base = "10.0.0.1:5", address = "203.0.113.1") => ({ type: "srflx", protocol: "udp", address, port, base, url: A });
const gathered = (found, more = {}) => ({ found, failed: [], tells: true, isComplete: true, ...more });
const told = (servers, both, alone = []) => {
  const { mapping, reason } = judge(servers, both, alone);
  return reason ? `${mapping}: ${reason}` : mapping;
};

for (const [what, servers, found, more, expected] of [
  ["the same port at two addresses", [A, B], [host(5), seen(9)], {}, "independent"],
  ["the same port at two ports of one address", [A, A2], [host(5), seen(9)], {}, "port-independent"],
  ["the same port for two names", [NAME, NAME2], [host(5), seen(9)], {}, "unknown: names"],
  ["two ports", [A, B], [host(5), seen(9), seen(10)], {}, "dependent"],
  ["two ports although one server is silent at times", [A, B], [host(5), seen(9), seen(10)], { failed: [B] }, "dependent"],
  ["two ports for two sockets", [A, B], [host(5), host(6), seen(9), seen(10, "10.0.0.1:6")], {}, "independent"],
  ["two ports of an only socket that is hidden", [A, B], [host(5, "x.local"), seen(9, null), seen(10, null)], {}, "dependent"],
  ["two ports of two sockets that are hidden", [A, B], [host(5, "x.local"), host(6, "y.local"), seen(9, null), seen(10, null)], {}, "unknown: hidden"],
  ["one server is silent", [A, B], [host(5), seen(9)], { failed: [B] }, "unknown: silent"],
  ["gathering did not end", [A, B], [host(5), seen(9)], { isComplete: false }, "unknown: silent"],
  ["both answered with the browser's own address", [A, B], [host(5)], {}, "none"],
  ["nothing at all", [A, B], [], {}, "unknown: silent"],
]) {
  test(`${what}: ${expected}`, () => assert.equal(told(servers, gathered(found, more)), expected));
}

test("a browser that does not tell who answered is asked with each server alone", () => {
  const both = gathered([host(5), seen(9)], { tells: false });
  const alone = (...ports) => ports.map((port) => gathered(port ? [host(5), seen(port)] : [host(5)], { tells: false }));
  assert.equal(told([A, B], both, alone(20, 30)), "independent");
  assert.equal(told([A, B], both, alone(20, 0)), "unknown: browser");
  assert.equal(told([A, B], gathered([host(5)], { tells: false }), alone(0, 0)), "unknown: browser");
});

test("IPv6 is not NAT's", () => {
  assert.equal(told([A, B], gathered([host(5), seen(9), seen(9, "[2001:db8::1]:5", "2001:db8::1")])), "independent");
});

test("two addresses are better than two ports, and those than two names", () => {
  assert.deepEqual(choose([NAME, A, A2, B]), [A, B]);
  assert.deepEqual(choose([NAME, A, A2]), [A, A2]);
  assert.deepEqual(choose([NAME, NAME2, "turn:192.0.2.1:3478"]), [NAME, NAME2]);
  assert.deepEqual(choose([A, A, "stuns:192.0.2.3", "stun:[2001:db8::1]"]), []);
});

test("with one server it is unknown, and nobody is asked", async () => {
  const nat = await measure([A], () => assert.fail());
  assert.deepEqual([nat.mapping, nat.reason, nat.servers], ["unknown", "servers", [A]]);
});

test("each server alone is asked only where that tells something", async () => {
  for (const tells of [true, false]) {
    const asked = [];
    await measure([A, B], async (urls) => {
      asked.push(urls.length);
      return gathered([host(5), seen(9)], { tells });
    });
    assert.deepEqual(asked, tells ? [2] : [2, 1, 1]);
  }
});
