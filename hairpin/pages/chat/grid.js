// @ts-check
/**
 * The faces: one tile for each, as large as the window lets them be; a screen that is shown gets most of it.
 *
 * @module
 */

import { icon, make } from "./dom.js";
import { initial } from "./members.js";
import { t } from "./words/index.js";

/** @import { Shows } from "./members.js" */
/** @import { State } from "./remote.js" */

const GAP = 8;
const [TALLEST, WIDEST] = [3 / 4, 16 / 9];

/**
 * The largest tiles of a shape that faces fit into.
 *
 * @param {number} count
 * @param {number} width
 * @param {number} height
 */
export function arrange(count, width, height) {
  let best = { width: 0, height: 0 };
  if (count === 1) return { width, height };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const w = (width - GAP * (columns - 1)) / columns;
    const h = (height - GAP * (rows - 1)) / rows;
    const fit = { width: Math.floor(Math.min(w, h * WIDEST)), height: Math.floor(Math.min(h, w / TALLEST)) };
    if (fit.width * fit.height > best.width * best.height) best = fit;
  }
  return best;
}

export class Tile {
  /** @param {boolean} own */
  constructor(own) {
    this.own = own;
    this.screen = false;
    this.video = make("video", { autoplay: "", playsinline: "" });
    this.video.muted = own;
    this.letter = make("span", { class: "letter", "aria-hidden": "true" });
    this.name = make("span", { class: "name" });
    this.muted = make("span", { class: "muted" }, icon("mic"), make("span", { class: "unseen" }));
    this.says = make("p", { class: "says" });
    const caption = make("figcaption", {}, this.muted, this.name);
    this.element = make("figure", { class: own ? "tile own" : "tile" }, this.letter, this.video, this.says, caption);
  }

  /** @param {MediaStream} stream */
  play(stream) {
    if (this.video.srcObject !== stream) this.video.srcObject = stream;
  }

  /** @param {Shows} shows @param {boolean} seen Whether there is a picture. */
  show(shows, seen) {
    this.screen = shows.screen;
    const name = this.own ? t("call.you") : shows.name;
    this.name.textContent = shows.screen && !this.own ? t("call.screen", { name }) : name;
    this.letter.textContent = initial(shows.name);
    this.muted.hidden = shows.mic;
    const words = this.muted.querySelector(".unseen");
    if (words) words.textContent = t("call.muted");
    this.element.classList.toggle("dark", !seen);
    this.element.classList.toggle("screen", shows.screen);
  }

  /** @param {State} state @param {string} name */
  tellState(state, name) {
    this.element.dataset.state = state;
    this.says.textContent = state === "connected" ? "" : t(`call.${state}`, { name });
  }

  /** @param {boolean} speaks */
  speaking(speaks) {
    this.element.classList.toggle("speaks", speaks);
  }
}

export class Grid {
  #place;
  #stage;
  /** @type {Map<string, Tile>} */
  tiles = new Map();

  /** @param {HTMLElement} place @param {HTMLElement} stage */
  constructor(place, stage) {
    this.#place = place;
    this.#stage = stage;
    new ResizeObserver(() => this.lay()).observe(stage);
  }

  /** @param {string} key @param {boolean} [own] */
  add(key, own = false) {
    const tile = new Tile(own);
    this.tiles.set(key, tile);
    this.#place.append(tile.element);
    this.lay();
    return tile;
  }

  /** @param {string} key */
  remove(key) {
    const tile = this.tiles.get(key);
    if (!tile) return;
    tile.video.srcObject = null;
    tile.element.remove();
    this.tiles.delete(key);
    this.lay();
  }

  clear() {
    for (const key of [...this.tiles.keys()]) this.remove(key);
  }

  /** Give every tile its size. */
  lay() {
    const all = [...this.tiles.values()];
    const floats = all.length === 2; // with one other, it has the window and we are in its corner
    const style = getComputedStyle(this.#place);
    const width = this.#place.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const height = this.#place.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
    const inGrid = all.filter((tile) => !(tile.own && floats));
    const focus = inGrid.length > 1 ? inGrid.find((tile) => tile.screen && !tile.own) : undefined;
    const strip = Math.round(Math.min(140, height / 5));
    const rest = focus ? { width: Math.min(strip * WIDEST, (width - GAP * (inGrid.length - 2)) / (inGrid.length - 1)), height: strip } : arrange(inGrid.length, width, height);
    for (const tile of all) {
      tile.element.classList.toggle("floats", tile.own && floats);
      tile.element.classList.toggle("first", tile === focus);
      const { width: w, height: h } = tile === focus ? { width, height: height - strip - GAP } : rest;
      tile.element.style.setProperty("--w", `${Math.floor(w)}px`);
      tile.element.style.setProperty("--h", `${Math.floor(h)}px`);
    }
    this.#stage.dataset.count = String(all.length);
  }
}
