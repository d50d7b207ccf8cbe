// @ts-check
/**
 * What the server's operator learns of a call: how long it took, and over what path it goes.
 *
 * @module
 */

/** @import * as p from "../protocol.js" */
/** @import { Bare, Client } from "./client.js" */

/** @typedef {Omit<Bare<p.Stats>, "t">} Report */

/** Tells each change between connected and not connected once. */
export class Reporter {
  #client;
  #pc;
  #began;
  #isConnected = false;
  /** @type {(() => void) | null} says that the call connected, if that is not said yet */
  #unsaid = null;

  /** @param {Client} client @param {RTCPeerConnection} pc @param {number} began When the call did. */
  constructor(client, pc, began) {
    this.#client = client;
    this.#pc = pc;
    this.#began = began;
  }

  /** @param {Report} report What is known of the call. */
  tell(report) {
    const client = this.#client;
    const isConnected = report.state === "connected";
    if (!client.isUp || this.#isConnected === isConnected) return;
    this.#isConnected = isConnected;
    const say = () => {
      try {
        client.stats(report);
      } catch {
        // It matters less than what waits.
      }
    };
    this.#unsaid?.();
    if (!isConnected) return say();
    report.connect_ms = inReason(client.world.now() - this.#began);
    const once = (this.#unsaid = () => {
      if (this.#unsaid !== once) return;
      this.#unsaid = null;
      say();
    });
    void pathOf(this.#pc).then((path) => {
      Object.assign(report, path);
      once();
    });
  }
}

/** The path that a call takes: whether over a relay, and how long it is there and back. @param {RTCPeerConnection} pc */
async function pathOf(pc) {
  /** @type {{relayed?: boolean, rtt_ms?: number}} */
  const path = {};
  try {
    const all = new Map();
    (await pc.getStats()).forEach((one) => all.set(one.id, one));
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

/** Milliseconds as the protocol takes them. @param {number} ms */
function inReason(ms) {
  return Math.min(Math.max(0, Math.round(ms)), 3600000);
}
