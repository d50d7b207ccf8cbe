// @ts-check
/**
 * The surroundings: sockets, peer connections, time and chance, as a browser has them or as a test sets them.
 *
 * @module
 */

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
export function browser() {
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

/** An id that nobody else draws. @param {World} world */
export function draw(world) {
  return Math.floor(world.random() * 2 ** 48).toString(16);
}

/** Timers by name: a name that is set anew is no longer set for what it was set for. */
export class Timers {
  #world;
  /** @type {Map<string, any>} */
  #running = new Map();

  /** @param {World} world */
  constructor(world) {
    this.#world = world;
  }

  /** Whether one of that name runs. @param {string} name */
  has(name) {
    return this.#running.has(name);
  }

  /** @param {string} name @param {number} ms @param {() => void} act */
  set(name, ms, act) {
    this.cancel(name);
    const run = () => {
      this.#running.delete(name);
      act();
    };
    this.#running.set(name, this.#world.setTimeout(run, ms));
  }

  /** @param {string} name */
  cancel(name) {
    this.#world.clearTimeout(this.#running.get(name));
    this.#running.delete(name);
  }

  /** Cancel all of them. */
  clear() {
    for (const name of [...this.#running.keys()]) this.cancel(name);
  }
}
