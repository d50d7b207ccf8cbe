// @ts-check
/**
 * The controls of a call: one bar, which steps back when nobody moves, and a key for each.
 *
 * @module
 */

import { find, label, make, round } from "./dom.js";
import { t } from "./words/index.js";

/** @import { Key } from "./words/index.js" */
/** @typedef {"mic" | "camera" | "screen" | "chat" | "inspector" | "settings" | "hangup"} Control */

const IDLE = 4000;

/** @type {Array<{id: Control, icon: string, key: string, words: Key}>} */
const CONTROLS = [
  { id: "mic", icon: "mic", key: "M", words: "bar.mute" },
  { id: "camera", icon: "camera", key: "V", words: "bar.camera.off" },
  { id: "screen", icon: "screen", key: "S", words: "bar.screen.on" },
  { id: "chat", icon: "chat", key: "C", words: "bar.chat" },
  { id: "inspector", icon: "look", key: "I", words: "bar.inspector" },
  { id: "settings", icon: "settings", key: "", words: "bar.settings" },
  { id: "hangup", icon: "hangup", key: "", words: "bar.hangup" },
];
/** @type {Array<[string, Key]>} */
const KEYS = [
  ["M, Space", "keys.mute"],
  ["V", "keys.camera"],
  ["S", "keys.screen"],
  ["C", "keys.chat"],
  ["I", "keys.inspector"],
  ["Esc", "keys.close"],
  ["?", "keys.help"],
];

/**
 * What a key stands for; nothing while somebody writes.
 *
 * @param {{key: string, ctrlKey?: boolean, metaKey?: boolean, altKey?: boolean, repeat?: boolean}} event
 * @param {{writes: boolean, presses: boolean}} target Whether the key means something of its own there.
 * @returns {Control | "help" | "close" | null}
 */
export function meaning(event, { writes, presses }) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return null;
  if (event.key === "Escape") return "close";
  if (writes) return null;
  if (event.key === " ") return presses ? null : "mic";
  if (event.key === "?") return "help";
  return CONTROLS.find(({ key }) => key && key === event.key.toUpperCase())?.id ?? null;
}

export class Bar {
  #place = find("bar", HTMLElement);
  /** @type {Map<Control, HTMLButtonElement>} */
  #buttons = new Map();
  #act;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {(control: Control | "close") => void} act */
  constructor(act) {
    this.#act = act;
    for (const { id, icon } of CONTROLS) {
      const button = round(icon);
      button.id = `bar-${id}`;
      button.addEventListener("click", () => act(id));
      this.#buttons.set(id, button);
      this.#place.append(button);
    }
    addEventListener("keydown", (event) => this.#key(event));
    for (const type of ["pointermove", "pointerdown", "keydown", "focusin"]) addEventListener(type, () => this.wake());
    this.translate();
  }

  translate() {
    this.#place.setAttribute("aria-label", t("bar.controls"));
    for (const { id, words } of CONTROLS) this.say(id, words);
    const rows = KEYS.map(([key, words]) => make("div", {}, make("dt", {}, make("kbd", {}, key)), make("dd", {}, t(words))));
    find("keys-list", HTMLElement).replaceChildren(...rows);
  }

  /** @param {Control} control @param {Key} words @param {Record<string, number>} [values] */
  say(control, words, values) {
    const button = this.#buttons.get(control);
    const key = CONTROLS.find(({ id }) => id === control)?.key ?? "";
    if (!button) return;
    label(button, t(words, values), key);
    if (key) button.setAttribute("aria-keyshortcuts", key);
  }

  /** How a control looks: off is struck through, on stands out. @param {Control} control @param {"off" | "on" | ""} look */
  look(control, look) {
    this.#buttons.get(control)?.setAttribute("data-look", look);
  }

  /** @param {number} count */
  news(count) {
    this.say("chat", count ? "bar.chat.news" : "bar.chat", { count });
    const button = this.#buttons.get("chat");
    if (count) button?.setAttribute("data-news", String(Math.min(count, 99)));
    else button?.removeAttribute("data-news");
  }

  /** Somebody is here. */
  wake() {
    clearTimeout(this.#timer);
    document.body.classList.remove("idle");
    this.#timer = setTimeout(() => {
      if (!this.#place.matches(":hover, :has(:focus-visible)")) document.body.classList.add("idle");
    }, IDLE);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (find("call", HTMLElement).hidden || document.querySelector("dialog[open]")) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const writes = target.matches("input, textarea, select");
    const presses = target.matches("button, a, summary, [role=button]");
    const means = meaning(event, { writes, presses });
    if (!means) return;
    event.preventDefault();
    if (means === "help") find("keys", HTMLDialogElement).showModal();
    else this.#act(means);
  }
}
