// @ts-check
/**
 * A call from its first moment to its last: what the mesh tells goes to faces and panel, what is pressed goes to it.
 *
 * @module
 */

import { Bar } from "./bar.js";
import { announce, find } from "./dom.js";
import { Grid } from "./grid.js";
import { Panel } from "./panel.js";
import { Picker } from "./picker.js";
import { showScreen } from "./screen.js";
import { cut } from "./talk.js";
import { spoken, t } from "./words/index.js";

/** @import { Devices, Kind } from "./devices.js" */
/** @import { Mesh } from "./mesh.js" */
/** @import { Remote } from "./remote.js" */
/** @import { Control } from "./bar.js" */

const OWN = "own";
const LOUD = 0.02; // of RTCRtpContributingSource.audioLevel
const GONE = ["lost", "closed"];

export class Stage {
  #devices;
  #hangup;
  #bar = new Bar((control) => this.#press(control));
  #panel = new Panel({
    say: (text) => this.#say(text),
    files: (files) => this.#offer(files),
    news: (count) => this.#bar.news(count),
    close: () => this.#open(false),
  });
  #grid = new Grid(find("grid", HTMLElement), find("stage", HTMLElement));
  /** @type {Mesh | null} */
  #mesh = null;
  /** @type {MediaStreamTrack | null} */
  #screen = null;
  /** @type {{close: () => void} | null} */
  #inspector = null;
  #name = "";
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #listening;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #bannerTimer;

  /** @param {Devices} devices @param {() => void} hangup */
  constructor(devices, hangup) {
    this.#devices = devices;
    this.#hangup = hangup;
    new Picker(find("call-devices", HTMLElement), devices);
    devices.on("change", ({ kind }) => this.#changed(kind));
    find("copy", HTMLButtonElement).addEventListener("click", () => void this.#copy());
    this.#droppable();
  }

  /** @param {Mesh} mesh One that has not started. @param {string} name */
  begin(mesh, name) {
    this.#mesh = mesh;
    this.#name = name;
    find("room-name", HTMLElement).textContent = t("call.title", { room: mesh.name });
    find("link", HTMLInputElement).value = location.href;
    this.#panel.clear();
    this.#grid.add(OWN, true);
    mesh.on("join", (remote) => this.#joined(remote));
    mesh.on("leave", ({ remote, reason }) => this.#left(remote, reason));
    for (const type of /** @type {const} */ (["stream", "shows", "state", "channel"])) mesh.on(type, (remote) => this.#render(remote));
    mesh.on("chat", ({ remote, text }) => this.#panel.message(remote.name, text));
    mesh.on("file", ({ remote, file }) => this.#panel.offered(file, remote.name));
    mesh.start();
    this.#renderOwn();
    this.#people();
    this.#listening = setInterval(() => this.#listen(), 250);
    this.#bar.wake();
  }

  end() {
    clearInterval(this.#listening);
    this.#stopScreen();
    this.#inspector?.close();
    this.#inspector = null;
    this.#open(false);
    this.#mesh = null;
    this.#grid.clear();
    this.banner("");
    document.body.classList.remove("idle");
  }

  translate() {
    this.#bar.translate();
  }

  /** Words over the faces, which go by themselves if they are not to stay. @param {string} words @param {boolean} [stays] */
  banner(words, stays = false) {
    const place = find("banner", HTMLElement);
    clearTimeout(this.#bannerTimer);
    place.hidden = !words;
    if (place.textContent !== words) place.textContent = words;
    if (words && !stays) this.#bannerTimer = setTimeout(() => (place.hidden = true), 4000);
  }

  get isAlone() {
    return !this.#mesh?.remotes.size;
  }

  // --- those who are there ---

  /** @param {Remote} remote */
  #joined(remote) {
    const tile = this.#grid.add(remote.key);
    tile.play(remote.stream);
    this.#render(remote);
    this.#tell(t("call.came", { name: remote.name }));
  }

  /** @param {Remote} remote @param {string} reason */
  #left(remote, reason) {
    // One that begins anew has a tile again already.
    if (this.#mesh?.remotes.has(remote.key)) return;
    this.#grid.remove(remote.key);
    this.#people();
    this.#tell(t(GONE.includes(reason) ? "call.lost" : "call.left", { name: remote.name }));
  }

  /** @param {Remote} remote */
  #render(remote) {
    const tile = this.#grid.tiles.get(remote.key);
    if (!tile || this.#mesh?.remotes.get(remote.key) !== remote) return;
    const { shows } = remote;
    tile.play(remote.stream);
    const comes = remote.stream.getVideoTracks().some((track) => !track.muted);
    const before = tile.screen;
    // While it is interrupted the last picture stays.
    tile.show(shows, (shows.camera || shows.screen) && (comes || remote.state === "reconnecting"));
    tile.tellState(remote.state, remote.name);
    if (before !== tile.screen) this.#grid.lay();
    this.#people();
  }

  #people() {
    const others = [...(this.#mesh?.remotes.values() ?? [])];
    const how = (/** @type {Remote} */ each) => (each.state !== "connected" ? t(`call.${each.state}`, { name: each.name }) : each.shows.mic ? "" : t("call.muted"));
    const own = { name: `${this.#name} (${t("call.you")})`, how: this.#devices.isOn("audio") ? "" : t("call.muted") };
    this.#panel.people([own, ...others.map((each) => ({ name: each.name, how: how(each) }))]);
    find("alone", HTMLElement).hidden = others.length > 0;
  }

  #listen() {
    for (const remote of this.#mesh?.remotes.values() ?? []) {
      const audio = remote.pc.getReceivers().find(({ track }) => track.kind === "audio");
      const level = audio?.getSynchronizationSources()[0]?.audioLevel ?? 0;
      this.#grid.tiles.get(remote.key)?.speaking(level > LOUD && remote.shows.mic);
    }
  }

  /** @param {string} words */
  #tell(words) {
    announce(words);
    this.#panel.note(words);
  }

  // --- what goes out ---

  /** @param {Kind} kind */
  #changed(kind) {
    const mesh = this.#mesh;
    if (!mesh) return;
    if (kind === "audio") mesh.use("audio", this.#devices.track("audio"));
    else if (!this.#screen) mesh.use("video", this.#devices.track("video"));
    this.#renderOwn();
    this.#people();
    mesh.tellShows(this.shows());
    const { refused, wanted } = this.#devices;
    const why = wanted[kind] && refused[kind];
    if (why) this.banner(t(`devices.${why}.${kind}`));
  }

  /** What others are told of us. */
  shows() {
    return {
      name: this.#name,
      mic: this.#devices.isOn("audio"),
      camera: this.#devices.isOn("video"),
      screen: this.#screen !== null,
      files: true,
    };
  }

  #renderOwn() {
    const [mic, camera, screen] = [this.#devices.isOn("audio"), this.#devices.isOn("video"), this.#screen];
    this.#bar.look("mic", mic ? "" : "off");
    this.#bar.say("mic", mic ? "bar.mute" : "bar.unmute");
    this.#bar.look("camera", camera ? "" : "off");
    this.#bar.say("camera", camera ? "bar.camera.off" : "bar.camera.on");
    this.#bar.look("screen", screen ? "on" : "");
    this.#bar.say("screen", screen ? "bar.screen.off" : "bar.screen.on");
    const tile = this.#grid.tiles.get(OWN);
    if (!tile) return;
    tile.play(screen ? new MediaStream([screen]) : this.#devices.stream);
    tile.show(this.shows(), camera || screen !== null);
    tile.tellState("connected", "");
  }

  async #toggleScreen() {
    if (this.#screen) return this.#stopScreen();
    const track = await showScreen();
    if (!this.#mesh) return void (typeof track === "object" && track.stop());
    if (typeof track === "string") return this.banner(t(`call.screen.${track}`));
    this.#screen = track;
    track.addEventListener("ended", () => this.#screen === track && this.#stopScreen()); // stopped in the browser
    this.#mesh.use("video", track, { screen: true });
    this.#shared(t("call.screen.now"));
  }

  #stopScreen() {
    if (!this.#screen) return;
    this.#screen.stop();
    this.#screen = null;
    this.#mesh?.use("video", this.#devices.track("video"));
    this.#shared(t("call.screen.over"));
  }

  /** @param {string} words */
  #shared(words) {
    this.#mesh?.tellShows(this.shows());
    this.#renderOwn();
    this.banner(words);
  }

  /** @param {string} text */
  #say(text) {
    const said = cut(text);
    if (!this.#mesh?.send(said)) return false;
    this.#panel.message(this.#name, said, true);
    return true;
  }

  /** @param {File[]} files */
  #offer(files) {
    if (!files.length) return;
    this.#open(true);
    this.#panel.refuse("");
    const takers = [...(this.#mesh?.remotes.values() ?? [])].filter(({ shows, files: line }) => shows.files && line.isOpen);
    if (!takers.length) return this.#panel.refuse(t("file.nobody"));
    for (const file of files) {
      for (const remote of takers) {
        const sent = remote.files.offer(file);
        if (!sent) return this.#panel.refuse(t("file.many"));
        this.#panel.sends(sent, remote.name);
      }
    }
  }

  #droppable() {
    const call = find("call", HTMLElement);
    const holdsFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
    addEventListener("dragover", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault(); // also in the lobby, where a file would take the page's place
      if (this.#mesh) call.dataset.drop = t("panel.drop");
    });
    addEventListener("dragleave", (event) => event.relatedTarget === null && delete call.dataset.drop);
    addEventListener("drop", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      delete call.dataset.drop;
      if (this.#mesh) this.#offer([...(event.dataTransfer?.files ?? [])]);
    });
  }

  // --- what is pressed ---

  /** @param {Control | "close"} control */
  #press(control) {
    const devices = this.#devices;
    if (control === "mic") {
      void devices.turn("audio", !devices.isOn("audio")).then(() => announce(t(devices.isOn("audio") ? "call.unmuted.now" : "call.muted.now")));
    } else if (control === "camera") void devices.turn("video", !devices.isOn("video"));
    else if (control === "screen") void this.#toggleScreen();
    else if (control === "chat") this.#open(!this.#panel.isOpen);
    else if (control === "inspector") void this.#inspect();
    else if (control === "settings") find("settings", HTMLDialogElement).showModal();
    else if (control === "hangup") this.#hangup();
    else if (this.#inspector) void this.#inspect();
    else if (this.#panel.isOpen) this.#open(false);
  }

  /** @param {boolean} open */
  #open(open) {
    if (open === this.#panel.isOpen) return;
    if (open) this.#panel.open();
    else this.#panel.close();
    this.#bar.look("chat", open ? "on" : "");
    if (!open && this.#mesh) find("bar-chat", HTMLElement).focus({ preventScroll: true });
  }

  /** STUN servers, of which there may be no connection yet that knows them. */
  #servers() {
    return (this.#mesh?.client.welcome?.ice ?? []).flatMap(({ urls }) => urls);
  }

  async #inspect() {
    const place = find("inspector", HTMLElement);
    if (this.#inspector) {
      this.#inspector.close();
      this.#inspector = null;
    } else if (this.#mesh) {
      try {
        const { open } = await import("./inspector/inspector.js"); // brought when it is wanted
        const closed = () => void this.#inspect();
        this.#inspector = await open(this.#mesh, place, { language: spoken(), servers: () => this.#servers(), closed });
      } catch {
        this.banner(t("call.inspector.none"));
      }
    }
    place.hidden = !this.#inspector;
    this.#bar.look("inspector", this.#inspector ? "on" : "");
  }

  async #copy() {
    const link = find("link", HTMLInputElement);
    link.select();
    try {
      await navigator.clipboard.writeText(link.value);
    } catch {
      document.execCommand("copy"); // where the page is not from a secure place
    }
    this.banner(t("alone.copied"));
  }
}
