// @ts-check
/**
 * The choice of camera and microphone: in the lobby, and in the call.
 *
 * @module
 */

import { KINDS } from "./devices.js";
import { make } from "./dom.js";
import { t } from "./words/index.js";

/** @import { Devices, Kind } from "./devices.js" */

export class Picker {
  #devices;
  #place;
  /** @type {Map<Kind, HTMLSelectElement>} */
  #selects = new Map();

  /** @param {HTMLElement} place @param {Devices} devices */
  constructor(place, devices) {
    this.#place = place;
    this.#devices = devices;
    for (const kind of KINDS) {
      const id = `${place.id}-${kind}`;
      const select = make("select", { id });
      select.addEventListener("change", () => void devices.choose(kind, select.value));
      this.#selects.set(kind, select);
      place.append(make("label", { for: id, "data-t": `devices.${kind}` }, t(`devices.${kind}`)), select);
    }
    devices.on("list", () => void this.fill());
    devices.on("change", () => void this.fill());
  }

  /** Without leave nobody is told what there is, and there is nothing to choose. */
  async fill() {
    let any = false;
    for (const [kind, select] of this.#selects) {
      const found = await this.#devices.list(kind);
      any ||= found.length > 0;
      const first = found.length ? [] : [make("option", { value: "" }, t("devices.default"))];
      select.replaceChildren(...first, ...found.map((each) => make("option", { value: each.deviceId }, each.label)));
      if (this.#devices.chosen[kind]) select.value = this.#devices.chosen[kind];
    }
    this.#place.hidden = !any;
  }
}
