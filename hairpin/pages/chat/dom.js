// @ts-check
/**
 * What the page is made of: found, made, and given its words. Text is set as text, never read as markup.
 *
 * @module
 */

import { spoken, t } from "./words/index.js";

/** @import { Key } from "./words/index.js" */

/** @template {Element} T @param {string} id @param {new () => T} kind @returns {T} */
export function find(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${id} in the page`);
  return found;
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} [attributes]
 * @param {Array<Node | string>} inside
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

/** @param {string} name */
export function icon(name) {
  const SVG = "http://www.w3.org/2000/svg";
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("class", "icon");
  made.setAttribute("aria-hidden", "true");
  const use = made.appendChild(document.createElementNS(SVG, "use"));
  use.setAttribute("href", `#i-${name}`);
  return made;
}

/** A button that is an icon, with words for whoever cannot see it or does not know it. @param {string} name @param {string} words */
export function round(name, words = "") {
  const made = make("button", { type: "button", class: "round" }, icon(name), make("span", { class: "unseen" }));
  label(made, words);
  return made;
}

/** @param {HTMLElement} button @param {string} words @param {string} [key] The key that does the same. */
export function label(button, words, key = "") {
  const place = button.querySelector(".unseen");
  if (place) place.textContent = words;
  button.title = key ? `${words} (${key})` : words;
}

/** Put the words of the language into what bears a key. */
export function translate() {
  document.documentElement.lang = spoken();
  for (const each of document.querySelectorAll("[data-t]")) {
    each.textContent = t(/** @type {Key} */ (each.getAttribute("data-t")));
  }
  for (const each of document.querySelectorAll("[data-label]")) {
    const words = t(/** @type {Key} */ (each.getAttribute("data-label")));
    each.setAttribute("aria-label", words);
    each.setAttribute("title", words);
  }
}

/** For whoever does not see the page. @param {string} words */
export function announce(words) {
  find("news", HTMLElement).textContent = words;
}

/** What was kept for the next time; some browsers keep nothing. @param {string} key */
export function kept(key) {
  try {
    return localStorage.getItem(`hairpin.${key}`) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} key @param {string} value */
export function keep(key, value) {
  try {
    localStorage.setItem(`hairpin.${key}`, value);
  } catch {
    // Then it is asked again.
  }
}
