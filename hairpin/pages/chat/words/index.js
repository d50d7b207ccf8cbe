// @ts-check
/**
 * All texts of the page, in the language of whoever reads them. Another language is a file beside these and a line here.
 *
 * @module
 */

import { en } from "./en.js";

/** @typedef {keyof typeof en} Key */

/** @typedef {Record<Key, string>} Words */

/** Those besides English come when they are wanted. @type {Record<string, {name: string, load: () => Words | Promise<Words>}>} */
export const LANGUAGES = {
  en: { name: "English", load: () => en },
  ja: { name: "日本語", load: async () => (await import("./ja.js")).ja },
};

let language = "en";
/** @type {Words} */
let words = en;

/** The first of some languages that there is. @param {readonly string[]} wanted Such as `navigator.languages`. */
export function pick(wanted) {
  const known = wanted.map((each) => each.toLowerCase().split("-")[0] ?? "");
  return known.find((each) => Object.hasOwn(LANGUAGES, each)) ?? "en";
}

/** @param {string} wanted */
export async function speak(wanted) {
  const next = pick([wanted]);
  words = (await LANGUAGES[next]?.load()) ?? en;
  language = next;
}

/** The language of now. */
export function spoken() {
  return language;
}

/**
 * A text, with what is to stand in it.
 *
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (all, name) => String(values[name] ?? all));
}

/** So many bytes, for people. @param {number} bytes */
export function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  for (; bytes >= 999.5 && unit < units.length - 1; unit += 1) bytes /= 1000;
  return `${bytes >= 99.5 || unit === 0 ? Math.round(bytes) : bytes.toPrecision(2)} ${units[unit]}`;
}
