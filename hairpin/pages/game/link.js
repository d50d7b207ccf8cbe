// @ts-check
/**
 * The line to the other player: a call of `hairpin.js`, with a channel for what must arrive and one for
 * what is only good while it is new.
 *
 * @module
 */

import { MOVES, MOVES_OPTIONS, readEvent, readMove, say } from "./wire.js";

/** @import { Call } from "/hairpin.js" */
/** @import { Said, Snapshot, Target } from "./wire.js" */

const FULL = 4096; // bytes that wait: positions that come later are better than these

/**
 * @typedef {object} Ears
 * @property {() => void} open Both channels are there.
 * @property {(said: Said) => void} event
 * @property {(move: Snapshot | Target) => void} move
 * @property {(reason: string) => void} over
 */
/** @typedef {{kind: "direct" | "relayed" | "unknown", ms: number | null}} Path */

export class Link {
  #call;
  #ears;
  /** @type {RTCDataChannel | null} */
  #events = null;
  #moves;
  #isOpen = false;
  /** Of moves, for who wants to know. */
  counts = { sent: 0, received: 0 };

  /** @param {Call} call @param {Ears} ears */
  constructor(call, ears) {
    this.#call = call;
    this.#ears = ears;
    this.#moves = call.pc.createDataChannel(MOVES, MOVES_OPTIONS);
    this.#moves.binaryType = "arraybuffer";
    this.#moves.addEventListener("open", () => this.#opened());
    this.#moves.addEventListener("message", ({ data }) => this.#moved(data));
    call.on("channel", (channel) => {
      if (channel !== call.channel) return;
      this.#events = channel;
      channel.addEventListener("message", ({ data }) => this.#heard(data));
      this.#opened();
    });
    call.on("over", ({ reason }) => this.#ears.over(reason));
  }

  /** The state of the connection. */
  get state() {
    return this.#call.pc.connectionState;
  }

  /** @param {Said[]} all */
  say(...all) {
    if (this.#events?.readyState === "open") for (const each of all) this.#events.send(say(each));
  }

  /** Send where something is; what does not fit is not sent. @param {ArrayBuffer | null} move */
  move(move) {
    if (!move || this.#moves.readyState !== "open" || this.#moves.bufferedAmount > FULL) return;
    this.#moves.send(move);
    this.counts.sent += 1;
  }

  close() {
    this.#call.close("left the game");
  }

  /** The way that the packets take. @returns {Promise<Path>} */
  async path() {
    /** @type {Map<string, any>} */
    const all = new Map();
    (await this.#call.pc.getStats()).forEach((/** @type {any} */ one) => all.set(one.id, one));
    const reports = [...all.values()];
    const transport = reports.find((one) => one.type === "transport" && one.selectedCandidatePairId);
    const pair = transport
      ? all.get(transport.selectedCandidatePairId)
      : reports.find((one) => one.type === "candidate-pair" && one.nominated && one.state === "succeeded");
    if (!pair) return { kind: "unknown", ms: null };
    const ends = [all.get(pair.localCandidateId), all.get(pair.remoteCandidateId)];
    const relayed = ends.some((end) => end?.candidateType === "relay");
    const rtt = pair.currentRoundTripTime;
    return { kind: relayed ? "relayed" : "direct", ms: rtt === undefined ? null : Math.max(1, Math.round(rtt * 1000)) };
  }

  #opened() {
    if (this.#isOpen || this.#moves.readyState !== "open" || !this.#events) return;
    this.#isOpen = true;
    this.#ears.open();
  }

  /** @param {unknown} data */
  #heard(data) {
    const said = readEvent(data);
    if (said) this.#ears.event(said);
  }

  /** @param {unknown} data */
  #moved(data) {
    const move = readMove(data);
    if (!move) return;
    this.counts.received += 1;
    this.#ears.move(move);
  }
}
