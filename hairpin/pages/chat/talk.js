// @ts-check
/**
 * Text between members: one message of the call's own channel is one text, as it is for `hairpin call --chat`.
 *
 * @module
 */

export const LONGEST_TEXT = 4000;

/** What came as text, cut where nobody would have written on; "" if it was none. @param {unknown} data */
export function readText(data) {
  return typeof data === "string" ? cut(data) : "";
}

/** Whether there is anything to see in a text. @param {string} text */
export function readable(text) {
  return /[^\s\p{C}]/u.test(text);
}

/** Never in the middle of a character. @param {string} text */
export function cut(text) {
  return text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT).replace(/[\uD800-\uDBFF]$/, "") : text;
}
