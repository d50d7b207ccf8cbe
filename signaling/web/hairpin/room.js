// @ts-check
/**
 * A room: who is in it, and the calls with them, which outlive lost connections and begin anew where they must.
 *
 * @module
 */

/** @import * as p from "../protocol.js" */
/** @import { Client, ClientEvents, ClientOptions, Down, JoinOptions, Up } from "./client.js" */
import { Call } from "./call.js";
import { Emitter } from "./emitter.js";
import { browser, draw } from "./world.js";

const ENDED = 64; // attempts that are remembered

/**
 * @typedef {ClientOptions & JoinOptions & {
 *   client?: Client, rtc?: RTCConfiguration, channel?: boolean, tell?: boolean}} RoomOptions
 *   `client` is one that is connected already, and stays the caller's. `rtc` is for the peer connections.
 *   `channel: false` opens no data channel by itself. `tell: false` keeps from the server how calls went.
 */

/** @typedef {{call: Call, reason: string}} Over */
/** @typedef {{room: string, peer: string, data: unknown}} Custom */

/**
 * @typedef {{call: Call, over: Over, gone: p.PeerGone, back: p.PeerBack, state: p.PeerState, role: p.PeerRole,
 *   lock: p.RoomLock, removed: {reason: string, by?: string, msg?: string}, custom: Custom, up: Up, down: Down}} RoomEvents
 */

/** Let the others tell this stay in a room from another one of the same name. @param {RoomOptions} options @returns {RoomOptions} */
export function marked(options) {
  const instance = draw({ ...browser(), ...options.world });
  return { ...options, meta: { ...options.meta, hairpin: { instance } } };
}

/** Enter a room over a client's connection. @param {Client} client @param {string} name @param {RoomOptions} options */
export async function enter(client, name, options) {
  const room = new Room(client, name, options);
  await client.connect();
  await room.enter();
  return room;
}

/**
 * A room, and the calls with those who are in it; `join` makes one.
 *
 * @extends {Emitter<RoomEvents>}
 */
export class Room extends Emitter {
  #client;
  #options;
  /** @type {Map<string, Call>} by what a member is known again */
  #calls = new Map();
  /** @type {Map<string, string>} by the name of now */
  #keys = new Map();
  /** @type {p.IceServer[]} */
  #ice = [];
  /** @type {Array<() => void>} */
  #ears = [];
  /** @type {Array<string | undefined>} attempts that are over; what comes late of them begins nothing */
  #ended = [];
  #over = false;

  /** @param {Client} client @param {string} name @param {RoomOptions} options */
  constructor(client, name, options) {
    super();
    this.#client = client;
    this.#options = options;
    /** The room's name. */
    this.name = name;
    /** The name that this member bears. */
    this.you = "";
    /** What it may do. @type {p.Role} */
    this.role = "member";
    /** Whether nobody may come in any more. */
    this.locked = false;
  }

