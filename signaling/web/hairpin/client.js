// @ts-check
/**
 * A steady connection to a server, over as many sockets as it takes: the protocol `hairpin.v1` and nothing else.
 *
 * @module
 */

/** @import * as p from "../protocol.js" */
/** @import { QueueOptions, Ticket, TicketNews } from "./tickets.js" */
/** @import { World } from "./world.js" */
import { Connection } from "./connection.js";
import { Emitter } from "./emitter.js";
import { SignalingError, lost } from "./errors.js";
import { Memberships } from "./memberships.js";
import { Requests } from "./requests.js";
import { Session } from "./session.js";
import { Tickets } from "./tickets.js";
import { Timers, browser } from "./world.js";

const ACK_EVERY = 16;
const ACK_AFTER = 5000;

/**
 * @typedef {object} ClientOptions
 * @property {string} [peer] The name to bear in rooms; without one the server chooses.
 * @property {Record<string, unknown>} [meta] What the other members learn about this one.
 * @property {string | (() => string | Promise<string>)} [token] Who this is; a function is asked for each
 *   connection, and again when the token expires.
 * @property {string} [region] Where this is.
 * @property {Partial<World>} [world]
 */

/**
 * @typedef {object} Up The connection is there.
 * @property {boolean} resumed Whether nothing was missed. Otherwise rooms are joined again.
 * @property {p.Welcome} welcome
 */

/**
 * @typedef {object} Down The connection is lost, or could not be made.
 * @property {number} code
 * @property {string} reason
 * @property {number} [retryMs] When the next try is; absent when there is none.
 */

/**
 * What happens to a client: every message of the server under its own type, and these.
 *
 * @typedef {{[T in p.ServerMessageType]: Extract<p.ServerMessage, {t: T}>} & {
 *   up: Up, down: Down, rejoined: p.Joined, unjoined: {room: string, error: SignalingError}}} ClientEvents
 */

/** @typedef {{key?: string, meta?: Record<string, unknown>, topology?: p.Topology, max?: number}} JoinOptions */
/** @template M @typedef {M extends unknown ? Omit<M, "id" | "seq" | "ack"> : never} Bare */

/**
 * One steady connection to a server, over as many sockets as it takes.
 *
 * @extends {Emitter<ClientEvents>}
 */
export class Client extends Emitter {
  #options;
  #world;
  #timers; // those that end with the socket
  #connection;
  #memberships;
  #tickets;
  #requests = new Requests();
  #session = new Session();
  /** @type {p.Welcome | null} */
  #welcome = null;
  /** @type {Array<{done: (welcome: p.Welcome) => void, failed: (error: SignalingError) => void}>} */
  #waiters = [];

