// @ts-check
/**
 * Where the player wants the mallet: mouse, finger, or keys.
 *
 * @module
 */

/** @import { Picture } from "./draw.js" */
/** @import { Point } from "./rink.js" */

const SPEED = 1.5; // widths of the table in a second, with keys
const ABOVE = 60; // pixels: so far above the finger, which would hide it
/** @type {Record<string, [number, number]>} */
const KEYS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  KeyA: [-1, 0], KeyD: [1, 0], KeyW: [0, -1], KeyS: [0, 1],
};

export class Hands {
  #picture;
  #held = new Set();
  /** @type {Point | null} */
  #pointed = null;
  #last = 0;

  /** @param {HTMLElement} stage What can be touched. @param {Picture} picture */
  constructor(stage, picture) {
    this.#picture = picture;
    const point = (/** @type {PointerEvent} */ event) => {
      const above = event.pointerType === "touch" ? ABOVE : 0;
      this.#pointed = picture.locate(event.clientX, event.clientY - above);
    };
    stage.addEventListener("pointermove", point);
    stage.addEventListener("pointerdown", point);
    addEventListener("keydown", (event) => {
      if (!(event.code in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement) return;
      this.#held.add(event.code);
      event.preventDefault();
    });
    addEventListener("keyup", (event) => this.#held.delete(event.code));
    addEventListener("blur", () => this.#held.clear());
  }

  /**
   * Where the mallet should go, or null where nothing has changed.
   *
   * @param {Point} mallet Where it is.
   * @param {number} now Seconds.
   * @returns {Point | null}
   */
  take(mallet, now) {
    const passed = Math.min(0.1, now - this.#last);
    this.#last = now;
    if (this.#held.size) {
      const [right, down] = [0, 1].map((axis) => [...this.#held].reduce((sum, code) => sum + KEYS[code][axis], 0));
      const turn = this.#picture.side === 0 ? 1 : -1;
      const ahead = turn * SPEED * (passed + 0.05);
      this.#pointed = null;
      return { x: mallet.x + right * ahead, y: mallet.y + down * ahead };
    }
    return this.#pointed;
  }
}
