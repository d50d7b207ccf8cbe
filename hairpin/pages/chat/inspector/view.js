// @ts-check
/**
 * The inspector as it is seen. What others said is set as text; nothing is rebuilt that did not change.
 *
 * @module
 */

import { describe } from "./collect.js";
import { explain, verdict } from "./explain.js";
import { HEIGHT, SCALES, SPAN, WIDTH, milliseconds, plot } from "./plot.js";
import { endpoint, isHidden } from "./reading.js";

/** @import { Candidate, Finding, Nat, Pair, Path, Sample, Situation, Watch, Words } from "./types.js" */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Record<string, string | (() => void)>} [about] Attributes, and listeners as `onclick`.
 * @param {Array<Node | string>} inside
 * @returns {HTMLElement}
 */
export function make(tag, about = {}, ...inside) {
  const isDrawn = ["svg", "path"].includes(tag);
  const made = isDrawn ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (typeof value === "string") made.setAttribute(name, value);
    else made.addEventListener(name.slice(2), value);
  }
  made.append(...inside);
  return /** @type {HTMLElement} */ (made);
}

/** Set what an element holds, if it is something else than before. @param {HTMLElement} place @param {unknown} key @param {() => Array<Node | string>} fill */
function fill(place, key, fill) {
  const now = JSON.stringify(key);
  if (place.dataset.is === now) return;
  place.dataset.is = now;
  place.replaceChildren(...fill());
}

/** One remote. */
export class Card {
  #t;
  #name = make("h3");
  #word = make("p", { class: "word", role: "status" });
  #path = make("p");
  #why = make("ul", { class: "why" });
  #pairs = make("div", { class: "scroll", tabindex: "0", role: "group" });
  #candidates = make("div", { class: "scroll", tabindex: "0", role: "group" });
  #count = make("summary");
  #events = make("ol", { class: "events", tabindex: "0" });
  #happened = make("summary");
  #shown = 0;
  /** @type {Chart[]} */
  #charts;

