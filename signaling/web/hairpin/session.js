// @ts-check
/**
 * What both sides have said in a session, by numbers: what waits to be sent, what is not acknowledged, how fast
 * one may speak. It holds no socket and no clock: the time goes in, what is to be sent comes out.
 *
 * @module
 */

/** @import * as p from "../protocol.js" */
import { SignalingError } from "./errors.js";

const MOST = 256; // messages that wait
const MOST_BYTES = 256 * 1024;
const MESSAGE_BYTES = 64 * 1024; // until the server has told what it takes
const NUMBERS = 64; // bytes
const SHARE = 0.8; // of the rate that the server allows, since its clock is not ours

/** @typedef {{message: p.ClientMessage, size: number, seq: number, sent: boolean}} Entry */

/** What is said and heard in a session. */
export class Session {
  /** @type {Entry[]} */
  #entries = [];
  #bytes = 0;
  #said = 0; // the number of our last message
  #heard = 0; // the number of the server's last message
  #told = 0; // how far we have acknowledged
  #tokens = 0;
  #tokensAt = 0;
  /** @type {p.Welcome["limits"] | null} */
  #limits = null;
  #numbered = false;

  /** How many messages were heard that are not acknowledged. */
  get unacknowledged() {
    return this.#heard - this.#told;
  }

  /** It goes on: what did not arrive is sent again. @param {p.Welcome} welcome */
  resume(welcome) {
    this.#learn(welcome);
    this.acknowledged(welcome.ack ?? 0);
    for (const entry of this.#entries) entry.sent = false;
    this.#told = this.#heard - 1; // the server learns that the welcome has come
  }

  /** It is new, and so is the allowance. @param {p.Welcome} welcome @param {number} now */
  start(welcome, now) {
    this.#learn(welcome);
    this.#tokens = Math.max(1, welcome.limits.burst * SHARE);
    this.#tokensAt = now;
  }

  /**
   * The earlier one is gone, and what was said in it; rooms are joined by whoever knows them all.
   *
   * @returns {Entry[]} What was not said yet, in order; it is put back behind what has to be said before.
   */
  forgetAll() {
    this.#said = this.#heard = this.#told = 0;
    const unsaid = this.#entries.filter((entry) => !entry.seq && entry.message.t !== "join");
    this.#keep([]);
    return unsaid;
  }

  /** @param {Entry[]} entries */
  putBack(entries) {
    this.#keep([...this.#entries, ...entries]);
  }

  /** Nothing waits any more. */
  clear() {
    this.#keep([]);
  }

  /** Let a message wait until it is sent, and then until it is acknowledged. @param {p.ClientMessage} message */
  add(message) {
    const size = new TextEncoder().encode(JSON.stringify(message)).length + NUMBERS;
    const most = this.#limits?.msg ?? MESSAGE_BYTES;
    if (size > most) throw new SignalingError(413, "too_big", `${size} bytes, the server takes ${most}`);
    if (this.#entries.length >= MOST || this.#bytes + size > MOST_BYTES) {
      throw new SignalingError(503, "unavailable", "too much waits to be sent");
    }
    this.#bytes += size;
    this.#entries.push({ message, size, seq: 0, sent: false });
  }

  /** Whether a request waits here still. @param {number} id */
  has(id) {
    return this.#entries.some((entry) => entry.message.id === id);
  }

  /**
   * Take what is to be sent next, no faster than the server takes it.
   *
   * @param {number} now
   * @returns {{message: p.ClientMessage} | {wait: number} | null} `wait` is in milliseconds; null is nothing.
   */
  next(now) {
    const entry = this.#entries.find(({ sent }) => !sent);
    if (!entry) return null;
    const wait = this.#take(now);
    if (wait > 0) return { wait };
    entry.sent = true;
    if (this.#numbered) {
      if (!entry.seq) entry.seq = ++this.#said;
      return { message: { ...entry.message, seq: entry.seq } };
    }
    this.#keep(this.#entries.filter((each) => each !== entry));
    return { message: entry.message };
  }

  /** The message as it is sent, with what it acknowledges. @param {p.ClientMessage} message */
  stamp(message) {
    if (this.#heard <= this.#told) return message;
    this.#told = this.#heard;
    return { ...message, ack: this.#heard };
  }

  /** The number of the last message that came; a hello says it, which acknowledges it. */
  sayHeard() {
    this.#told = this.#heard;
    return this.#heard;
  }

  /** Count a message that came. @param {number} seq @returns {"next" | "known" | "gap"} */
  count(seq) {
    if (seq <= this.#heard) return "known";
    if (seq !== this.#heard + 1) return "gap";
    this.#heard = seq;
    return "next";
  }

  /** The server has what was said so far. @param {number} ack */
  acknowledged(ack) {
    this.#keep(this.#entries.filter(({ seq }) => !(seq > 0 && seq <= ack)));
  }

  /** @param {p.Welcome} welcome */
  #learn({ limits, resume }) {
    this.#limits = limits;
    this.#numbered = resume !== undefined;
  }

  /** Take a message's share of the rate; the wait for it otherwise. @param {number} now */
  #take(now) {
    const { rate, burst } = /** @type {p.Welcome["limits"]} */ (this.#limits);
    const gained = ((now - this.#tokensAt) / 1000) * rate * SHARE;
    this.#tokens = Math.min(Math.max(1, burst * SHARE), this.#tokens + gained);
    this.#tokensAt = now;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / (rate * SHARE)) * 1000);
    this.#tokens -= 1;
    return 0;
  }

  /** @param {Entry[]} entries */
  #keep(entries) {
    this.#entries = entries;
    this.#bytes = entries.reduce((sum, { size }) => sum + size, 0);
  }
}
