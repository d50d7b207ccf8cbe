// Rooms that we are in, alone or in a call, with peer connections and sockets that are not there.
import { join } from "../../signaling/web/hairpin.js";
import { FakePeerConnection } from "./peerconnection.mjs";
import { FakeWorld, flush, joined, welcome } from "./world.mjs";

export const BOB = { peer: "bob", polite: false, meta: { hairpin: { instance: "b" } } };
export const settle = async () => {
  for (let round = 0; round < 5; round += 1) await flush();
};

/** A room that we are in, with those who were there before us; what the server says next is said with `say`. */
export async function enter(peers = [], options = {}, more = {}) {
  const world = new FakeWorld();
  FakePeerConnection.all.splice(0);
  const told = { ...world.options(), RTCPeerConnection: FakePeerConnection };
  const entering = join("wss://example.org/v1/ws", "r", { peer: "alice", ...options, world: told });
  await flush();
  world.socket.open();
  const [hello] = world.socket.take();
  world.socket.say(welcome());
  await flush();
  const [{ id }] = world.socket.take();
  world.socket.say(joined({ id, seq: 1, peers, ...more }));
  const room = await entering;
  const calls = [];
  const over = [];
  const problems = [];
  room.on("call", (call) => {
    calls.push(call);
    call.on("problem", (error) => problems.push(error.message));
  });
  room.on("over", ({ reason }) => over.push(reason));
  await settle();
  let seq = 1;
  return {
    world, room, calls, over, problems, hello,
    pcs: FakePeerConnection.all,
    async say(...messages) {
      world.socket.say(...messages.map((message) => ({ ...message, room: "r", seq: (seq += 1) })));
      await settle();
    },
    signal(kind, data, pc = undefined, from = "bob") {
      return this.say({ t: "signal", from, kind, data, ...(pc && { pc }) });
    },
    said: () => world.socket.take().filter((message) => message.t === "signal"),
  };
}

/** In a room with Bob, whom we have offered and who has answered. */
export async function called(options) {
  const stage = await enter([BOB], options);
  const [offer] = stage.said();
  stage.attempt = offer.pc;
  await stage.signal("answer", { type: "answer", sdp: "a1", number: "1" }, offer.pc);
  return stage;
}

/** In a room to which Bob came, who has offered; we are not polite. */
export async function answered() {
  const stage = await enter();
  await stage.say({ t: "peer.join", peer: "bob", polite: true, rev: 2, meta: BOB.meta });
  await stage.signal("offer", { type: "offer", sdp: "o1", number: "1" }, "x");
  stage.first = stage.said();
  return stage;
}