  /** @param {Words} t */
  constructor(t) {
    this.#t = t;
    this.#charts = [new Chart(t, "rtt", ["rtt"]), new Chart(t, "loss", ["lossIn", "lossOut"]), new Chart(t, "bits", ["bitsIn", "bitsOut"])];
    this.element = make(
      "section",
      { class: "card remote" },
      make("div", { class: "head" }, this.#name, this.#word),
      this.#path,
      this.#why,
      make("div", { class: "plots" }, ...this.#charts.map(({ element }) => element)),
      make("div", {}, make("details", {}, this.#count, this.#pairs, this.#candidates), make("details", {}, this.#happened, this.#events)),
    );
  }

  /** @param {Watch} watch @param {Situation} now */
  show(watch, now) {
    const t = this.#t;
    const { word, level } = verdict(now);
    fill(this.#name, watch.name, () => [watch.name]);
    this.#word.className = `word ${level}`;
    fill(this.#word, word, () => [t(`is.${word}`)]);
    fill(this.#path, now.path, () => [sentence(t, now.path)]);
    const said = explain(now);
    fill(this.#why, said, () => said.map((each) => finding(t, each)));
    this.element.dataset.verdict = word;
    for (const chart of this.#charts) chart.show(watch.samples.items, watch.age);
    fill(this.#count, [now.candidates.length, now.pairs.length], () => [t("details", { count: `${now.candidates.length} + ${now.pairs.length}` })]);
    const pairs = now.pairs.sort((a, b) => Number(b.selected) - Number(a.selected)).map((each) => pairRow(t, each));
    fill(this.#pairs, pairs, () => [table(["state", "ours", "theirs", "rtt"].map((each) => t(`col.${each}`)), pairs)]);
    const candidates = now.candidates.sort((a, b) => a.side.localeCompare(b.side)).map((each) => candidateRow(t, each));
    fill(this.#candidates, candidates, () => [table(["who", "type", "address", "from"].map((each) => t(`col.${each}`)), candidates)]);
    this.#tell(watch);
  }

  /** Add what happened since. @param {Watch} watch */
  #tell({ events }) {
    if (events.count === this.#shown) return;
    const t = this.#t;
    const news = events.items.slice(Math.max(0, events.items.length - (events.count - this.#shown)));
    this.#shown = events.count;
    for (const { at, kind, what, of } of news) {
      this.#events.append(make("li", {}, make("time", {}, `+${at.toFixed(1)} s`), make("span", { class: "note" }, t(`kind.${kind}`)), make("span", {}, of.startsWith(what) ? of : `${what} ${of}`)));
    }
    while (this.#events.childElementCount > events.size) this.#events.firstElementChild?.remove();
    fill(this.#happened, events.count, () => [t("events", { count: events.count })]);
  }
}

/** One plot, of one line or two. */
class Chart {
  #t;
  #scale;
  #fields;
  #top = make("span");
  #bottom = make("span");
  #values;
  #lines;
  #svg;

  /** @param {Words} t @param {keyof typeof SCALES} name @param {Array<Exclude<keyof Sample, "at">>} fields */
  constructor(t, name, fields) {
    this.#t = t;
    this.#scale = SCALES[name];
    this.#fields = fields;
    this.#values = fields.map(() => make("span", fields.length > 1 ? { class: "key" } : {}));
    this.#lines = fields.map(() => make("path", { class: "line" }));
    const axis = make("path", { class: "axis", d: `M0 4H${WIDTH}M0 ${HEIGHT}H${WIDTH}` });
    this.#svg = make("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" }, axis, ...this.#lines);
    const time = make("div", { class: "time" }, make("span", {}, t("span", { seconds: SPAN })), make("span", {}, t("now")));
    this.element = make(
      "figure",
      { "data-plot": name },
      make("figcaption", {}, t(name), make("strong", {}, ...this.#values)),
      make("div", { class: "plot" }, this.#svg, make("div", { class: "scale" }, this.#top, this.#bottom), time),
    );
  }

  /** @param {Sample[]} samples @param {number} now */
  show(samples, now) {
    const series = this.#fields.map((field) => samples.map((each) => ({ at: each.at, value: each[field] })));
    const drawn = plot(series, this.#scale, now);
    const words = drawn.last.map((value, n) => {
      const said = value ?? this.#t("unknown");
      return drawn.last.length > 1 ? this.#t(n ? "out" : "in", { value: said }) : said;
    });
    drawn.lines.forEach((line, n) => this.#lines[n]?.setAttribute("d", line));
    words.forEach((each, n) => fill(/** @type {HTMLElement} */ (this.#values[n]), each, () => [each]));
    fill(this.#top, drawn.ceiling, () => [drawn.ticks[0]?.label ?? ""]);
    fill(this.#bottom, 0, () => [drawn.ticks[1]?.label ?? ""]);
    this.#svg.setAttribute("aria-label", words.join(", "));
  }
}

/** The measurement of this network. */
export class Network {
  #t;
  #says = make("p", { role: "status" });
  #more = make("p", { class: "small" });

  /** @param {Words} t @param {() => void} again */
  constructor(t, again) {
    this.#t = t;
    const button = make("button", { type: "button", onclick: again }, t("nat.again"));
    const head = make("div", { class: "head" }, make("h3", {}, t("nat.title")), button);
    this.element = make("section", { class: "card network" }, head, this.#says, this.#more, make("p", { class: "small" }, t("nat.limits")));
  }

  /** @param {Nat | null} nat Null while it is measured. */
  show(nat) {
    const t = this.#t;
    this.element.dataset.mapping = nat?.mapping ?? "measuring";
    const why = nat?.reason ? ` ${t(`nat.why.${nat.reason}`, { count: nat.servers.length })}` : "";
    this.#says.textContent = nat ? t(`nat.${nat.mapping}`) + why : t("nat.measuring");
    const seen = nat?.seen.map(({ address }) => address).join(", ") ?? "";
    this.#more.textContent = seen && t("nat.seen", { addresses: seen });
    this.#more.hidden = !seen;
  }
}

/** The path in words. @param {Words} t @param {Path | null} path */
function sentence(t, path) {
  if (!path) return t("path.none");
  const { ours, theirs, relay } = path;
  if (!relay) return t("path.direct", { ours: end(t, ours), theirs: end(t, theirs), protocol: ours.protocol.toUpperCase() });
  if (relay.whose === "theirs") return t("path.theirs", { address: relay.address });
  const server = relay.url?.replace(/\?.*/, "") ?? t("path.unknown");
  return t("path.relayed", { server, transport: (relay.transport ?? "?").toUpperCase(), address: relay.address });
}

/** @param {Words} t @param {Candidate} one */
function end(t, one) {
  return t(`type.${one.type}`, { at: address(t, one) });
}

/** @param {Words} t @param {Candidate} one */
function address(t, one) {
  return isHidden(one) ? t("hidden") : endpoint(one.address, one.port);
}

/** @param {Words} t @param {Finding} found */
function finding(t, { rule, level, values }) {
  const advice = t(`${rule}.do`, values);
  const parts = [make("span", {}, t(`${rule}.says`, values)), ...(advice ? [" ", make("span", {}, advice)] : [])];
  return make("li", { class: level, "data-rule": rule }, ...parts);
}

/** @param {Words} t @param {Pair} pair */
function pairRow(t, { state, selected, ours, theirs, rtt }) {
  return [selected ? t("state.in-use") : state, describe(ours), describe(theirs), rtt === null ? "" : milliseconds(rtt)];
}

/** @param {Words} t @param {Candidate} one */
function candidateRow(t, one) {
  const from = [one.url?.replace(/\?.*/, ""), one.transport?.toUpperCase()].filter(Boolean).join(" ");
  return [t(`who.${one.side}`), one.type, `${address(t, one)} ${one.protocol}`, from];
}

/** @param {string[]} head @param {string[][]} rows */
function table(head, rows) {
  const line = (/** @type {string} */ tag, /** @type {string[]} */ cells) => cells.map((each) => make(tag, tag === "th" ? { scope: "col" } : {}, each));
  const body = rows.map((row) => make("tr", {}, ...line("td", row)));
  return make("table", {}, make("thead", {}, make("tr", {}, ...line("th", head))), make("tbody", {}, ...body));
}
