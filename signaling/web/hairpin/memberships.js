// @ts-check
/**
 * The rooms that one wants to be in, and how one comes back into them when a session had to begin anew.
 *
 * @module
 */

/** @import * as p from "../protocol.js" */
/** @import { JoinOptions } from "./client.js" */
/** @import { SignalingError } from "./errors.js" */
/** @import { Pending } from "./requests.js" */
import { PAUSES } from "./connection.js";
import { Timers } from "./world.js";

/**
 * Who is told.
 *
 * @typedef {object} Ears
 * @property {(joined: p.Joined) => void} rejoined
 * @property {(room: string, error: SignalingError) => void} unjoined
 */

/** Rooms, each with what it was joined with. */
export class Memberships {
  #ask;
  #ears;
  #timers;
  /** @type {Map<string, JoinOptions>} */
  #rooms = new Map();

  /**
   * @param {(message: any, room?: string) => Promise<any>} ask
   * @param {Ears} ears
   * @param {import("./world.js").World} world
   */
  constructor(ask, ears, world) {
    this.#ask = ask;
    this.#ears = ears;
    this.#timers = new Timers(world);
  }

  /** @param {string} room */
  has(room) {
    return this.#rooms.has(room);
  }

  /** @param {string} room @param {JoinOptions} options @returns {Promise<p.Joined>} */
  async join(room, options) {
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

  /** It is not joined again. @param {string} room */
  forget(room) {
    this.#rooms.delete(room);
  }

  /** Join all of them. @param {Map<string, Pending>} joining Who waits to be in one, by room. */
  joinAgain(joining) {
    for (const room of this.#rooms.keys()) this.#joinAgain(room, joining.get(room), 0);
  }

  end() {
    this.#rooms.clear();
    this.#timers.clear();
  }

  /** @param {string} room @param {Pending | undefined} pending @param {number} tries */
  #joinAgain(room, pending, tries) {
    const options = this.#rooms.get(room);
    this.#timers.cancel(room);
    if (!options) return;
    this.#ask({ t: "join", room, ...options }, pending ? room : undefined).then(
      (joined) => (pending ? pending.done(joined) : this.#ears.rejoined(joined)),
      (/** @type {SignalingError} */ error) => {
        if (pending) return pending.failed(error);
        if (error.label === "session_lost") return; // the next welcome sees to it
        if ((error.label === "conflict" || error.retryMs !== undefined) && tries < PAUSES.length) {
          const pause = Math.max(error.retryMs ?? 0, PAUSES[tries] ?? 0, 300);
          this.#timers.set(room, pause, () => this.#joinAgain(room, undefined, tries + 1));
        } else {
          this.#rooms.delete(room);
          this.#ears.unjoined(room, error);
        }
      },
    );
  }
}
