// @ts-check
/**
 * One socket after the other to the same server: hello, pauses between tries, and finding out that nothing comes
 * any more.
 *
 * @module
 */

/** @import * as p from "../protocol.js" */
/** @import { ClientOptions, Down } from "./client.js" */
/** @import { Session } from "./session.js" */
/** @import { Timers, World } from "./world.js" */
import { comesBack } from "./errors.js";

const SUBPROTOCOL = "hairpin.v1";
/** Between one try and the next, at most. */
export const PAUSES = [0, 300, 1000, 2000, 4000, 7000];
const STEADY = 5000; // a connection that lasted so long begins with a pause of 0 again
const PATIENCE = 10000; // for a welcome
const PROBE = 3000; // for an answer when the network may have changed
const NO_ANSWER = 3000; // a close code of ours that does not end the session
const HELLO_TIMEOUT = 4408;
const REPLACED = 4409;
const HELLO_UNDER_WAY = 60000; // so long a hello that was left behind may still arrive

/**
 * Who is told of a connection.
 *
 * @typedef {object} Owner
 * @property {() => number} newId For a request.
 * @property {(message: p.ServerMessage) => void} heard
 * @property {(why: string, resumes: boolean) => void} fell The socket is gone, and perhaps the session (`resumes`).
 * @property {(code: number, reason: string) => void} ended It does not come back.
 * @property {(down: Down) => void} down It comes back.
 */

/** A connection that comes back by itself. */
export class Connection {
  #url;
  #options;
  #world;
  #session;
  #timers;
  #owner;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {"new" | "connecting" | "up" | "waiting" | "closed"} */
  #state = "new";
  /** @type {p.Welcome | null} */
  #welcome = null;
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
  #asleep = () => {};

  /**
   * @param {string} url
   * @param {ClientOptions} options
   * @param {World} world
   * @param {Session} session
   * @param {Timers} timers All that are set end with the socket.
   * @param {Owner} owner
   */
  constructor(url, options, world, session, timers, owner) {
    this.#url = url;
    this.#options = options;
    this.#world = world;
    this.#session = session;
    this.#timers = timers;
    this.#owner = owner;
  }

  get isUp() {
    return this.#state === "up";
  }

  get isClosed() {
    return this.#state === "closed";
  }

  /** Connect, and stay connected from now on. */
  start() {
    if (this.#state !== "new") return;
    this.#asleep = this.#world.awake(() => this.#wake());
    void this.#open();
  }

  /** Send a message with what it acknowledges; false where there is no socket for it. @param {p.ClientMessage} message */
  write(message) {
    if (!this.#socket || this.#socket.readyState !== 1) return false;
    const stamped = this.#session.stamp(message);
    if (stamped !== message) this.#timers.cancel("ack");
    this.#socket.send(JSON.stringify(stamped));
    return true;
  }

  /** The server welcomes us. @param {p.Welcome} welcome */
  greeted(welcome) {
    this.#greeting = false;
    this.#timers.cancel("welcome");
    this.#welcome = welcome;
    this.#state = "up";
    this.#upAt = this.#world.now();
    this.#elsewhere = undefined;
    this.#pauseMs = null;
    this.#verdict = "";
  }

  /** The server says how this ends, or that it goes away. @param {p.ServerMessage} message */
  warned(message) {
    if (message.t === "error" && message.fatal) {
      this.#retryMs = message.retry_ms ?? 0;
      this.#verdict = message.msg;
    } else if (message.t === "go_away") {
      const moves = Math.min(message.after_ms, message.deadline_ms); // another node takes over while this one runs
      if (message.move) this.#timers.set("move", moves, () => this.abandon("the server is going away"));
      else this.#pauseMs = message.after_ms;
      const safe = message.url?.startsWith("wss:") || !this.#url.startsWith("wss:");
      this.#elsewhere = safe ? message.url : undefined; // a token is not told in the clear
    }
  }

  /** A page does not see the server's pings, so it asks when it has heard nothing for as long. */
  beat() {
    const period = Math.max(1000, this.#welcome?.ping_ms ?? 20000);
    this.#timers.set("beat", period, () => {
      if (this.#world.now() - this.#lastFrame >= period) this.#probe();
      this.beat();
    });
  }

  /** Nothing comes any more, so the socket is not waited for. @param {string} why */
  abandon(why) {
    const socket = this.#socket;
    if (!socket) return;
    this.#fell(socket, 1006, why, true);
    socket.close(NO_ANSWER, why);
  }

  /** End the session. */
  close() {
    if (this.#state === "up") this.write({ t: "bye" });
    const socket = this.#drop();
    this.#end(1000, "closed");
    socket?.close(1000, "bye");
  }

  /** Who this is. */
  async token() {
    const { token } = this.#options;
    return typeof token === "function" ? await token() : token;
  }

  async #open() {
    this.#state = "connecting";
    let token;
    try {
      token = await this.token();
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
    this.#timers.set("welcome", PATIENCE, () => this.abandon("no welcome came"));
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
    const resume = this.#welcome?.resume;
    /** @type {p.Hello} */
    const hello = { t: "hello", id: this.#owner.newId(), caps: ["resume"], client: { name: "hairpin.js", ver: "1" } };
    if (peer !== undefined) hello.peer = peer;
    if (meta !== undefined) hello.meta = meta;
    if (region !== undefined) hello.region = region;
    if (token !== undefined) hello.token = token;
    const heard = this.#session.sayHeard();
    if (resume !== undefined) hello.resume = { token: resume, seq: heard };
    this.#greeting = this.write(hello);
  }

  /** A hello that was left behind can take the place of the connection that was made after it. */
  #mayBeReplacedByItself() {
    return this.#helloLeftAt !== null && this.#world.now() - this.#helloLeftAt < HELLO_UNDER_WAY;
  }

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
      if (message && typeof message === "object" && typeof message.t === "string") this.#owner.heard(message);
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
    this.#owner.fell(reason || "the connection is lost", this.#welcome?.resume !== undefined);
    if (!again) return this.#end(code, reason);
    if (this.#upAt !== null && this.#world.now() - this.#upAt > STEADY) this.#tries = 0;
    this.#upAt = null;
    const pause = (PAUSES[Math.min(this.#tries, PAUSES.length - 1)] ?? 0) * this.#world.random();
    const retryMs = Math.max(this.#pauseMs ?? pause, this.#retryMs);
    this.#pauseMs = null;
    this.#retryMs = 0;
    this.#tries += 1;
    this.#state = "waiting";
    this.#timers.set("retry", retryMs, () => void this.#open());
    this.#owner.down({ code, reason, retryMs });
  }

  /** Let go of the socket and all timers. */
  #drop() {
    const socket = this.#socket;
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
    this.#socket = null;
    if (this.#greeting) this.#helloLeftAt = this.#world.now();
    this.#greeting = false;
    this.#timers.clear();
    return socket;
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#timers.clear();
    this.#asleep();
    this.#owner.ended(code, reason);
  }

  /** It is worth a try now. */
  #wake() {
    if (this.#state === "waiting") {
      this.#timers.cancel("retry");
      void this.#open();
    } else if (this.#state === "up") this.#probe();
  }

  #probe() {
    const asked = this.#world.now();
    this.write({ t: "ping" });
    this.#timers.set("probe", PROBE, () => {
      if (this.#lastFrame < asked) this.abandon("the server does not answer");
    });
  }
}
