// @ts-check
/**
 * What has happened to a connection since it was made, for the inspector, which comes when it is wanted.
 *
 * It costs next to nothing: it asks for no reports, and keeps the newest 200 happenings and how many there were.
 *
 * @module
 */

import { Emitter } from "./emitter.js";

const KEPT = 200;

/** @typedef {{at: number, kind: "state" | "ice" | "gathering", what: string, ice: RTCIceConnectionState}} Turn */
/** @typedef {{at: number, kind: "ours", candidate: RTCIceCandidate}} Found */
/** @typedef {{at: number, kind: "error", url: string, code: number, text: string}} Failed */
/** @typedef {Turn | Found | Failed} Entry `at` is by the clock, in seconds. */

/** @extends {Emitter<{entry: Entry}>} */
export class Diary extends Emitter {
  #pc;
  #now;
  /** The newest. @type {Entry[]} */
  entries = [];
  /** How many there ever were. */
  count = 0;

  /** @param {RTCPeerConnection} pc One that was just made. @param {() => number} [now] Seconds. */
  constructor(pc, now = () => performance.now() / 1000) {
    super();
    this.#pc = pc;
    this.#now = now;
    this.began = now();
    this.#turns("connectionstatechange", "state", () => pc.connectionState);
    this.#turns("iceconnectionstatechange", "ice", () => pc.iceConnectionState);
    this.#turns("icegatheringstatechange", "gathering", () => pc.iceGatheringState);
    pc.addEventListener("icecandidate", ({ candidate }) => candidate?.candidate && this.#put({ at: now(), kind: "ours", candidate }));
    pc.addEventListener("icecandidateerror", ({ url, errorCode: code, errorText: text }) => this.#put({ at: now(), kind: "error", url, code, text }));
  }

  /** @param {string} type @param {Turn["kind"]} kind @param {() => string} state */
  #turns(type, kind, state) {
    const turn = () => this.#put({ at: this.#now(), kind, what: state(), ice: this.#pc.iceConnectionState });
    turn();
    this.#pc.addEventListener(type, turn);
  }

  /** @param {Entry} entry */
  #put(entry) {
    this.entries.push(entry);
    this.count += 1;
    if (this.entries.length > KEPT) this.entries.shift();
    this.tell("entry", entry);
  }
}
