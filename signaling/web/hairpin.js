// @ts-check
/**
 * Hairpin's signaling for browsers: a connection that comes back by itself, rooms, and calls in them.
 *
 * `join` is all that a page needs for calls; `Client` speaks the protocol `hairpin.v1` and nothing else.
 * There are no dependencies. What comes from the browser (sockets, timers, peer connections) can be
 * replaced through the option `world`, so that all of this runs in a test without any.
 *
 * @module
 */

/** @import * as p from "./protocol.js" */

const SUBPROTOCOL = "hairpin.v1";
const PAUSES = [0, 300, 1000, 2000, 4000, 7000];
const RESTARTS = [0, 2000, 4000, 8000, 15000];
const STEADY = 5000; // a connection that lasted so long begins with a pause of 0 again
const PATIENCE = 10000; // for a welcome
const PROBE = 3000; // for an answer when the network may have changed
const OUTBOX = 256;
const OUTBOX_BYTES = 256 * 1024;
const ACK_EVERY = 16;
const ACK_AFTER = 5000;
const SHARE = 0.8; // of the rate that the server allows, since its clock is not ours
const BATCH = 30;
const MAX_CANDIDATES = 64;
const GRACE = 30000; // for a call without a path whose other side is lost
const NO_ANSWER = 3000; // a close code of ours that does not end the session
const ENDED = 64;
const HELLO_TIMEOUT = 4408;
const REPLACED = 4409;
const HELLO_UNDER_WAY = 60000; // so long a hello that was left behind may still arrive
const LABEL = "hairpin";

/** Whether a client should come back after a close with this code. @param {number} code */
export function comesBack(code) {
  return ![1000, 1002, 1007, 1009].includes(code) && !(code >= 4000 && code < 4500);
}

/** What the server refused, or what became of a request otherwise. */
export class SignalingError extends Error {
  /**
   * @param {number} code The number of the error, or of the close.
   * @param {string} label Its name in the protocol.
   * @param {string} message For people.
   * @param {number} [retryMs] The same may succeed after so many milliseconds.
   */
  constructor(code, label, message, retryMs) {
    super(message);
    this.name = "SignalingError";
    this.code = code;
    this.label = label;
    this.retryMs = retryMs;
  }
}

/**
 * What the module takes from its surroundings.
 *
 * @typedef {object} World
 * @property {new (url: string, protocols: string) => WebSocket} WebSocket
 * @property {new (configuration?: RTCConfiguration) => RTCPeerConnection} RTCPeerConnection
 * @property {(callback: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => number} now Milliseconds from any point in time.
 * @property {() => number} random
 * @property {(heard: () => void) => (() => void)} awake Tells when it is worth a try at once: the network
 *   is there again, or the page is seen again. Returns what ends it.
 */

/** @returns {World} */
function browser() {
  const here = /** @type {any} */ (globalThis);
  return {
    WebSocket: here.WebSocket,
    RTCPeerConnection: here.RTCPeerConnection,
    setTimeout: (callback, ms) => setTimeout(callback, ms),
    clearTimeout: (timer) => clearTimeout(timer),
    now: () => performance.now(),
    random: () => Math.random(),
    awake: (heard) => {
      if (!here.addEventListener) return () => {};
      const seen = () => here.document?.visibilityState === "visible" && heard();
      here.addEventListener("online", heard);
      here.document?.addEventListener("visibilitychange", seen);
      return () => {
        here.removeEventListener("online", heard);
        here.document?.removeEventListener("visibilitychange", seen);
      };
    },
  };
}

/** Tells listeners what happens. @template {object} Events */
class Emitter {
  /** @type {Map<keyof Events, Set<(event: any) => void>>} */
  #listeners = new Map();

