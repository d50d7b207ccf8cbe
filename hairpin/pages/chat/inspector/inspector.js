// @ts-check
/**
 * The connection inspector: `watch(mesh)` remembers what happens, `open(mesh, container)` shows it, `close()` ends that.
 *
 * @module
 */

import { Collector } from "./collect.js";
import { document as exported } from "./export.js";
import { UNKNOWN, measure } from "./nat.js";
import { Card, Network, make } from "./view.js";

/** @import { Mesh, Nat, Words } from "./types.js" */

/** @type {{mesh: Mesh, collector: Collector} | null} */
let watched = null;
/** @type {Inspector | null} */
let shown = null;

/**
 * Remember from now on what happens to the connections, and before that what their diaries tell.
 *
 * @param {Mesh} mesh
 */
export function watch(mesh) {
  if (watched?.mesh === mesh) return watched.collector;
  watched?.collector.close();
  const collector = new Collector(mesh, () => shown?.refresh());
  for (const type of ["join", "leave"]) mesh.addEventListener?.(type, () => collector.follow());
  watched = { mesh, collector };
  return collector;
}

/**
 * Show it, and fill the container with it.
 *
 * @param {Mesh} mesh
 * @param {HTMLElement} container
 * @param {{language?: string, servers?: () => string[], closed?: () => void}} [options] `servers` are the ICE servers to
 *   measure with where there is no connection that knows them; with `closed` there is a button that closes.
 * @returns {Promise<{close: () => void}>}
 */
export async function open(mesh, container, { language = "en", servers = () => [], closed } = {}) {
  close();
  const mine = (shown = new Inspector(watch(mesh), container, servers));
  const loaded = /** @type {{words: Record<string, string>}} */ (await import(language === "ja" ? "./words/ja.js" : "./words/en.js"));
  if (shown === mine) mine.begin(speak(loaded.words), closed);
  return { close };
}

/** Show it no longer; what happens is remembered on. */
export function close() {
  shown?.end();
  shown = null;
}

/** @param {Record<string, string>} words @returns {Words} */
function speak(words) {
  return (key, values = {}) => (words[key] ?? "").replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

class Inspector {
  #collector;
  #container;
  #servers;
  #list = make("div", { class: "looks" });
  /** @type {Map<string, Card>} */
  #cards = new Map();
  /** @type {Words | null} */
  #t = null;
  /** @type {Network | null} */
  #network = null;
  /** @type {Nat} */
  #nat = UNKNOWN;
  #isMeasuring = false;
  #isOver = false;
  #isDue = false;

  /** @param {Collector} collector @param {HTMLElement} container @param {() => string[]} servers */
  constructor(collector, container, servers) {
    this.#collector = collector;
    this.#container = container;
    this.#servers = servers;
  }

  /** @param {Words} t @param {(() => void) | undefined} closed */
  begin(t, closed) {
    this.#t = t;
    style();
    this.#network = new Network(t, () => void this.#measure());
    const buttons = [make("button", { type: "button", class: "export", onclick: () => this.#save() }, t("export"))];
    if (closed) buttons.push(make("button", { type: "button", class: "quiet", onclick: closed }, t("close")));
    const top = make("div", { class: "head" }, make("h2", {}, t("title")), make("div", {}, ...buttons));
    this.#list.append(top, make("p", { class: "alone small", hidden: "" }, t("alone")), this.#network.element);
    this.#container.replaceChildren(this.#list);
    this.#collector.start();
    this.refresh();
    void this.#measure();
  }

  end() {
    this.#isOver = true;
    this.#collector.stop();
    this.#list.remove();
  }

  /** Draw anew, at most once for each picture of the screen. */
  refresh() {
    if (this.#isDue || this.#isOver || !this.#t) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      if (!this.#isOver) this.#draw();
    });
  }

  #draw() {
    const { watches } = this.#collector;
    for (const [key, card] of this.#cards) {
      if (watches.has(key)) continue;
      card.element.remove();
      this.#cards.delete(key);
    }
    for (const [key, each] of watches) {
      let card = this.#cards.get(key);
      if (!card) {
        card = new Card(/** @type {Words} */ (this.#t));
        this.#cards.set(key, card);
        this.#network?.element.before(card.element);
      }
      card.show(each, each.situation(this.#nat.mapping));
    }
    const alone = /** @type {HTMLElement} */ (this.#list.querySelector(".alone"));
    alone.hidden = watches.size > 0;
    // Somebody came, and with the connection the servers are known.
    if (this.#nat.reason === "servers" && this.#known().length > this.#nat.servers.length) void this.#measure();
  }

  /** STUN servers. */
  #known() {
    const urls = [...this.#collector.watches.values()].flatMap(({ servers }) => servers);
    return [...new Set([...urls, ...this.#servers()])].filter((url) => url.startsWith("stun:"));
  }

  async #measure() {
    if (this.#isMeasuring) return;
    this.#isMeasuring = true;
    this.#network?.show(null);
    this.#nat = await measure(this.#known());
    this.#isMeasuring = false;
    this.#network?.show(this.#nat);
    this.refresh();
  }

  #save() {
    const made = new Date();
    const text = JSON.stringify(exported(this.#collector.watches, this.#nat, { made, browser: navigator.userAgent }), null, 2);
    const blob = new Blob([text], { type: "application/json" });
    const url = URL.createObjectURL(blob);
    make("a", { href: url, download: `connections-${made.toISOString().replace(/[:.]/g, "-")}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}

/** The style sheet comes with the inspector, when it is opened first. */
function style() {
  const href = new URL("inspector.css", import.meta.url).pathname;
  if (!document.querySelector(`link[href="${href}"]`)) document.head.append(make("link", { rel: "stylesheet", href }));
}