  /**
   * @param {string} url Where the server is, `wss://host/v1/ws`.
   * @param {ClientOptions} [options]
   */
  constructor(url, options = {}) {
    super();
    this.#options = options;
    this.#world = { ...browser(), ...options.world };
    this.#timers = new Timers(this.#world);
    this.#connection = new Connection(url, options, this.#world, this.#session, this.#timers, {
      newId: () => this.#requests.newId(),
      heard: (message) => this.#hear(message),
      fell: (why, resumes) => this.#requests.loseConnection(why, (id) => resumes || this.#session.has(id)),
      ended: (code, reason) => this.#end(code, reason),
      down: (down) => this.emit("down", down),
    });
    /** @param {any} message @param {string} [room] */
    const ask = (message, room) => this.#ask(message, room);
    this.#tickets = new Tickets(this, ask);
    this.#memberships = new Memberships(
      ask,
      {
        rejoined: (joined) => this.emit("rejoined", joined),
        unjoined: (room, error) => this.emit("unjoined", { room, error }),
      },
      this.#world,
    );
  }

  /** What the server said first on the connection of now, or of before. */
  get welcome() {
    return this.#welcome;
  }

  /** Whether the server is reached at the moment. */
  get isUp() {
    return this.#connection.isUp;
  }

  /** @returns {World} */
  get world() {
    return this.#world;
  }

  /**
   * Connect, and stay connected from now on. While the server cannot be reached it is tried again (`down`
   * tells); it fails only when there is no sense in trying again.
   *
   * @returns {Promise<p.Welcome>}
   */
  connect() {
    if (this.isUp && this.#welcome) return Promise.resolve(this.#welcome);
    const welcomed = new Promise((done, failed) => this.#waiters.push({ done, failed }));
    if (this.#connection.isClosed) this.#failWaiters(new SignalingError(1000, "normal", "the client is closed"));
    else this.#connection.start();
    return /** @type {Promise<p.Welcome>} */ (welcomed);
  }

  /**
   * Become a member of a room, and of the same again whenever a session had to begin anew.
   *
   * @param {string} room
   * @param {JoinOptions} [options]
   * @returns {Promise<p.Joined>}
   */
  join(room, options = {}) {
    return this.#memberships.join(room, options);
  }

  /** Be a member no longer. @param {string} room @returns {Promise<p.Ok>} */
  leave(room) {
    this.#memberships.forget(room);
    return this.#ask({ t: "leave", room });
  }

  /**
   * Send something to another member; it is done when the server has handed it on.
   *
   * @param {string} room
   * @param {string} to
   * @param {p.SignalKind} kind
   * @param {unknown} data
   * @param {{pc?: string, mid?: string}} [more]
   * @returns {Promise<p.Ok>}
   */
  signal(room, to, kind, data, more = {}) {
    return this.#ask({ t: "signal", room, to, kind, data, ...more });
  }

  /** Change one's metadata; `null` takes a key away. @param {string} room @param {Record<string, unknown>} meta */
  state(room, meta) {
    return /** @type {Promise<p.Ok>} */ (this.#ask({ t: "state", room, meta }));
  }

  /** Put a member out. @param {string} room @param {string} peer @param {string} [reason] */
  kick(room, peer, reason = "") {
    return /** @type {Promise<p.Ok>} */ (this.#ask({ t: "kick", room, peer, reason }));
  }

  /** Let nobody in any more, or again. @param {string} room @param {boolean} [locked] */
  lock(room, locked = true) {
    return /** @type {Promise<p.Ok>} */ (this.#ask({ t: "lock", room, locked }));
  }

  /**
   * Wait in a queue for a match.
   *
   * @param {string} queue
   * @param {QueueOptions} [options]
   * @returns {Promise<Ticket>}
   */
  enqueue(queue, options = {}) {
    return this.#tickets.enqueue(queue, options);
  }

  /** Ask for ICE servers with fresh credentials. @returns {Promise<p.Ice>} */
  ice() {
    return this.#ask({ t: "ice" });
  }

  /** Show a newer token. @param {string} token @returns {Promise<p.Ok>} */
  auth(token) {
    return this.#ask({ t: "auth", token });
  }

  /** Tell how an attempt to connect went. @param {Omit<Bare<p.Stats>, "t">} stats */
  stats(stats) {
    this.#post({ t: "stats", ...stats });
  }

  /** Ask whether the server still listens. @returns {Promise<number>} The round-trip time in milliseconds. */
  async ping() {
    const began = this.#world.now();
    const id = this.#requests.newId();
    const answer = this.#requests.open(id, { ping: true });
    if (!this.#connection.write({ t: "ping", id })) this.#requests.settle(id, lost("the server is not reached"));
    await answer;
    return this.#world.now() - began;
  }

  /** End the session: every room is left. */
  close() {
    this.#connection.close();
  }

  /** A ticket is over by its owner's will. @param {Ticket} ticket @param {p.Outcome} reason */
  forget(ticket, reason) {
    this.#tickets.forget(ticket, reason);
  }

  // --- what is said -----------------------------------------------------------------------------

  /**
   * @param {Bare<p.ClientMessage>} message
   * @param {string} [room] When it joins one.
   * @returns {Promise<any>}
   */
  #ask(message, room) {
    const id = this.#requests.newId();
    const answer = this.#requests.open(id, { room });
    try {
      this.#post({ ...message, id });
    } catch (error) {
      this.#requests.settle(id, /** @type {SignalingError} */ (error));
    }
    return answer;
  }

  /** @param {Omit<p.ClientMessage, "seq" | "ack">} message */
  #post(message) {
    if (this.#connection.isClosed) throw lost("the client is closed");
    this.#session.add(/** @type {p.ClientMessage} */ (message));
    this.#flush();
  }

  /** Send what waits, no faster than the server takes it; it is kept until it is acknowledged. */
  #flush() {
    if (!this.isUp) return;
    for (let next; (next = this.#session.next(this.#world.now())); ) {
      if ("wait" in next) return this.#timers.set("flush", next.wait, () => this.#flush());
      this.#connection.write(next.message);
    }
  }

  // --- what comes in ----------------------------------------------------------------------------

  /** @param {p.ServerMessage} message */
  #hear(message) {
    if (message.t === "welcome") return this.#greet(message);
    if (message.seq !== undefined && !this.#count(message.seq)) return;
    if (message.ack !== undefined) this.#session.acknowledged(message.ack);
    this.#connection.warned(message);
    if (message.t === "removed") this.#memberships.forget(message.room);
    if (message.t === "expiring") void this.#refresh();
    if (message.t === "ice") {
      if (this.#welcome) this.#welcome = { ...this.#welcome, ice: message.ice, ice_ttl_s: message.ice_ttl_s }; // for rooms to come
      this.#renewIce(message);
    }
    if (message.t.startsWith("mm.") && message.id === undefined) this.#tickets.tell(/** @type {TicketNews} */ (message));
    const answered = message.id !== undefined && this.#requests.settle(message.id, message);
    const told = !answered || message.t === "ice" || message.t === "undelivered";
    if (told) this.emit(message.t, /** @type {any} */ (message));
  }

  /** Count a message; false when it came before, or is to come again. @param {number} seq */
  #count(seq) {
    const place = this.#session.count(seq);
    if (place === "gap") this.#connection.abandon("messages are missing"); // resuming brings them
    if (place !== "next") return false;
    const acknowledge = () => this.#connection.write({ t: "ack" });
    if (this.#session.unacknowledged >= ACK_EVERY) acknowledge();
    else if (!this.#timers.has("ack")) this.#timers.set("ack", ACK_AFTER, acknowledge);
    return true;
  }

  /** @param {p.Welcome} welcome */
  #greet(welcome) {
    const again = this.#welcome !== null;
    this.#welcome = welcome;
    this.#connection.greeted(welcome);
    if (welcome.resumed) {
      this.#session.resume(welcome);
      this.#connection.write({ t: "ack" }); // the server learns that the welcome has come
    } else {
      this.#session.start(welcome, this.#world.now());
      if (again) this.#beginAnew();
    }
    this.#connection.beat();
    this.#flush();
    this.#renewIce(welcome);
    for (const { done } of this.#waiters.splice(0)) done(welcome);
    this.emit("welcome", welcome);
    this.emit("up", { resumed: welcome.resumed, welcome });
  }

  /** The earlier session is gone, and with it what was under way: rooms are joined again. */
  #beginAnew() {
    const unsaid = this.#session.forgetAll();
    const kept = new Set(unsaid.map(({ message }) => message.id));
    const joining = this.#requests.loseSession(kept, (room) => this.#memberships.has(room));
    this.#tickets.loseSession();
    this.#memberships.joinAgain(joining);
    this.#session.putBack(unsaid); // it is said in the rooms, so behind their joins
  }

  async #refresh() {
    if (typeof this.#options.token !== "function") return;
    try {
      await this.auth(await this.#options.token());
    } catch {
      // The server closes with 4401 when the old one expires.
    }
  }

  /**
   * The server renews at half of the credentials' life; if it does not, it is asked.
   *
   * @param {p.Welcome | p.Ice} told
   */
  #renewIce(told) {
    const { ice, ice_ttl_s } = told;
    if (!ice.some((server) => server.credential) || ice_ttl_s <= 0) return;
    this.#timers.set("ice", Math.max(30, ice_ttl_s * 0.55) * 1000, () => {
      this.ice().catch(() => {});
      this.#renewIce(told);
    });
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    this.#memberships.end();
    this.#session.clear();
    const error = new SignalingError(code, `close_${code}`, reason || `closed with ${code}`);
    this.#requests.end(error);
    this.#tickets.end();
    this.#failWaiters(error);
    this.emit("down", { code, reason });
  }

  /** @param {SignalingError} error */
  #failWaiters(error) {
    for (const { failed } of this.#waiters.splice(0)) failed(error);
  }
}