  /**
   * Listen; the function that comes back ends it.
   *
   * @template {keyof Events} T
   * @param {T} type
   * @param {(event: Events[T]) => void} listener
   * @returns {() => void}
   */
  on(type, listener) {
    const all = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, all.add(listener));
    return () => void all.delete(listener);
  }

  /**
   * Tell everybody who listens; one who fails disturbs nobody else.
   *
   * @template {keyof Events} T
   * @param {T} type
   * @param {Events[T]} event
   */
  emit(type, event) {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

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
/**
 * What a ticket says of its player, as `mm.enqueue` has it. With `again` it is queued again where the server
 * has forgotten the session; otherwise it is over then (`ended`, reason `lost`).
 *
 * @typedef {Omit<Bare<p.EnterQueue>, "t" | "queue"> & {again?: boolean}} QueueOptions
 */
/** @typedef {{message: p.ClientMessage, size: number, seq: number, sent: boolean}} Entry */
/** @typedef {{done: (answer: any) => void, failed: (error: SignalingError) => void, room?: string, ping?: boolean}} Pending */
/** @template M @typedef {M extends unknown ? Omit<M, "id" | "seq" | "ack"> : never} Bare */

/**
 * One steady connection to a server, over as many sockets as it takes.
 *
 * @extends {Emitter<ClientEvents>}
 */
export class Client extends Emitter {
  #url;
  #options;
  #world;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {"new" | "connecting" | "up" | "waiting" | "closed"} */
  #state = "new";
  /** @type {p.Welcome | null} */
  #welcome = null;
  /** @type {string | undefined} */
  #resume;
  /** @type {Map<string, any>} */
  #timers = new Map();
  /** @type {Entry[]} */
  #outbox = [];
  #waitingBytes = 0;
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  /** @type {Map<string, JoinOptions>} */
  #rooms = new Map();
  /** @type {Map<string, Ticket>} by queue */
  #tickets = new Map();
  #ids = 0;
  #said = 0; // the number of our last message
  #heard = 0; // the number of the server's last message
  #told = 0; // how far we have acknowledged
  #tokens = 0;
  #tokensAt = 0;
  #tries = 0;
  /** @type {number | null} */
  #upAt = null;
  #lastFrame = 0;
  /** @type {string | undefined} */
  #elsewhere;
  /** @type {number | null} */
  #pauseMs = null;
  #greeting = false; // hello is said, and no welcome is here
  /** @type {number | null} */
  #helloLeftAt = null;
  #verdict = "";
  #retryMs = 0;
  /** @type {Array<{done: (welcome: p.Welcome) => void, failed: (error: SignalingError) => void}>} */
  #waiters = [];
  #asleep = () => {};

  /**
   * @param {string} url Where the server is, `wss://host/v1/ws`.
   * @param {ClientOptions} [options]
   */
  constructor(url, options = {}) {
    super();
    this.#url = url;
    this.#options = options;
    this.#world = { ...browser(), ...options.world };
  }

  /** What the server said first on the connection of now, or of before. */
  get welcome() {
    return this.#welcome;
  }

  /** Whether the server is reached at the moment. */
  get isUp() {
    return this.#state === "up";
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
    if (this.#state === "up" && this.#welcome) return Promise.resolve(this.#welcome);
    const welcomed = new Promise((done, failed) => this.#waiters.push({ done, failed }));
    if (this.#state === "new") {
      this.#asleep = this.#world.awake(() => this.#wake());
      void this.#open();
    } else if (this.#state === "closed") {
      this.#failWaiters(new SignalingError(1000, "normal", "the client is closed"));
    }
    return /** @type {Promise<p.Welcome>} */ (welcomed);
  }

  /**
   * Become a member of a room, and of the same again whenever a session had to begin anew.
   *
   * @param {string} room
   * @param {JoinOptions} [options]
   * @returns {Promise<p.Joined>}
   */
  async join(room, options = {}) {
    const before = this.#rooms.get(room);
    this.#rooms.set(room, options);
    try {
      return await this.#ask({ t: "join", room, ...options }, room);
    } catch (error) {
      if (before) this.#rooms.set(room, before);
      else this.#rooms.delete(room);
      throw error;
    }
  }

  /** Be a member no longer. @param {string} room @returns {Promise<p.Ok>} */
  leave(room) {
    this.#rooms.delete(room);
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
  async enqueue(queue, options = {}) {
    if (this.#tickets.has(queue)) throw new SignalingError(409, "conflict", `there is a ticket in ${queue} already`);
    const ticket = new Ticket(this, (message) => this.#ask(message), queue, options);
    this.#tickets.set(queue, ticket);
    try {
      const queued = await this.#getTicket(ticket);
      if (!ticket.id) ticket.id = queued.ticket;
    } catch (error) {
      this.#dropTicket(ticket);
      throw error;
    }
    return ticket;
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
    const id = ++this.#ids;
    const answer = new Promise((done, failed) => this.#pending.set(id, { done, failed, ping: true }));
    if (!this.#write({ t: "ping", id })) this.#answer(id, this.#lost("the server is not reached"));
    await answer;
    return this.#world.now() - began;
  }

  /** End the session: every room is left. */
  close() {
    if (this.#state === "up") this.#write({ t: "bye" });
    const socket = this.#drop();
    this.#end(1000, "closed");
    socket?.close(1000, "bye");
  }

  /** A ticket is over by its owner's will. @param {Ticket} ticket @param {p.Outcome} reason */
  forget(ticket, reason) {
    ticket.lose(reason);
    this.#dropTicket(ticket);
  }

  // --- what is said -----------------------------------------------------------------------------

  /**
   * @param {Bare<p.ClientMessage>} message
   * @param {string} [room] When it joins one.
   * @returns {Promise<any>}
   */
  #ask(message, room) {
    const id = (this.#ids = (this.#ids + 1) % 2 ** 32);
    return new Promise((done, failed) => {
      this.#pending.set(id, { done, failed, room });
      try {
        this.#post({ ...message, id });
      } catch (error) {
        this.#answer(id, /** @type {SignalingError} */ (error));
      }
    });
  }

  /** @param {Omit<p.ClientMessage, "seq" | "ack">} bare */
  #post(bare) {
    if (this.#state === "closed") throw this.#lost("the client is closed");
    const message = /** @type {p.ClientMessage} */ (bare);
    const size = sizeOf(message) + 64; // its numbers
    const most = this.#welcome?.limits.msg ?? 64 * 1024;
    if (size > most) throw new SignalingError(413, "too_big", `${size} bytes, the server takes ${most}`);
    if (this.#outbox.length >= OUTBOX || this.#waitingBytes + size > OUTBOX_BYTES) {
      throw new SignalingError(503, "unavailable", "too much waits to be sent");
    }
    this.#waitingBytes += size;
    this.#outbox.push({ message, size, seq: 0, sent: false });
    this.#flush();
  }

  /** Send what waits, no faster than the server takes it; keep it until it is acknowledged. */
  #flush() {
    if (this.#state !== "up" || !this.#welcome) return;
    const numbered = this.#welcome.resume !== undefined;
    for (const entry of [...this.#outbox]) {
      if (entry.sent) continue;
      const wait = this.#take();
      if (wait > 0) {
        this.#later("flush", wait, () => this.#flush());
        return;
      }
      if (numbered && !entry.seq) entry.seq = ++this.#said;
      entry.sent = true;
      this.#write(numbered ? { ...entry.message, seq: entry.seq } : entry.message);
      if (!numbered) this.#forget((each) => each === entry);
    }
  }

  /** @param {(entry: Entry) => boolean} which */
  #forget(which) {
    this.#outbox = this.#outbox.filter((entry) => !which(entry));
    this.#waitingBytes = this.#outbox.reduce((sum, entry) => sum + entry.size, 0);
  }

  /** Take a message's share of the rate; the wait for it otherwise. */
  #take() {
    const { rate, burst } = /** @type {p.Welcome} */ (this.#welcome).limits;
    const now = this.#world.now();
    const gained = ((now - this.#tokensAt) / 1000) * rate * SHARE;
    this.#tokens = Math.min(Math.max(1, burst * SHARE), this.#tokens + gained);
    this.#tokensAt = now;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / (rate * SHARE)) * 1000);
    this.#tokens -= 1;
    return 0;
  }

  /** @param {p.ClientMessage} message */
  #write(message) {
    if (!this.#socket || this.#socket.readyState !== 1) return false;
    if (this.#heard > this.#told) {
      message = { ...message, ack: this.#heard };
      this.#told = this.#heard;
      this.#cancel("ack");
    }
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  // --- what comes in ----------------------------------------------------------------------------

  /** @param {unknown} frame */
  #receive(frame) {
    this.#lastFrame = this.#world.now();
    let value;
    try {
      value = JSON.parse(String(frame));
    } catch {
      return; // a server that cannot speak is ignored, like a type that is not known
    }
    for (const message of Array.isArray(value) ? value : [value]) {
      if (message && typeof message === "object" && typeof message.t === "string") this.#hear(message);
    }
  }

  /** @param {p.ServerMessage} message */
  #hear(message) {
    if (message.t === "welcome") return this.#greet(message);
    if (message.seq !== undefined && !this.#count(message.seq)) return;
    if (message.ack !== undefined) this.#acknowledged(message.ack);
    if (message.t === "error" && message.fatal) {
      this.#retryMs = message.retry_ms ?? 0;
      this.#verdict = message.msg;
    } else if (message.t === "go_away") {
      if (message.move) this.#move(Math.min(message.after_ms, message.deadline_ms));
      else this.#pauseMs = message.after_ms;
      const safe = message.url?.startsWith("wss:") || !this.#url.startsWith("wss:");
      this.#elsewhere = safe ? message.url : undefined; // a token is not told in the clear
    }
    if (message.t === "removed") this.#rooms.delete(message.room);
    if (message.t === "expiring") void this.#refresh();
    if (message.t === "ice") {
      if (this.#welcome) this.#welcome = { ...this.#welcome, ice: message.ice, ice_ttl_s: message.ice_ttl_s }; // for rooms to come
      this.#renewIce(message);
    }
    if (message.t.startsWith("mm.") && message.id === undefined) this.#tellTicket(/** @type {TicketNews} */ (message));
    const answered = message.id !== undefined && this.#answer(message.id, message);
    if (!answered || message.t === "ice") this.emit(message.t, /** @type {any} */ (message));
  }

  /** Count a message; false when it came before. @param {number} seq */
  #count(seq) {
    if (seq <= this.#heard) return false;
    if (seq !== this.#heard + 1) {
      this.#abandon("messages are missing"); // resuming brings them
      return false;
    }
    this.#heard = seq;
    if (this.#heard - this.#told >= ACK_EVERY) this.#write({ t: "ack" });
    else if (!this.#timers.has("ack")) this.#later("ack", ACK_AFTER, () => this.#write({ t: "ack" }));
    return true;
  }

  /** @param {number} ack */
  #acknowledged(ack) {
    this.#forget((entry) => entry.seq > 0 && entry.seq <= ack);
  }

  /**
   * Settle a request; false when it is none of ours.
   *
   * @param {number} id
   * @param {p.ServerMessage | SignalingError} answer
   */
  #answer(id, answer) {
    const pending = this.#pending.get(id);
    if (!pending) return false;
    this.#pending.delete(id);
    if (answer instanceof SignalingError) pending.failed(answer);
    else if (answer.t === "error") pending.failed(refused(answer));
    else if (answer.t === "undelivered") {
      pending.failed(new SignalingError(404, answer.reason, `not delivered to ${answer.to}: ${answer.reason}`));
      this.emit("undelivered", answer);
    } else pending.done(answer);
    return true;
  }

  /** @param {p.Welcome} welcome */
  #greet(welcome) {
    const again = this.#welcome !== null;
    this.#greeting = false;
    this.#cancel("welcome");
    this.#welcome = welcome;
    this.#resume = welcome.resume;
    this.#state = "up";
    this.#upAt = this.#world.now();
    this.#elsewhere = undefined;
    this.#pauseMs = null;
    this.#verdict = "";
    if (welcome.resumed) {
      this.#acknowledged(welcome.ack ?? 0);
      for (const entry of this.#outbox) entry.sent = false;
      this.#told = this.#heard - 1;
      this.#write({ t: "ack" }); // the server learns that the welcome has come
    } else {
      this.#tokens = Math.max(1, welcome.limits.burst * SHARE);
      this.#tokensAt = this.#world.now();
      if (again) this.#beginAnew();
    }
    this.#beat();
    this.#flush();
    this.#renewIce(welcome);
    for (const { done } of this.#waiters.splice(0)) done(welcome);
    this.emit("welcome", welcome);
    this.emit("up", { resumed: welcome.resumed, welcome });
  }

  /** The earlier session is gone, and with it what was under way: rooms are joined again. */
  #beginAnew() {
    this.#said = this.#heard = this.#told = 0;
    this.#forget((entry) => entry.seq > 0 || entry.message.t === "join");
    const kept = new Set(this.#outbox.map((entry) => entry.message.id));
    /** @type {Map<string, Pending>} */
    const joining = new Map();
    for (const [id, pending] of [...this.#pending]) {
      if (kept.has(id)) continue;
      this.#pending.delete(id);
      if (pending.room !== undefined && this.#rooms.has(pending.room)) joining.set(pending.room, pending);
      else pending.failed(this.#lost("the session began anew"));
    }
    for (const ticket of [...this.#tickets.values()]) if (ticket.id) this.#loseTicket(ticket);
    const waiting = this.#outbox.splice(0); // it is said in the rooms, so behind their joins
    for (const room of this.#rooms.keys()) this.#joinAgain(room, joining.get(room), 0);
    this.#outbox.push(...waiting);
  }

  /** @param {string} room @param {Pending | undefined} pending @param {number} tries */
  #joinAgain(room, pending, tries) {
    const options = this.#rooms.get(room);
    this.#cancel(`join ${room}`);
    if (!options) return;
    this.#ask({ t: "join", room, ...options }, pending ? room : undefined).then(
      (joined) => (pending ? pending.done(joined) : this.emit("rejoined", joined)),
      (/** @type {SignalingError} */ error) => {
        if (pending) return pending.failed(error);
        if (error.label === "session_lost") return; // the next welcome sees to it
        if ((error.label === "conflict" || error.retryMs !== undefined) && tries < PAUSES.length) {
          const pause = Math.max(error.retryMs ?? 0, PAUSES[tries] ?? 0, 300);
          this.#later(`join ${room}`, pause, () => this.#joinAgain(room, undefined, tries + 1));
        } else {
          this.#rooms.delete(room);
          this.emit("unjoined", { room, error });
        }
      },
    );
  }

  // --- tickets ----------------------------------------------------------------------------------

  /** Ask for a ticket, in the next session if this one is lost. @param {Ticket} ticket @returns {Promise<p.TicketQueued>} */
  async #getTicket(ticket) {
    const { again: _, ...said } = ticket.options;
    for (;;) {
      try {
        return await this.#ask({ t: "mm.enqueue", queue: ticket.queue, ...said });
      } catch (error) {
        const lost = /** @type {SignalingError} */ (error).label === "session_lost";
        if (!lost || this.#state === "closed") throw error;
      }
    }
  }

  /** The session is gone, and its tickets with it. @param {Ticket} ticket */
  #loseTicket(ticket) {
    if (ticket.started || !ticket.options.again) {
      ticket.lose();
      return this.#dropTicket(ticket);
    }
    ticket.id = "";
    this.#queueAgain(ticket, 0);
  }

  /** @param {Ticket} ticket @param {number} tries */
  #queueAgain(ticket, tries) {
    this.#getTicket(ticket).then(
      (queued) => ticket.hear(queued),
      (/** @type {SignalingError} */ error) => {
        if (error.retryMs !== undefined && tries < PAUSES.length && this.#state !== "closed") {
          this.#later(`queue ${ticket.queue}`, error.retryMs, () => this.#queueAgain(ticket, tries + 1));
        } else {
          ticket.lose();
          this.#dropTicket(ticket);
        }
      },
    );
  }

  /** @param {TicketNews} news */
  #tellTicket(news) {
    for (const ticket of [...this.#tickets.values()]) {
      if ("queue" in news ? ticket.queue !== news.queue : ticket.found?.match !== news.match) continue;
      ticket.hear(news);
      if (ticket.over) this.#dropTicket(ticket);
    }
  }

  /** @param {Ticket} ticket */
  #dropTicket(ticket) {
    if (this.#tickets.get(ticket.queue) === ticket) this.#tickets.delete(ticket.queue);
  }

  // --- the connection ---------------------------------------------------------------------------

  async #open() {
    this.#state = "connecting";
    let token;
    try {
      token = await this.#token();
    } catch (error) {
      return this.#fell(null, 4401, `no token: ${error}`, true);
    }
    if (this.#state !== "connecting") return;
    const where = (this.#tries % 2 === 1 && this.#elsewhere) || this.#url;
    let socket;
    try {
      socket = new this.#world.WebSocket(where, SUBPROTOCOL);
    } catch (error) {
      return this.#end(1006, String(error)); // it is no address
    }
    this.#socket = socket;
    this.#later("welcome", PATIENCE, () => this.#abandon("no welcome came"));
    socket.onopen = () => socket === this.#socket && this.#sayHello(token);
    socket.onmessage = (event) => socket === this.#socket && this.#receive(event.data);
    socket.onclose = ({ code, reason }) => {
      const slow = code === HELLO_TIMEOUT; // hello was said: it was the way that was slow
      const ours = code === REPLACED && this.#mayBeReplacedByItself();
      this.#fell(socket, code, reason, slow || ours || comesBack(code));
    };
  }

  /** @param {string | undefined} token */
  #sayHello(token) {
    const { peer, meta, region } = this.#options;
    /** @type {p.Hello} */
    const hello = { t: "hello", id: ++this.#ids, caps: ["resume"], client: { name: "hairpin.js", ver: "1" } };
    if (peer !== undefined) hello.peer = peer;
    if (meta !== undefined) hello.meta = meta;
    if (region !== undefined) hello.region = region;
    if (token !== undefined) hello.token = token;
    if (this.#resume !== undefined) hello.resume = { token: this.#resume, seq: this.#heard };
    this.#told = this.#heard; // the hello says it
    this.#greeting = this.#write(hello);
  }

  /** A hello that was left behind can take the place of the connection that was made after it. */
  #mayBeReplacedByItself() {
    return this.#helloLeftAt !== null && this.#world.now() - this.#helloLeftAt < HELLO_UNDER_WAY;
  }

  /** Another node takes the session over while this one still runs. @param {number} ms */
  #move(ms) {
    this.#later("move", ms, () => this.#abandon("the server is going away"));
  }

  async #token() {
    const { token } = this.#options;
    return typeof token === "function" ? await token() : token;
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
   * A socket is closed, or none came about.
   *
   * @param {WebSocket | null} socket
   * @param {number} code
   * @param {string} reason
   * @param {boolean} again Whether to come back.
   */
  #fell(socket, code, reason, again) {
    if (socket !== this.#socket || this.#state === "closed") return;
    this.#drop();
    reason = this.#verdict || reason;
    this.#verdict = "";
    for (const [id, { ping, room }] of [...this.#pending]) {
      const kept = this.#resume !== undefined || room !== undefined;
      if (ping || !(kept || this.#outbox.some((entry) => entry.message.id === id))) {
        this.#answer(id, this.#lost(reason || "the connection is lost"));
      }
    }
    if (!again) return this.#end(code, reason);
    if (this.#upAt !== null && this.#world.now() - this.#upAt > STEADY) this.#tries = 0;
    this.#upAt = null;
    const pause = (PAUSES[Math.min(this.#tries, PAUSES.length - 1)] ?? 0) * this.#world.random();
    const retryMs = Math.max(this.#pauseMs ?? pause, this.#retryMs);
    this.#pauseMs = null;
    this.#retryMs = 0;
    this.#tries += 1;
    this.#state = "waiting";
    this.#later("retry", retryMs, () => void this.#open());
    this.emit("down", { code, reason, retryMs });
  }

  /** Nothing comes any more, so the socket is not waited for. @param {string} why */
  #abandon(why) {
    const socket = this.#socket;
    if (!socket) return;
    this.#fell(socket, 1006, why, true);
    socket.close(NO_ANSWER, why);
  }

  /** Let go of the socket and all timers. */
  #drop() {
    const socket = this.#socket;
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
    this.#socket = null;
    if (this.#greeting) this.#helloLeftAt = this.#world.now();
    this.#greeting = false;
    for (const name of [...this.#timers.keys()]) if (!/^(join|queue) /.test(name)) this.#cancel(name);
    return socket;
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#rooms.clear();
    for (const name of [...this.#timers.keys()]) this.#cancel(name);
    this.#asleep();
    this.#forget(() => true);
    const error = new SignalingError(code, `close_${code}`, reason || `closed with ${code}`);
    for (const id of [...this.#pending.keys()]) this.#answer(id, error);
    for (const ticket of [...this.#tickets.values()]) ticket.lose();
    this.#tickets.clear();
    this.#failWaiters(error);
    this.emit("down", { code, reason });
  }

  /** @param {SignalingError} error */
  #failWaiters(error) {
    for (const { failed } of this.#waiters.splice(0)) failed(error);
  }

  /** It is worth a try now. */
  #wake() {
    if (this.#state === "waiting") {
      this.#cancel("retry");
      void this.#open();
    } else if (this.#state === "up") this.#probe();
  }

  #probe() {
    const asked = this.#world.now();
    this.#write({ t: "ping" });
    this.#later("probe", PROBE, () => {
      if (this.#lastFrame < asked) this.#abandon("the server does not answer");
    });
  }

  /** A page does not see the server's pings, so it asks when it has heard nothing for as long. */
  #beat() {
    const period = Math.max(1000, this.#welcome?.ping_ms ?? 20000);
    this.#later("beat", period, () => {
      if (this.#world.now() - this.#lastFrame >= period) this.#probe();
      this.#beat();
    });
  }

  /**
   * The server renews at half of the credentials' life; if it does not, it is asked.
   *
   * @param {p.Welcome | p.Ice} told
   */
  #renewIce(told) {
    const { ice, ice_ttl_s } = told;
    if (!ice.some((server) => server.credential) || ice_ttl_s <= 0) return;
    this.#later("ice", Math.max(30, ice_ttl_s * 0.55) * 1000, () => {
      this.ice().catch(() => {});
      this.#renewIce(told);
    });
  }

  /** @param {string} what */
  #lost(what) {
    return new SignalingError(1006, "session_lost", what);
  }

  /** @param {string} name @param {number} ms @param {() => void} callback */
  #later(name, ms, callback) {
    this.#cancel(name);
    const act = () => {
      this.#timers.delete(name);
      callback();
    };
    this.#timers.set(name, this.#world.setTimeout(act, ms));
  }

  /** @param {string} name */
  #cancel(name) {
    this.#world.clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

// --- queues and matches -------------------------------------------------------------------------------

/** @typedef {p.TicketQueued | p.TicketUpdate | p.MatchFound | p.MatchAccepted | p.MatchStart | p.TicketRequeued | p.MatchEnded} TicketNews */

/**
 * @typedef {{queued: p.TicketQueued, update: p.TicketUpdate, found: p.MatchFound, accepted: p.MatchAccepted,
 *   start: p.MatchStart, requeued: p.TicketRequeued, ended: p.MatchEnded}} TicketEvents
 */

/**
 * A ticket in a queue, and the match that becomes of it; `Client.enqueue` makes one.
 *
 * @extends {Emitter<TicketEvents>}
 */
export class Ticket extends Emitter {
  #client;
  #ask;
  #accepts = false;
  /** @type {Array<{done: (start: p.MatchStart) => void, failed: (error: SignalingError) => void}>} */
  #waiters = [];

  /**
   * @param {Client} client
   * @param {(message: any) => Promise<any>} ask
   * @param {string} queue
   * @param {QueueOptions} options
   */
  constructor(client, ask, queue, options) {
    super();
    this.#client = client;
    this.#ask = ask;
    /** The queue it waits in. */
    this.queue = queue;
    /** What it was asked for with. */
    this.options = options;
    /** Its id; empty while it is asked for. */
    this.id = "";
    /** The match that was found for it, until it begins or comes to nothing. @type {p.MatchFound | null} */
    this.found = null;
    /** The match that it plays, as told last. @type {p.MatchStart | null} */
    this.started = null;
    /** How it ended. @type {p.MatchEnded | null} */
    this.over = null;
  }

  /**
   * Wait until a match begins; it fails when the ticket is over without one.
   *
   * @param {{accept?: boolean}} [options] Whether to say yes to whatever is found, which is so unless it is false.
   * @returns {Promise<p.MatchStart>}
   */
  match({ accept = true } = {}) {
    if (this.started) return Promise.resolve(this.started);
    if (this.over) return Promise.reject(this.#why(this.over));
    this.#accepts ||= accept;
    if (accept && this.found?.asks) this.accept().catch(() => {});
    return new Promise((done, failed) => this.#waiters.push({ done, failed }));
  }

  /** Say yes to the match that was found. @returns {Promise<p.Ok>} */
  accept() {
    return this.#ask({ t: "mm.accept", match: this.#matchId() });
  }

  /** Say no to the match that was found, and wait no longer. @returns {Promise<p.Ok>} */
  decline() {
    return this.#ask({ t: "mm.decline", match: this.#matchId() });
  }

  /** Wait no longer. @returns {Promise<p.Ok>} */
  cancel() {
    return this.#ask({ t: "mm.cancel", ticket: this.id });
  }

  /** Enter the room of the match, with a call to each other player. @param {RoomOptions} [options] @returns {Promise<Room>} */
  enter(options = {}) {
    const { started } = this;
    if (!started) throw new SignalingError(404, "not_found", "no match has begun");
    const key = started.token === undefined ? {} : { key: started.token };
    return join("", started.room, { ...options, ...key, client: this.#client });
  }

  /** Let others in, so many into each team; for the host. @param {number[]} seats @returns {Promise<p.Ok>} */
  open(seats) {
    return this.#ask({ t: "mm.open", match: this.#matchId(), seats });
  }

  /** End the match with a result; for the host. @param {unknown} result @returns {Promise<p.Ok>} */
  result(result) {
    return this.#ask({ t: "mm.result", match: this.#matchId(), result });
  }

  /** Play the match no longer. @param {string} [reason] @returns {Promise<p.Ok>} */
  async quit(reason = "") {
    const done = await this.#ask({ t: "mm.quit", match: this.#matchId(), reason });
    this.#client.forget(this, "cancelled");
    return done;
  }

  /** Take what the server tells of it. @param {TicketNews} news */
  hear(news) {
    if (this.over) return;
    if (news.t === "mm.queued") this.id = news.ticket;
    if (news.t === "mm.found") this.found = news;
    else if (news.t !== "mm.update" && news.t !== "mm.accepted") this.found = null;
    if (news.t === "mm.start") this.started = news;
    if (news.t === "mm.ended") this.over = news;
    this.emit(/** @type {any} */ (news.t.slice(3)), /** @type {any} */ (news));
    if (news.t === "mm.found" && news.asks && this.#accepts) this.accept().catch(() => {}); // too late: what follows is told
    if (news.t === "mm.start") for (const { done } of this.#waiters.splice(0)) done(news);
    if (news.t === "mm.ended") for (const { failed } of this.#waiters.splice(0)) failed(this.#why(news));
  }

  /** It is gone, with its session or by one's own will. @param {p.Outcome} [reason] */
  lose(reason = "lost") {
    /** @type {p.MatchEnded} */
    const ended = { t: "mm.ended", ticket: this.id, queue: this.queue, reason };
    if (this.started) ended.match = this.started.match;
    this.hear(ended);
  }

  #matchId() {
    return (this.started ?? this.found)?.match ?? "none";
  }

  /** @param {p.MatchEnded} ended */
  #why({ reason }) {
    return new SignalingError(499, reason, `the ticket is over: ${reason}`);
  }
}

/** @param {unknown} message */
function sizeOf(message) {
  return new TextEncoder().encode(JSON.stringify(message)).length;
}

/** @param {p.ErrorMessage} error */
function refused(error) {
  return new SignalingError(error.code, error.name, error.msg, error.retry_ms);
}

/** @param {World} world */
function draw(world) {
  return Math.floor(world.random() * 2 ** 48).toString(16);
}

// --- rooms and calls --------------------------------------------------------------------------------

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

/**
 * Enter a room: there is a call with each other member, and with each that comes.
 *
 * @param {string} url Where the server is, `wss://host/v1/ws`.
 * @param {string} name The room.
 * @param {RoomOptions} [options]
 * @returns {Promise<Room>}
 */
export async function join(url, name, options = {}) {
  const instance = draw({ ...browser(), ...options.world });
  const meta = { ...options.meta, hairpin: { instance } };
  const client = options.client ?? new Client(url, { ...options, meta });
  const room = new Room(client, name, { ...options, meta });
  try {
    await client.connect();
    await room.enter();
  } catch (error) {
    if (!options.client) client.close();
    throw error;
  }
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

  /** Become a member; `join` does it. */
  async enter() {
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
    here("up", (event) => this.emit("up", event));
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

/** @typedef {{channel: RTCDataChannel, over: {reason: string}, problem: Error}} CallEvents */

/**
 * A call with one other member: a peer connection whose negotiation nobody has to think of.
 *
 * Add tracks and channels to `pc` at any time, take what comes from its events. Offers that cross are
 * resolved as W3C's perfect negotiation has it; a path that is lost is restarted.
 *
 * @extends {Emitter<CallEvents>}
 */
export class Call extends Emitter {
  #room;
  #world;
  /** @type {string | undefined} */
  #attempt;
  #chain = Promise.resolve();
  #offers = 0;
  /** @type {{type: string, sdp: string, number: string} | null} */
  #offer = null;
  /** @type {{type: string, sdp: string, number?: string} | null} */
  #answer = null;
  #ignoring = false;
  /** @type {RTCIceCandidateInit[]} */
  #candidates = [];
  #told = 0;
  #gathered = false;
  #missed = false;
  #absent = false;
  #restarts = 0;
  /** @type {Map<string, any>} */
  #timers = new Map();
  #over = false;
  #reported = false;
  /** @type {(() => void) | null} says that the call connected, if that is not said yet */
  #unsaid = null;
  #began;

  /**
   * @param {Room} room
   * @param {string} peer
   * @param {Record<string, unknown>} meta
   * @param {boolean} polite
   * @param {boolean} newcomer
   * @param {string} key
   */
  constructor(room, peer, meta, polite, newcomer, key) {
    super();
    this.#room = room;
    this.#world = room.client.world;
    this.#began = this.#world.now();
    /** The other member's name. */
    this.peer = peer;
    /** What it tells of itself. */
    this.meta = meta;
    /** Whether this side takes its offer back when two cross. */
    this.polite = polite;
    /** By what the other member is known again. */
    this.key = key;
    /** The data channel that every call has, once it is open. @type {RTCDataChannel | null} */
    this.channel = null;
    // Whoever came later draws the id of the attempt, and offers; the other one learns it from that.
    this.#attempt = newcomer ? undefined : draw(this.#world);
    /** The peer connection. */
    this.pc = new this.#world.RTCPeerConnection(room.rtc);
    this.pc.addEventListener("negotiationneeded", () => this.#do(() => this.#describe()));
    this.pc.addEventListener("icecandidate", (event) => this.#candidate(event.candidate));
    this.pc.addEventListener("connectionstatechange", () => this.#changed());
    this.pc.addEventListener("datachannel", ({ channel }) => this.#adopt(channel));
  }

  /**
   * Listen; whoever asks for channels is told of the one that is open, too.
   *
   * @template {keyof CallEvents} T
   * @param {T} type
   * @param {(event: CallEvents[T]) => void} listener
   */
  on(type, listener) {
    const off = super.on(type, listener);
    if (type === "channel" && this.channel) listener(/** @type {any} */ (this.channel));
    return off;
  }

  /** Hang up. @param {string} [reason] */
  close(reason = "closed") {
    if (this.#over) return;
    if (this.#attempt !== undefined) this.#say("bye", { reason });
    this.finish(reason);
  }

  // --- what the room tells ---

  /** Open the data channel that every call has. */
  open() {
    this.#adopt(this.pc.createDataChannel(LABEL));
  }

  /**
   * Begin although there may be nothing to send: the other side waits for the newcomer's offer with what it
   * has. A page that adds something in the moment that it hears of the call offers that instead.
   */
  offerNothing() {
    this.#plan("offer nothing", BATCH, () => {
      if (this.#offers || this.pc.signalingState !== "stable" || this.pc.getTransceivers().length) return;
      for (const kind of ["audio", "video"]) this.pc.addTransceiver(kind, { direction: "recvonly" });
    });
  }

  /** The id of the attempt to connect, once it is known. */
  get attempt() {
    return this.#attempt;
  }

  /** @param {string | undefined} attempt */
  isOtherAttempt(attempt) {
    return attempt !== undefined && this.#attempt !== undefined && attempt !== this.#attempt;
  }

  /** Use the servers of now from the next restart on. */
  renew() {
    if (!this.#over) this.pc.setConfiguration(this.#room.rtc);
  }

  /** A signal did not arrive. @param {string | undefined} attempt */
  missed(attempt) {
    if (attempt === this.#attempt) this.#missed = true;
  }

  /** The other side is lost; it may come back. */
  absent() {
    this.#absent = true;
    if (this.pc.connectionState !== "connected") this.#plan("give up", GRACE, () => this.finish("lost"));
  }

  /** The other side can be reached again. @param {boolean} anew Whether what was under way may be lost. */
  reachable(anew) {
    this.#absent = false;
    this.#cancel("give up");
    if (anew || this.#missed) this.#do(async () => this.#sayAgain());
    this.#missed = false;
    if (this.pc.connectionState === "failed") this.#plan("restart", 0, () => this.#restart());
  }

  /** @param {p.Forwarded} signal */
  receive(signal) {
    if (this.#over) return;
    if (this.#attempt === undefined && signal.kind === "offer") this.#attempt = signal.pc;
    if (signal.pc !== this.#attempt) {
      if (signal.kind !== "offer") return; // late, from an attempt that is over
      const message = "there is an offer of another attempt already";
      return this.#complain("offer", message, signal.data, signal.pc);
    }
    if (signal.kind === "bye") return this.finish(text(signal.data, "reason") ?? "closed there");
    const data = /** @type {any} */ (signal.data);
    this.#do(async () => {
      try {
        if (signal.kind === "offer") await this.#takeOffer(data);
        else if (signal.kind === "answer") await this.#takeAnswer(data);
        else if (signal.kind === "candidates") await this.#takeCandidates(data);
        else if (data?.error) await this.#takeComplaint(data.error);
      } catch (error) {
        this.#complain(signal.kind, String(error), data, signal.pc);
        throw error;
      }
    });
  }

  /** The call is over; nothing is said of it. @param {string} reason */
  finish(reason) {
    if (this.#over) return;
    this.#over = true;
    for (const name of [...this.#timers.keys()]) this.#cancel(name);
    this.pc.close();
    this.#tell("ended");
    this.emit("over", { reason });
    this.#room.forget(this, reason);
  }

  // --- negotiation (W3C webrtc-pc §10.7), one thing after the other ---

  /** @param {() => Promise<unknown>} act */
  #do(act) {
    this.#chain = this.#chain.then(async () => {
      if (this.#over) return;
      try {
        await act();
      } catch (error) {
        if (!this.#over) this.emit("problem", error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  async #describe() {
    // Before the newcomer's offer nothing is offered; in mid-negotiation the browser asks again after it.
    if (this.#attempt === undefined || this.pc.signalingState !== "stable") return;
    await this.pc.setLocalDescription();
    if (this.#over || this.pc.localDescription?.type !== "offer") return;
    this.#offers += 1;
    this.#offer = { type: "offer", sdp: this.#local(), number: String(this.#offers) };
    this.#say("offer", this.#offer);
  }

  /** @param {{type?: string, sdp?: string, number?: string}} came */
  async #takeOffer(came) {
    const { pc } = this;
    if (came?.type === "rollback") {
      if (pc.signalingState === "have-remote-offer") await pc.setRemoteDescription({ type: "rollback" });
      return;
    }
    if (typeof came?.sdp !== "string") throw new Error("a description needs its sdp");
    if (came.number !== undefined && came.number === this.#answer?.number) return this.#sayAnswerAgain();
    this.#ignoring = pc.signalingState !== "stable" && !this.polite;
    if (this.#ignoring) return;
    await pc.setRemoteDescription({ type: "offer", sdp: came.sdp }); // takes ours back if there is one
    await pc.setLocalDescription();
    this.#answer = { type: "answer", sdp: this.#local() };
    if (came.number !== undefined) this.#answer.number = came.number;
    this.#say("answer", this.#answer);
  }

  /** @param {{sdp?: string, number?: string}} came */
  async #takeAnswer(came) {
    if (this.pc.signalingState !== "have-local-offer") return; // late
    if (came?.number !== undefined && came.number !== this.#offer?.number) return;
    if (typeof came?.sdp !== "string") throw new Error("a description needs its sdp");
    try {
      await this.pc.setRemoteDescription({ type: "answer", sdp: came.sdp });
      this.#ignoring = false;
    } catch (error) {
      await this.pc.setLocalDescription({ type: "rollback" });
      throw error;
    }
  }

  /** @param {RTCIceCandidateInit[] | null} came */
  async #takeCandidates(came) {
    const list = came ?? [];
    if (!Array.isArray(list) || list.length > MAX_CANDIDATES) {
      throw new Error(`at most ${MAX_CANDIDATES} candidates are taken, in an array`);
    }
    try {
      if (!list.length) await this.pc.addIceCandidate();
      for (const candidate of list) await this.pc.addIceCandidate(candidate);
    } catch (error) {
      // Those of an offer that was ignored, or of before a restart, belong to nothing.
      if (!this.#ignoring && this.pc.remoteDescription) this.emit("problem", /** @type {Error} */ (error));
    }
  }

  /** @param {{name?: string, message?: string, number?: string}} complaint */
  async #takeComplaint(complaint) {
    const about = complaint.number === undefined || complaint.number === this.#offer?.number;
    if (complaint.name === "bad_offer" && about && this.pc.signalingState === "have-local-offer") {
      await this.pc.setLocalDescription({ type: "rollback" });
    }
    this.emit("problem", new Error(`the other side refused our signal: ${complaint.message}`));
  }

  /** @param {p.SignalKind} kind @param {string} message @param {unknown} data @param {string} [attempt] */
  #complain(kind, message, data, attempt) {
    if (kind === "custom") return;
    const number = text(data, "number");
    const error = { name: `bad_${kind}`, message: message.slice(0, 200), ...(number && { number }) };
    this.#say("custom", { error }, attempt);
  }

  /** The local description, without candidates: they are trickled. */
  #local() {
    const lines = this.pc.localDescription?.sdp.split("\r\n") ?? [];
    return lines.filter((line) => !/^a=(candidate:|end-of-candidates)/.test(line)).join("\r\n");
  }

  // --- candidates ---

  /** @param {RTCIceCandidate | null} candidate */
  #candidate(candidate) {
    if (candidate && !candidate.candidate) return; // the end of one generation; `null` is that of all
    if (candidate && candidate.usernameFragment !== this.#candidates[0]?.usernameFragment) {
      this.#candidates = [];
      this.#told = 0;
      this.#gathered = false;
    }
    if (candidate) this.#candidates.push(candidate.toJSON());
    else this.#gathered = true;
    this.#plan("candidates", candidate ? BATCH : 0, () => this.#do(async () => this.#trickle()));
  }

  #trickle() {
    while (this.#told < this.#candidates.length) {
      this.#say("candidates", this.#candidates.slice(this.#told, this.#told + MAX_CANDIDATES));
      this.#told = Math.min(this.#told + MAX_CANDIDATES, this.#candidates.length);
    }
    if (this.#gathered) this.#say("candidates", []);
    this.#cancel("candidates");
  }

  /** Say what may be lost: first our answer, since our offer may have come after it. */
  #sayAgain() {
    if (this.#answer && this.pc.signalingState === "stable") this.#say("answer", this.#answer);
    const open = this.#offer && this.pc.signalingState === "have-local-offer";
    if (open) this.#say("offer", this.#offer);
    if (open || this.#answer) {
      this.#told = 0;
      this.#trickle();
    }
  }

  #sayAnswerAgain() {
    this.#say("answer", this.#answer);
    this.#told = 0;
    this.#trickle();
  }

  /** @param {p.SignalKind} kind @param {unknown} data @param {string} [attempt] */
  #say(kind, data, attempt = this.#attempt) {
    const more = attempt === undefined ? {} : { pc: attempt };
    this.#room.client.signal(this.#room.name, this.peer, kind, data, more).catch((error) => {
      this.#missed = true; // said again when the other side is back
      if (!this.#over && error.code === 413) this.emit("problem", error);
    });
  }

  // --- the path ---

  #changed() {
    const state = this.pc.connectionState;
    if (state === "connected") {
      this.#restarts = 0;
      this.#cancel("restart");
      this.#cancel("give up");
      this.#tell("connected");
    } else if (state === "disconnected" || state === "failed") {
      if (state === "failed") this.#tell("failed");
      if (this.#absent) this.absent();
      // Both sides notice it; one leaves the other a moment.
      const first = state === "failed" ? 0 : 2000;
      this.#plan("restart", first + (this.polite ? 1000 : 0), () => this.#restart());
    }
  }

  #restart() {
    if (["connected", "closed", "new"].includes(this.pc.connectionState)) return;
    if (this.#room.client.isUp && !this.#absent && this.pc.signalingState === "stable") {
      this.renew();
      this.pc.restartIce();
      this.#restarts += 1;
    }
    const pause = RESTARTS[Math.min(this.#restarts, RESTARTS.length - 1)] || 2000;
    this.#plan("restart", pause, () => this.#restart());
  }

  /** @param {RTCDataChannel} channel */
  #adopt(channel) {
    const opened = () => {
      if (channel.label === LABEL) this.channel = channel;
      this.emit("channel", channel);
    };
    if (channel.readyState === "open") opened();
    else channel.addEventListener("open", opened, { once: true });
  }

  /** Tell the server's operator how it went. @param {p.CallState} state */
  #tell(state) {
    const { client, name, tells } = this.#room;
    if (!tells || !client.isUp || this.#reported === (state === "connected")) return;
    this.#reported = state === "connected";
    /** @type {Omit<Bare<p.Stats>, "t">} */
    const stats = { room: name, peer: this.peer, state };
    if (this.#attempt !== undefined) stats.pc = this.#attempt;
    const say = () => {
      try {
        client.stats(stats);
      } catch {
        // It matters less than what waits.
      }
    };
    this.#unsaid?.();
    if (state !== "connected") return say();
    stats.connect_ms = inReason(this.#world.now() - this.#began);
    const once = (this.#unsaid = () => {
      if (this.#unsaid !== once) return;
      this.#unsaid = null;
      say();
    });
    void this.#path().then((path) => {
      Object.assign(stats, path);
      once();
    });
  }

  /** The path that the call takes: whether over a relay, and how long it is there and back. */
  async #path() {
    /** @type {{relayed?: boolean, rtt_ms?: number}} */
    const path = {};
    try {
      const all = new Map();
      (await this.pc.getStats()).forEach((one) => all.set(one.id, one));
      const reports = [...all.values()];
      const transport = reports.find((one) => one.type === "transport" && one.selectedCandidatePairId);
      const pair =
        all.get(transport?.selectedCandidatePairId) ??
        reports.find((one) => one.type === "candidate-pair" && (one.selected || (one.nominated && one.state === "succeeded")));
      if (!pair) return path;
      const ends = [all.get(pair.localCandidateId), all.get(pair.remoteCandidateId)];
      path.relayed = ends.some((end) => end?.candidateType === "relay");
      if (pair.currentRoundTripTime !== undefined) path.rtt_ms = inReason(pair.currentRoundTripTime * 1000);
    } catch {
      // A browser that does not tell.
    }
    return path;
  }

  /** @param {string} name @param {number} ms @param {() => void} act */
  #plan(name, ms, act) {
    if (name === "candidates" && ms && this.#timers.has(name)) return;
    this.#cancel(name);
    const run = () => {
      this.#timers.delete(name);
      if (!this.#over) act();
    };
    this.#timers.set(name, this.#world.setTimeout(run, ms));
  }

  /** @param {string} name */
  #cancel(name) {
    this.#world.clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

/** Milliseconds as the protocol takes them. @param {number} ms */
function inReason(ms) {
  return Math.min(Math.max(0, Math.round(ms)), 3600000);
}

/** @param {unknown} data @param {string} field @returns {string | undefined} */
function text(data, field) {
  const value = /** @type {any} */ (data)?.[field];
  return typeof value === "string" ? value : undefined;
}