  /** The calls that go on. */
  get calls() {
    return [...this.#calls.values()];
  }

  /** @returns {Client} */
  get client() {
    return this.#client;
  }

  /** What peer connections are made with now. @returns {RTCConfiguration} */
  get rtc() {
    const { rtc = {} } = this.#options;
    return { ...rtc, iceServers: [...(rtc.iceServers ?? []), .../** @type {RTCIceServer[]} */ (this.#ice)] };
  }

  /** Whether the server is told how calls went. */
  get tells() {
    return this.#options.tell ?? true;
  }

  /**
   * Listen; whoever asks for calls is told of those that there are, too.
   *
   * @template {keyof RoomEvents} T
   * @param {T} type
   * @param {(event: RoomEvents[T]) => void} listener
   */
  on(type, listener) {
    const off = super.on(type, listener);
    if (type === "call") for (const call of this.calls) listener(/** @type {any} */ (call));
    return off;
  }

  /** Become a member; `join` does it. What goes wrong leaves nothing behind on a client that is used for more. */
  async enter() {
    try {
      await this.#join();
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  async #join() {
    this.#listen();
    const { key, meta, topology, max } = this.#options;
    /** @type {JoinOptions} */
    const options = {};
    if (key !== undefined) options.key = key;
    if (meta !== undefined) options.meta = meta;
    if (topology !== undefined) options.topology = topology;
    if (max !== undefined) options.max = max;
    this.#found(await this.#client.join(this.name, options));
  }

  /** Change what the others know of this member. @param {Record<string, unknown>} meta */
  state(meta) {
    return this.#client.state(this.name, meta);
  }

  /** Put a member out. @param {string} peer @param {string} [reason] */
  kick(peer, reason) {
    return this.#client.kick(this.name, peer, reason);
  }

  /** Let nobody in any more, or again. @param {boolean} [locked] */
  lock(locked = true) {
    return this.#client.lock(this.name, locked);
  }

  /** Send a member something of the application's own. @param {string} peer @param {unknown} data */
  send(peer, data) {
    return this.#client.signal(this.name, peer, "custom", data);
  }

  /** End all calls and leave. */
  async leave() {
    if (this.#over) return;
    for (const call of this.calls) call.close("left");
    this.#end();
    if (this.#options.client) await this.#client.leave(this.name).catch(() => {});
    else this.#client.close();
  }

  /** A call is over, and its member is as good as new. @param {Call} call @param {string} reason */
  forget(call, reason) {
    if (this.#calls.get(call.key) !== call) return;
    this.#calls.delete(call.key);
    this.#ended = [...this.#ended.slice(1 - ENDED), call.attempt];
    this.emit("over", { call, reason });
  }

  // --- what the server tells ---

  #listen() {
    const client = this.#client;
    /** @template {keyof ClientEvents} T @param {T} type @param {(event: ClientEvents[T]) => void} act */
    const here = (type, act) => {
      this.#ears.push(
        client.on(type, (event) => {
          const { room } = /** @type {{room?: string}} */ (event);
          if (room === undefined || room === this.name) act(event);
        }),
      );
    };
    here("rejoined", (joined) => this.#found(joined));
    here("unjoined", ({ error }) => this.#removed(error.label, undefined, error.message));
    here("removed", ({ reason, by, msg }) => this.#removed(reason, by, msg));
    here("ice", ({ ice }) => this.#renewed(ice));
    here("signal", (signal) => this.#signal(signal));
    here("undelivered", ({ to, pc }) => this.#find(to)?.missed(pc));
    here("peer.join", (peer) => this.#meet(peer.peer, peer.meta, !peer.polite, true));
    here("peer.leave", ({ peer, reason }) => this.#left(peer, reason));
    here("peer.gone", (event) => this.emit("gone", event));
    here("peer.back", (event) => {
      this.#find(event.peer)?.reachable(false);
      this.emit("back", event);
    });
    here("peer.state", (event) => {
      const call = this.#find(event.peer);
      if (call) call.meta = event.meta;
      this.emit("state", event);
    });
    here("peer.role", (event) => {
      if (event.peer === this.you) this.role = event.role;
      this.emit("role", event);
    });
    here("room.lock", (event) => {
      this.locked = event.locked;
      this.emit("lock", event);
    });
    here("up", (event) => {
      // The server minted fresh credentials for the welcome, and counts their life from then on.
      if (event.resumed && event.welcome.ice.length) this.#renewed(event.welcome.ice);
      this.emit("up", event);
    });
    here("down", (event) => this.emit("down", event));
  }

  /** @param {p.Joined} joined */
  #found(joined) {
    this.you = joined.you;
    this.role = joined.role ?? "member";
    this.locked = joined.locked ?? false;
    const ice = joined.ice.length ? joined.ice : (this.#client.welcome?.ice ?? []);
    this.#renewed(ice);
    const before = new Map(this.#keys);
    this.#keys.clear();
    for (const { peer, meta, polite } of joined.peers) this.#meet(peer, meta, !polite, false);
    const present = new Set(this.#keys.values());
    for (const key of before.values()) if (!present.has(key)) this.#calls.get(key)?.absent();
  }

  /**
   * Somebody is there.
   *
   * @param {string} peer
   * @param {Record<string, any> | undefined} meta
   * @param {boolean} polite Whether we are the polite one.
   * @param {boolean} newcomer Whether it came after us; then it offers.
   */
  #meet(peer, meta = {}, polite, newcomer) {
    const instance = meta.hairpin?.instance;
    const key = typeof instance === "string" ? `instance ${instance}` : `name ${peer}`;
    this.#keys.set(peer, key);
    const known = this.#calls.get(key);
    if (known) {
      known.peer = peer;
      known.meta = meta;
      known.reachable(true);
      return;
    }
    this.#call(peer, meta, polite, newcomer, key);
  }

  /** @param {string} peer @param {Record<string, any>} meta @param {boolean} polite @param {boolean} newcomer @param {string} key */
  #call(peer, meta, polite, newcomer, key) {
    const call = new Call(this, peer, meta, polite, newcomer, key);
    this.#calls.set(key, call);
    this.emit("call", call);
    if (!newcomer) {
      if (this.#options.channel ?? true) call.open();
      else call.offerNothing();
    }
    return call;
  }

  /** @param {string} peer */
  #find(peer) {
    const key = this.#keys.get(peer);
    return key === undefined ? undefined : this.#calls.get(key);
  }

  /** @param {p.Forwarded} signal */
  #signal(signal) {
    const key = this.#keys.get(signal.from);
    if (key === undefined) return;
    let call = this.#calls.get(key);
    const about = /** @type {any} */ (signal.data);
    if (signal.kind === "custom" && !(about && typeof about === "object" && "error" in about)) {
      this.emit("custom", { room: this.name, peer: signal.from, data: signal.data });
      return;
    }
    if (!call && this.#ended.includes(signal.pc)) return;
    if (signal.kind === "offer" && (!call || call.isOtherAttempt(signal.pc))) {
      // It begins again, after its end or with an empty memory: like a newcomer.
      if (call && call.polite) return call.receive(signal);
      call?.finish("the other side has started anew");
      call = this.#call(signal.from, call?.meta ?? {}, false, true, key);
    }
    call?.receive(signal);
  }

  /** @param {string} peer @param {p.LeaveReason} reason */
  #left(peer, reason) {
    const call = this.#find(peer);
    this.#keys.delete(peer);
    if (["lost", "slow", "closed"].includes(reason)) call?.absent();
    else call?.finish(`the other member is no longer in the room: ${reason}`);
  }

  /** @param {p.IceServer[]} ice */
  #renewed(ice) {
    this.#ice = ice;
    for (const call of this.calls) call.renew();
  }

  /** @param {string} reason @param {string} [by] @param {string} [msg] */
  #removed(reason, by, msg) {
    for (const call of this.calls) call.close(reason);
    this.#end();
    this.emit("removed", { reason, by, msg });
  }

  #end() {
    this.#over = true;
    for (const off of this.#ears.splice(0)) off();
    this.#keys.clear();
  }
}
