// @ts-check
/**
 * Before the call: a name, a room, and a look into the mirror.
 *
 * @module
 */

import { announce, find, keep, kept, label, translate } from "./dom.js";
import { tidy } from "./members.js";
import { Meter } from "./meter.js";
import { Picker } from "./picker.js";
import { LANGUAGES, speak, spoken, t } from "./words/index.js";

/** @import { Devices, Kind } from "./devices.js" */
/** @typedef {{name: string, room: string, key: string}} Wishes */

const ROOM = /^[\w-]{1,64}$/;
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"; // none that look alike
/** @type {Array<["audio" | "video", string]>} */
const TOGGLES = [
  ["audio", "lobby-audio"],
  ["video", "lobby-video"],
];

/** A name for a room that nobody guesses. @param {(bytes: Uint8Array) => Uint8Array} [fill] */
export function drawRoom(fill = (bytes) => crypto.getRandomValues(bytes)) {
  const letters = Array.from(fill(new Uint8Array(12)), (byte) => LETTERS[byte % LETTERS.length]);
  return [0, 4, 8].map((at) => letters.slice(at, at + 4).join("")).join("-");
}

/** What an address asks for: `?room=blue#key=secret`. @param {{search: string, hash: string}} address */
export function readAddress({ search, hash }) {
  const room = new URLSearchParams(search).get("room") ?? "";
  const key = new URLSearchParams(hash.slice(1)).get("key") ?? "";
  return { room: ROOM.test(room) ? room : "", key: key.slice(0, 64) };
}

/** What somebody typed as the name of a room; "" if it cannot be one. @param {string} text */
export function readRoom(text) {
  const name = tidy(text, 80).replaceAll(" ", "-");
  return ROOM.test(name) ? name : "";
}

export class Lobby {
  #devices;
  #name = find("name", HTMLInputElement);
  #room = find("room", HTMLInputElement);
  #key = find("key", HTMLInputElement);
  #join = find("join", HTMLButtonElement);
  #preview = find("preview", HTMLVideoElement);
  #says = find("preview-says", HTMLElement);
  #refused = find("refused", HTMLElement);
  #level = find("level", HTMLMeterElement);
  #picker;
  /** @type {Meter | null} */
  #meter = null;
  /** @type {MediaStreamTrack | null} */
  #metered = null;
  #isOpen = false;
  #asks = false;
  #invited = "";

  /** @param {Devices} devices @param {{enter: (wishes: Wishes) => void, spoken: () => void}} ears */
  constructor(devices, { enter, spoken: told }) {
    this.#devices = devices;
    this.#picker = new Picker(find("devices", HTMLElement), devices);
    for (const [kind, id] of TOGGLES) {
      find(id, HTMLButtonElement).addEventListener("click", () => void devices.turn(kind, !devices.isOn(kind)));
    }
    devices.on("change", () => this.show());
    find("enter", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const room = readRoom(this.#room.value);
      if (!room) return this.refuse(t("lobby.room.bad"));
      const name = tidy(this.#name.value);
      keep("name", name);
      enter({ name: name || t("lobby.name.nobody"), room, key: this.#key.value });
    });
    this.#languages(told);
  }

  /** Show it, and ask for the devices. */
  async open() {
    this.#isOpen = true;
    const { room, key } = readAddress(location);
    this.#invited = room;
    this.#name.value ||= tidy(kept("name"));
    this.#room.value = room || drawRoom();
    this.#key.value = key;
    this.busy(false);
    this.#asks = true;
    this.show();
    if (!this.#name.value) this.#name.focus({ preventScroll: true });
    else this.#join.focus({ preventScroll: true });
    this.#frame();
    await this.#devices.start();
    this.#asks = false;
    this.show();
  }

  close() {
    this.#isOpen = false;
    this.#preview.srcObject = null;
    this.#unmeter();
  }

  /** @param {boolean} busy */
  busy(busy) {
    this.#join.disabled = busy;
    this.#join.textContent = t(busy ? "lobby.joining" : "lobby.join");
    if (busy) this.refuse("");
  }

  /** Say why it does not go on. @param {string} words */
  refuse(words) {
    this.#refused.textContent = words;
    this.#refused.hidden = !words;
  }

  show() {
    if (!this.#isOpen) return;
    const devices = this.#devices;
    find("title", HTMLElement).textContent = this.#invited ? t("lobby.invited", { room: this.#invited }) : t("lobby.title");
    for (const [kind, id] of TOGGLES) {
      const button = find(id, HTMLButtonElement);
      const on = devices.isOn(kind);
      button.dataset.look = on ? "" : "off";
      button.setAttribute("aria-pressed", String(on));
      label(button, t(kind === "audio" ? (on ? "bar.mute" : "bar.unmute") : on ? "bar.camera.off" : "bar.camera.on"));
    }
    const shown = devices.track("video") ? devices.stream : null;
    if (this.#preview.srcObject !== shown) this.#preview.srcObject = shown; // set again, it would begin anew
    this.#preview.hidden = !devices.track("video");
    const words = this.#complaint();
    if (words !== this.#says.textContent) this.#says.textContent = words;
  }

  #complaint() {
    const { refused, wanted } = this.#devices;
    const { audio, video } = refused;
    const said = [];
    if (video && wanted.video) said.push(t(`devices.${video}.video`));
    if (audio && wanted.audio && audio !== video) said.push(t(`devices.${audio}.audio`));
    if (said.length) return said.join(" ");
    if (this.#asks && !this.#devices.track("video")) return t("lobby.asking");
    return wanted.video ? "" : t("lobby.off");
  }

  /** @param {() => void} told */
  #languages(told) {
    const select = find("language", HTMLSelectElement);
    for (const [code, { name }] of Object.entries(LANGUAGES)) select.add(new Option(name, code));
    select.value = spoken();
    select.addEventListener("change", async () => {
      await speak(select.value);
      keep("language", spoken());
      translate();
      this.busy(this.#join.disabled);
      this.show();
      told();
      announce(LANGUAGES[spoken()]?.name ?? "");
    });
  }

  #frame() {
    if (!this.#isOpen) return;
    const track = this.#devices.isOn("audio") ? this.#devices.track("audio") : null;
    if (track !== this.#metered) {
      this.#unmeter();
      this.#metered = track;
      if (track) this.#meter = new Meter(track);
    }
    this.#level.value = this.#meter?.read() ?? 0;
    requestAnimationFrame(() => this.#frame());
  }

  #unmeter() {
    this.#meter?.close();
    this.#meter = null;
    this.#metered = null;
  }
}
