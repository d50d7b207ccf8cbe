// @ts-check
/**
 * The negotiation of a peer connection (W3C webrtc-pc §10.7), one thing after the other: offers, answers, and
 * candidates as they are found.
 *
 * @module
 */

/** @import * as p from "../protocol.js" */
/** @import { Timers } from "./world.js" */

const BATCH = 30; // milliseconds
const MAX_CANDIDATES = 64;

/**
 * What a negotiation belongs to.
 *
 * @typedef {object} Side
 * @property {RTCPeerConnection} pc
 * @property {boolean} polite Whether this side takes its offer back when two cross.
 * @property {Timers} timers
 * @property {() => boolean} isOver
 * @property {(kind: p.SignalKind, data: unknown) => void} say
 * @property {(problem: Error) => void} problem
 */

/**
 * What is said of a signal that was no good; nothing of one that the protocol does not know.
 *
 * @param {p.SignalKind} kind
 * @param {string} message
 * @param {unknown} data
 */
export function complaint(kind, message, data) {
  if (kind === "custom") return undefined;
  const number = text(data, "number");
  return { error: { name: `bad_${kind}`, message: message.slice(0, 200), ...(number && { number }) } };
}

/** A text in what the other side sent. @param {unknown} data @param {string} field @returns {string | undefined} */
export function text(data, field) {
  const value = /** @type {any} */ (data)?.[field];
  return typeof value === "string" ? value : undefined;
}

/** What both sides have said of a connection. */
export class Negotiation {
  #side;
  #pc;
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

  /** @param {Side} side */
  constructor(side) {
    this.#side = side;
    this.#pc = side.pc;
  }

  /** Whether there was an offer of ours. */
  get hasOffered() {
    return this.#offers > 0;
  }

  /** @param {() => Promise<unknown>} act */
  #do(act) {
    this.#chain = this.#chain.then(async () => {
      if (this.#side.isOver()) return;
      try {
        await act();
      } catch (error) {
        if (!this.#side.isOver()) this.#side.problem(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** Offer what the connection has now. @param {() => boolean} isBegun Before the newcomer's offer nothing is offered. */
  offer(isBegun) {
    this.#do(async () => {
      // In mid-negotiation the browser asks again after it.
      if (isBegun() && this.#pc.signalingState === "stable") await this.#describe();
    });
  }

  /** Take what the other side says. @param {p.Forwarded} signal */
  receive(signal) {
    const data = /** @type {any} */ (signal.data);
    this.#do(async () => {
      try {
        if (signal.kind === "offer") await this.#takeOffer(data);
        else if (signal.kind === "answer") await this.#takeAnswer(data);
        else if (signal.kind === "candidates") await this.#takeCandidates(data);
        else if (data?.error) await this.#takeComplaint(data.error);
      } catch (error) {
        const told = complaint(signal.kind, String(error), data);
        if (told) this.#side.say("custom", told);
        throw error;
      }
    });
  }

  /** Say what may be lost: first our answer, since our offer may have come after it. */
  sayAgain() {
    this.#do(async () => {
      if (this.#answer && this.#pc.signalingState === "stable") this.#side.say("answer", this.#answer);
      const open = this.#offer && this.#pc.signalingState === "have-local-offer";
      if (open) this.#side.say("offer", this.#offer);
      if (open || this.#answer) this.#trickleAgain();
    });
  }

  /** One was found; `null` is the end of all. @param {RTCIceCandidate | null} candidate */
  found(candidate) {
    if (candidate && !candidate.candidate) return; // the end of one generation
    if (candidate && candidate.usernameFragment !== this.#candidates[0]?.usernameFragment) {
      this.#candidates = [];
      this.#told = 0;
      this.#gathered = false;
    }
    if (candidate) this.#candidates.push(candidate.toJSON());
    else this.#gathered = true;
    const { timers } = this.#side;
    if (candidate && timers.has("candidates")) return;
    timers.set("candidates", candidate ? BATCH : 0, () => this.#do(async () => this.#trickle()));
  }

  async #describe() {
    await this.#pc.setLocalDescription();
    if (this.#side.isOver() || this.#pc.localDescription?.type !== "offer") return;
    this.#offers += 1;
    this.#offer = { type: "offer", sdp: this.#local(), number: String(this.#offers) };
    this.#side.say("offer", this.#offer);
  }

  /** @param {{type?: string, sdp?: string, number?: string}} came */
  async #takeOffer(came) {
    const pc = this.#pc;
    if (came?.type === "rollback") {
      if (pc.signalingState === "have-remote-offer") await pc.setRemoteDescription({ type: "rollback" });
      return;
    }
    if (typeof came?.sdp !== "string") throw new Error("a description needs its sdp");
    if (came.number !== undefined && came.number === this.#answer?.number) return this.#sayAnswerAgain();
    this.#ignoring = pc.signalingState !== "stable" && !this.#side.polite;
    if (this.#ignoring) return;
    await pc.setRemoteDescription({ type: "offer", sdp: came.sdp }); // takes ours back if there is one
    await pc.setLocalDescription();
    this.#answer = { type: "answer", sdp: this.#local() };
    if (came.number !== undefined) this.#answer.number = came.number;
    this.#side.say("answer", this.#answer);
  }

  /** @param {{sdp?: string, number?: string}} came */
  async #takeAnswer(came) {
    if (this.#pc.signalingState !== "have-local-offer") return; // late
    if (came?.number !== undefined && came.number !== this.#offer?.number) return;
    if (typeof came?.sdp !== "string") throw new Error("a description needs its sdp");
    try {
      await this.#pc.setRemoteDescription({ type: "answer", sdp: came.sdp });
      this.#ignoring = false;
    } catch (error) {
      await this.#pc.setLocalDescription({ type: "rollback" });
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
      if (!list.length) await this.#pc.addIceCandidate();
      for (const candidate of list) await this.#pc.addIceCandidate(candidate);
    } catch (error) {
      // Those of an offer that was ignored, or of before a restart, belong to nothing.
      if (!this.#ignoring && this.#pc.remoteDescription) this.#side.problem(/** @type {Error} */ (error));
    }
  }

  /** @param {{name?: string, message?: string, number?: string}} complaint */
  async #takeComplaint(complaint) {
    const about = complaint.number === undefined || complaint.number === this.#offer?.number;
    if (complaint.name === "bad_offer" && about && this.#pc.signalingState === "have-local-offer") {
      await this.#pc.setLocalDescription({ type: "rollback" });
    }
    this.#side.problem(new Error(`the other side refused our signal: ${complaint.message}`));
  }

  /** The local description, without candidates: they are trickled. */
  #local() {
    const lines = this.#pc.localDescription?.sdp.split("\r\n") ?? [];
    return lines.filter((line) => !/^a=(candidate:|end-of-candidates)/.test(line)).join("\r\n");
  }

  #trickle() {
    while (this.#told < this.#candidates.length) {
      this.#side.say("candidates", this.#candidates.slice(this.#told, this.#told + MAX_CANDIDATES));
      this.#told = Math.min(this.#told + MAX_CANDIDATES, this.#candidates.length);
    }
    if (this.#gathered) this.#side.say("candidates", []);
    this.#side.timers.cancel("candidates");
  }

  #trickleAgain() {
    this.#told = 0;
    this.#trickle();
  }

  #sayAnswerAgain() {
    this.#side.say("answer", this.#answer);
    this.#trickleAgain();
  }
}
