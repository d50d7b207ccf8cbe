// hairpin.js against a real server, from Node: two clients, one of which loses its connection in between.
// usage: live.mjs URL
import assert from "node:assert/strict";
import { WebSocket } from "ws";

import { Client } from "../../signaling/web/hairpin.js";

const [url] = process.argv.slice(2);
const sockets = new Map();
const said = [];

function make(peer) {
  class Kept extends WebSocket {
    constructor(...args) {
      super(...args);
      sockets.set(peer, this);
    }
    send(text) {
      said.push(text);
      super.send(text);
    }
  }
  return new Client(url, { peer, world: { WebSocket: Kept } });
}

const next = (client, type, which = () => true) =>
  new Promise((done) => {
    const off = client.on(type, (event) => {
      if (!which(event)) return;
      off();
      done(event);
    });
  });

const [alice, bob] = [make("alice"), make("bob")];
await Promise.all([alice.connect(), bob.connect()]);
const first = await alice.join("r", { max: 3 });
const came = next(alice, "peer.join");
const second = await bob.join("r");
assert.equal((await came).peer, "bob");
assert.deepEqual([first.role, second.peers.map((peer) => peer.peer)], ["host", ["alice"]]);

const heard = [];
bob.on("signal", (signal) => heard.push(signal.data));
const up = next(bob, "up");
const [gone, back] = [next(alice, "peer.gone"), next(alice, "peer.back")];
await alice.signal("r", "bob", "custom", 0);
sockets.get("bob").terminate();
await gone;
const sent = [1, 2, 3].map((n) => alice.signal("r", "bob", "custom", n));
await back;
assert.equal((await up).resumed, true);
await Promise.all(sent);
await bob.signal("r", "alice", "custom", "done");
assert.deepEqual(heard, [0, 1, 2, 3]);

await bob.state("r", { hand: true });
bob.stats({ room: "r", peer: "alice", state: "connected", connect_ms: 420, relayed: false });
await alice.lock("r");
assert.ok((await alice.ping()) >= 0);
assert.deepEqual((await bob.ice()).ice, []);
const removed = next(bob, "removed");
await alice.kick("r", "bob", "late");
assert.equal((await removed).reason, "kicked");
await assert.rejects(bob.signal("r", "alice", "custom", 1), (error) => error.code === 404);
const refused = await bob.join("r").catch((error) => error);
assert.equal(refused.label, "room_locked");
await alice.leave("r");
alice.close();
bob.close();
console.log(JSON.stringify(said));
