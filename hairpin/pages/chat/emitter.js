// @ts-check
/**
 * Events with what happened in them: an EventTarget whose listeners are given the detail alone.
 *
 * @module
 */

class Told extends Event {
  /** @param {string} type @param {unknown} detail */
  constructor(type, detail) {
    super(type);
    this.detail = detail;
  }
}

/** @template {object} Events */
export class Emitter extends EventTarget {
  /**
   * Listen; the function that comes back ends it.
   *
   * @template {keyof Events & string} T
   * @param {T} type
   * @param {(detail: Events[T]) => void} listener
   * @returns {() => void}
   */
  on(type, listener) {
    const hear = (/** @type {Event} */ event) => listener(/** @type {any} */ (event).detail);
    this.addEventListener(type, hear);
    return () => this.removeEventListener(type, hear);
  }

  /**
   * @template {keyof Events & string} T
   * @param {T} type
   * @param {Events[T]} detail
   */
  tell(type, detail) {
    this.dispatchEvent(new Told(type, detail));
  }
}
