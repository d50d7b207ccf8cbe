// @ts-check
/**
 * Beside the faces: who is here, what is written, and the files that go to and fro.
 *
 * @module
 */

import { announce, find, icon, make, round } from "./dom.js";
import { LONGEST_TEXT, readable } from "./talk.js";
import { blobSink, diskSink, folderSink } from "./sinks.js";
import { size, t } from "./words/index.js";

/** @import { Incoming, Outgoing } from "./files.js" */
/** @typedef {{say: (text: string) => boolean, files: (files: File[]) => void, news: (count: number) => void, close: () => void}} Ears */

const MOST = 500; // lines that are kept

export class Panel {
  #place = find("panel", HTMLElement);
  #ears;
  #title = make("h2", { id: "panel-title", "data-t": "panel.title" }, t("panel.title"));
  #count = make("h3", { class: "small" });
  #people = make("ul", { class: "people" });
  #nothing = make("p", { class: "small", "data-t": "panel.nothing" }, t("panel.nothing"));
  #said = make("div", { class: "said", role: "log", tabindex: "0", "data-label": "panel.said", "aria-label": t("panel.said") });
  #text = make("textarea", { id: "say", rows: "1", maxlength: String(LONGEST_TEXT), enterkeyhint: "send" });
  #unsent = make("p", { class: "refused", role: "alert", hidden: "" });
  #pick = make("input", { type: "file", id: "pick", multiple: "", class: "unseen", tabindex: "-1" });
  #unread = 0;

  /** @param {Ears} ears */
  constructor(ears) {
    this.#ears = ears;
    const close = round("close", t("close"));
    close.classList.add("quiet");
    close.addEventListener("click", () => ears.close());
    const attach = round("file", t("panel.attach"));
    attach.id = "attach";
    attach.addEventListener("click", () => this.#pick.click());
    this.#pick.addEventListener("change", () => {
      ears.files([...(this.#pick.files ?? [])]);
      this.#pick.value = "";
    });
    const send = make("button", { type: "submit", class: "round main" }, icon("send"), make("span", { class: "unseen", "data-t": "panel.send" }, t("panel.send")));
    const write = make("label", { for: "say", class: "unseen", "data-t": "panel.write" }, t("panel.write"));
    const choose = make("label", { for: "pick", class: "unseen", "data-t": "panel.attach" }, t("panel.attach"));
    const form = make("form", { class: "row" }, write, choose, this.#pick, attach, this.#text, send);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say();
    });
    this.#text.placeholder = t("panel.write");
    this.#text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#say();
    });
    this.#said.append(this.#nothing);
    this.#place.append(make("header", { class: "row" }, this.#title, close), this.#count, this.#people, this.#said, this.#unsent, form);
  }

  get isOpen() {
    return !this.#place.hidden;
  }

  open() {
    this.#place.hidden = false;
    this.#unread = 0;
    this.#ears.news(0);
    this.#said.scrollTop = this.#said.scrollHeight;
    this.#text.focus({ preventScroll: true });
  }

  close() {
    this.#place.hidden = true;
  }

  clear() {
    this.#said.replaceChildren(this.#nothing);
    this.#unread = 0;
    this.#ears.news(0);
  }

  /** @param {Array<{name: string, how: string}>} all */
  people(all) {
    this.#count.textContent = t("panel.people", { count: all.length });
    const rows = all.map(({ name, how }) => make("li", {}, make("span", {}, name), make("span", { class: "small" }, how)));
    this.#people.replaceChildren(...rows);
  }

  /** @param {string} name @param {string} text @param {boolean} [own] */
  message(name, text, own = false) {
    this.#add(make("div", { class: own ? "message own" : "message" }, make("p", { class: "small" }, own ? t("call.you") : name), make("p", {}, text)));
    if (!own) this.#news(`${name}: ${text}`);
  }

  /** Something happened. @param {string} words */
  note(words) {
    this.#add(make("p", { class: "small note" }, words));
  }

  /** @param {Outgoing} file @param {string} to */
  sends(file, to) {
    const card = this.#card(file, t("file.to", { name: to }));
    const stop = make("button", { type: "button" }, t("file.cancel"));
    stop.addEventListener("click", () => file.cancel());
    card.actions.append(stop);
    file.on("change", (progress) => {
      card.show(progress === "waiting" ? t("file.waiting.out") : progress === "done" ? t("file.done.out") : "");
      if (file.isOver) card.actions.replaceChildren();
    });
    card.show(t("file.waiting.out"));
  }

  /** @param {Incoming} file @param {string} from */
  offered(file, from) {
    const card = this.#card(file, t("file.from", { name: from }));
    const take = make("button", { type: "button", class: "main" }, t("file.save"));
    const leave = make("button", { type: "button" }, t("file.decline"));
    const stop = make("button", { type: "button" }, t("file.cancel"));
    take.addEventListener("click", async () => {
      const sink = await diskSink(file.name);
      if (sink === null) return; // thought better of it
      const saved = (/** @type {Blob} */ blob) => save(blob, file.name);
      file.accept(sink ?? (await folderSink(saved)) ?? blobSink(file.type, saved));
    });
    for (const each of [leave, stop]) each.addEventListener("click", () => file.decline());
    card.actions.append(take, leave);
    let before = file.progress;
    file.on("change", (progress) => {
      card.show(progress === "done" ? t("file.done.in") : "");
      if (progress !== before) card.actions.replaceChildren(...(progress === "moving" ? [stop] : []));
      before = progress;
    });
    card.show("");
    this.#news(t("file.offers", { name: from, file: file.name }));
  }

  /** Why something was not sent. @param {string} words */
  refuse(words) {
    this.#unsent.textContent = words;
    this.#unsent.hidden = !words;
  }

  #say() {
    const text = this.#text.value.trim();
    if (!readable(text)) return;
    if (!this.#ears.say(text)) return this.refuse(t("panel.unsent"));
    this.refuse("");
    this.#text.value = "";
  }

  /** @param {Incoming | Outgoing} file @param {string} whom */
  #card(file, whom) {
    const bar = make("progress", { max: "1", value: "0", "aria-label": file.name });
    const state = make("p", { class: "small" });
    const actions = make("div", { class: "row" });
    const head = make("p", {}, make("strong", {}, file.name), " ", make("span", { class: "small" }, whom));
    const element = make("div", { class: "message file" }, head, bar, state, actions);
    this.#add(element);
    const show = (/** @type {string} */ words) => {
      const { progress, moved, size: all } = file;
      element.dataset.progress = progress;
      bar.hidden = progress !== "moving";
      bar.value = all ? moved / all : 1;
      if (progress === "moving") words = t("file.moving", { done: size(moved), size: size(all) });
      else if (progress === "refused" || progress === "stopped" || progress === "failed") words = t(`file.${progress}`);
      state.textContent = words ? (progress === "moving" ? words : `${size(all)}, ${words}`) : size(all);
      if (file.sha256) element.title = `SHA-256 ${file.sha256}`;
    };
    return { actions, show };
  }

  /** @param {HTMLElement} line */
  #add(line) {
    const { scrollTop, scrollHeight, clientHeight } = this.#said;
    const follows = scrollTop + clientHeight > scrollHeight - 40;
    this.#nothing.remove();
    this.#said.append(line);
    while (this.#said.childElementCount > MOST) this.#said.firstElementChild?.remove();
    if (follows) this.#said.scrollTop = this.#said.scrollHeight;
  }

  /** @param {string} words */
  #news(words) {
    if (this.isOpen) return; // the log tells it by itself
    announce(words);
    this.#unread += 1;
    this.#ears.news(this.#unread);
  }
}

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
