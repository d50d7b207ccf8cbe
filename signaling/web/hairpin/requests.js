// @ts-check
/**
 * Requests that wait for their answer, by their ids.
 *
 * @module
 */

/** @import * as p from "../protocol.js" */
import { SignalingError, lost, refused } from "./errors.js";

/** @typedef {{done: (answer: any) => void, failed: (error: SignalingError) => void, room?: string, ping?: boolean}} Pending */

/** What is asked and not answered. */
export class Requests {
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  #ids = 0;

  newId() {
    this.#ids = (this.#ids + 1) % 2 ** 32;
    return this.#ids;
  }

  /**
   * Wait for an answer.
   *
   * @param {number} id
   * @param {{room?: string, ping?: boolean}} [what] The room that it joins; whether it is about this connection alone.
   * @returns {Promise<any>}
   */
  open(id, what = {}) {
    return new Promise((done, failed) => this.#pending.set(id, { done, failed, ...what }));
  }

  /**
   * Settle a request; false when it is none of ours.
   *
   * @param {number} id
   * @param {p.ServerMessage | SignalingError} answer
   */
  settle(id, answer) {
    const pending = this.#pending.get(id);
    if (!pending) return false;
    this.#pending.delete(id);
    if (answer instanceof SignalingError) pending.failed(answer);
    else if (answer.t === "error") pending.failed(refused(answer));
    else if (answer.t === "undelivered") {
      pending.failed(new SignalingError(404, answer.reason, `not delivered to ${answer.to}: ${answer.reason}`));
    } else pending.done(answer);
    return true;
  }

  /** The connection is lost: fail what it alone could answer. @param {string} why @param {(id: number) => boolean} isKept */
  loseConnection(why, isKept) {
    for (const [id, { ping, room }] of [...this.#pending]) {
      if (ping || !(room !== undefined || isKept(id))) this.settle(id, lost(why));
    }
  }

  /**
   * The session is lost: fail what was asked in it.
   *
   * @param {Set<number | null | undefined>} unsaid What is asked in the next one.
   * @param {(room: string) => boolean} isWanted Whether a room is joined again.
   * @returns {Map<string, Pending>} Who waits to be in a room, by room.
   */
  loseSession(unsaid, isWanted) {
    /** @type {Map<string, Pending>} */
    const joining = new Map();
    for (const [id, pending] of [...this.#pending]) {
      if (unsaid.has(id)) continue;
      this.#pending.delete(id);
      if (pending.room !== undefined && isWanted(pending.room)) joining.set(pending.room, pending);
      else pending.failed(lost("the session began anew"));
    }
    return joining;
  }

  /** Fail all of them. @param {SignalingError} error */
  end(error) {
    for (const id of [...this.#pending.keys()]) this.settle(id, error);
  }
}
