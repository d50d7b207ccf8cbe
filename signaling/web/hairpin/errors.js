// @ts-check
/**
 * What goes wrong: refusals of the server, requests that are lost, and whether it is worth to come back.
 *
 * @module
 */

/** @import * as p from "../protocol.js" */

/** Whether a client should come back after a close with this code. @param {number} code */
export function comesBack(code) {
  return ![1000, 1002, 1007, 1009].includes(code) && !(code >= 4000 && code < 4500);
}

/** What the server refused, or what became of a request otherwise. */
export class SignalingError extends Error {
  /**
   * @param {number} code The number of the error, or of the close.
   * @param {string} label Its name in the protocol.
   * @param {string} message For people.
   * @param {number} [retryMs] The same may succeed after so many milliseconds.
   */
  constructor(code, label, message, retryMs) {
    super(message);
    this.name = "SignalingError";
    this.code = code;
    this.label = label;
    this.retryMs = retryMs;
  }
}

/** What the server said no to. @param {p.ErrorMessage} error */
export function refused(error) {
  return new SignalingError(error.code, error.name, error.msg, error.retry_ms);
}

/** What became of something when its session or connection was gone. @param {string} what */
export function lost(what) {
  return new SignalingError(1006, "session_lost", what);
}
