// What a page finds out of how well others reach it, by what two servers see of one socket.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openness } from "../../signaling/web/hairpin.js";
import { up } from "./upclient.mjs";
import { FakeWorld } from "./world.mjs";

const [A, A2, B, NAME, NAME2, SIX] = ["stun:192.0.2.1", "stun:192.0.2.1:3479", "stun:192.0.2.2:3478", "stun:a.example", "stun:a.example:3479", "stun:[2001:db8::1]"];
const line = (type, address, port, rest = "") => ({ candidate: `candidate:1 1 udp 2113 ${address} ${port} typ ${type}${rest} generation 0` });
const host = (port, address = "10.0.0.1") => line("host", address, port);
const seen = (port, base = "10.0.0.1 rport 5", address = "203.0.113.1") => line("srflx", address, port, ` raddr ${base}`);
const HIDDEN = "0.0.0.0 rport 0";
const NAMED = "7c1f.local";
const END = null;
const error = (address) => ({ error: true, address });

/** A browser in which peer connections find what is given for their servers, and are counted. */
function browser(find, { tells = true } = {}) {
  const world = new FakeWorld();
  const made = [];
  class Asking extends EventTarget {
    constructor({ iceServers }) {
      super();
      this.urls = iceServers.flatMap(({ urls }) => urls);
      made.push(this);
    }
    createDataChannel() {
      this.hasChannel = true;
    }
    async setLocalDescription() {
      if (!this.hasChannel) throw new Error("there is nothing to gather for");
      for (const one of find(this.urls)) {
        if (one?.error) this.dispatchEvent(Object.assign(new Event("icecandidateerror"), { address: one.address }));
        else this.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate: one }));
      }
    }
    close() {
      this.isClosed = true;
    }
  }
  if (tells) Asking.prototype.onicecandidateerror = null;
  return { world, made, options: { world: { ...world.options(), RTCPeerConnection: Asking } } };
}

/** What is found, and told with a ticket, after everything is closed and no timer is left. */
async function found(servers, here) {
  const finding = openness(servers, here.options);
  await here.world.pass(1999);
  await here.world.pass(1);
  const word = await finding;
  assert.ok(here.made.every(({ isClosed }) => isClosed));
  assert.equal(here.world.timers, 0);
  const { client, socket } = await up();
  void client.enqueue("duel", { openness: word }).catch(() => {});
  assert.equal(socket.take()[0].openness, word);
  return word;
}

for (const [what, urls, events, expected] of [
  ["the same port at two addresses", [A, B], [host(5), seen(9), END], "moderate"],
  ["the same port at two ports of one address", [A, A2], [host(5), seen(9), END], "moderate"],
  ["the same port at two ports of one name", [NAME, NAME2], [host(5), seen(9), END], "moderate"],
  ["its own address: there is no NAT, and nobody sees who is let in", [A, B], [host(9, "203.0.113.1"), END], "moderate"],
  ["its own address as it is seen", [A, B], [host(9, "203.0.113.1"), seen(9, "203.0.113.1 rport 9"), END], "moderate"],
  ["a name for its own address", [A, B], [host(5, NAMED), seen(9, HIDDEN), END], "moderate"],
  ["two ports of one socket", [A, B], [host(5), seen(9), seen(10), END], "strict"],
  ["two ports of a socket that is hidden", [A, B], [host(5, NAMED), seen(9, HIDDEN), seen(10, HIDDEN), END], "strict"],
  ["two ports before the time is up", [A, B], [host(5), seen(9), seen(10)], "strict"],
  ["two ports for two sockets", [A, B], [host(5), host(6), seen(9), seen(10, "10.0.0.1 rport 6"), END], "moderate"],
  ["two addresses for two sockets", [A, B], [host(5), host(5, "10.9.0.1"), seen(9), seen(9, "10.9.0.1 rport 5", "203.0.113.9"), END], "moderate"],
  ["IPv6, which has no NAT", [A, B], [host(5), seen(9), seen(10, "2001:db8::1 rport 5", "2001:db8::1"), END], "moderate"],
  ["that a socket of IPv6 cannot ask", [A, B], [host(5), error("[2001:db8::x]"), seen(9), END], "moderate"],
  ["one server silent", [A, B], [host(5), seen(9), error("10.0.0.x"), END], "unknown"],
  ["one server silent, and no address told", [A, B], [host(5), seen(9), error(null), END], "unknown"],
  ["no end of the asking", [A, B], [host(5), seen(9)], "unknown"],
  ["silence", [A, B], [host(5), error("10.0.0.x"), error("10.0.0.x"), END], "unknown"],
  ["nothing over UDP", [A, B], [{ candidate: "candidate:1 1 tcp 2113 10.0.0.1 9 typ host tcptype active" }, END], "unknown"],
  ["nothing at all", [A, B], [END], "unknown"],
]) {
  test(`${what}: ${expected}`, async () => {
    assert.equal(await found([{ urls }], browser(() => events)), expected);
  });
}

for (const [what, ports, expected] of [
  ["both answer", [9, 20, 30], "moderate"],
  ["one is silent", [9, 20, 0], "unknown"],
  ["both are silent", [0, 0, 0], "unknown"],
]) {
  test(`a browser that tells of no errors asks each server alone as well: ${what}, ${expected}`, async () => {
    const here = browser((urls) => [host(5), ...[ports[urls.length > 1 ? 0 : urls[0] === A ? 1 : 2]].filter(Boolean).map((port) => seen(port)), END], { tells: false });
    assert.equal(await found([{ urls: A }, { urls: B }], here), expected);
    assert.deepEqual(here.made.map(({ urls }) => urls), [[A, B], [A], [B]]);
  });
}

for (const [what, servers] of [
  ["one server", [{ urls: A }]],
  ["none", []],
  ["the same twice", [{ urls: [A, "stun:192.0.2.1:3478"] }]],
  ["two names, which may be one address", [{ urls: [NAME, "stun:b.example"] }]],
  ["TURN, TLS and IPv6", [{ urls: [A, SIX, "stuns:192.0.2.9:5349", "turn:192.0.2.1:3479?transport=udp"], username: "u", credential: "c" }]],
]) {
  test(`with ${what} it is unknown, and nobody is asked`, async () => {
    const here = browser(() => assert.fail());
    assert.equal(await found(servers, here), "unknown");
    assert.equal(here.made.length, 0);
  });
}

test("two addresses are asked rather than two ports, and those rather than names that may be one address", async () => {
  for (const [urls, chosen] of [
    [[NAME, A, A2, B], [A, B]],
    [[NAME, "stun:b.example", A2], [NAME, A2]],
  ]) {
    const here = browser(() => [END]);
    await found([{ urls }], here);
    assert.deepEqual(here.made[0].urls, chosen);
  }
});

test("a browser that has no peer connections, or allows none, is no error", async () => {
  class Forbidden {
    constructor() {
      throw new Error("not allowed");
    }
  }
  for (const RTCPeerConnection of [undefined, Forbidden]) {
    const world = new FakeWorld();
    assert.equal(await openness([{ urls: [A, B] }], { world: { ...world.options(), RTCPeerConnection } }), "unknown");
    assert.equal(world.timers, 0);
  }
});
