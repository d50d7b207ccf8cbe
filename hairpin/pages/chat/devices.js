// @ts-check
/**
 * Camera and microphone: asked for, chosen, turned off and on, changed in the middle of a call.
 *
 * @module
 */

import { Emitter } from "./emitter.js";

/** @typedef {"audio" | "video"} Kind */
/** @typedef {"denied" | "missing" | "busy" | "insecure" | "trouble"} Refusal The name of a sentence under `devices.`. */

/** @type {Kind[]} */
export const KINDS = ["audio", "video"];

/** What the page cannot do here at all. @param {any} [here] @returns {"" | "webrtc" | "insecure"} */
export function lack(here = globalThis) {
  if (!here.RTCPeerConnection || !here.WebSocket) return "webrtc";
  return here.navigator?.mediaDevices?.getUserMedia ? "" : "insecure";
}

/** Why there is no device. @param {unknown} error @returns {Refusal} */
export function refusal(error) {
  const name = /** @type {any} */ (error)?.name;
  if (name === "NotAllowedError" || name === "SecurityError" || name === "PermissionDeniedError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError" || name === "DevicesNotFoundError") return "missing";
  if (name === "NotReadableError" || name === "AbortError" || name === "TrackStartError") return "busy";
  return "trouble";
}

/** @typedef {{change: {kind: Kind}, list: {}}} DevicesEvents */

/** @extends {Emitter<DevicesEvents>} */
export class Devices extends Emitter {
  /** What goes out. */
  stream = new MediaStream();
  /** Whether each is to be on. @type {Record<Kind, boolean>} */
  wanted = { audio: true, video: true };
  /** Why one is not there. @type {Record<Kind, Refusal | "">} */
  refused = { audio: "", video: "" };
  /** The ids of those that were picked. @type {Record<Kind, string>} */
  chosen = { audio: "", video: "" };
  #media = navigator.mediaDevices;
  /** One thing after the other. @type {Promise<unknown>} */
  #chain = Promise.resolve();

  constructor() {
    super();
    this.#media?.addEventListener("devicechange", () => this.tell("list", {}));
  }

  /** @param {Kind} kind @returns {MediaStreamTrack | null} */
  track(kind) {
    return this.stream.getTracks().find((track) => track.kind === kind) ?? null;
  }

  /** Whether others can see or hear something of it. @param {Kind} kind */
  isOn(kind) {
    return this.wanted[kind] && this.track(kind) !== null;
  }

  /** Ask for both in one question; if that is refused, for each alone. */
  start() {
    return this.#do(async () => {
      const missing = KINDS.filter((kind) => this.wanted[kind] && !this.track(kind));
      if (missing.length === 2 && (await this.#take(missing)) === "") return;
      for (const kind of missing) await this.#take([kind]);
    });
  }

  /** @param {Kind} kind @param {boolean} on */
  turn(kind, on) {
    return this.#do(async () => {
      this.wanted[kind] = on;
      const track = this.track(kind);
      if (kind === "audio" && track) track.enabled = on; // heard again at once
      else if (!on) this.#drop(kind); // so that the camera's light goes out
      else if (!track) await this.#take([kind]);
      this.tell("change", { kind });
    });
  }

  /** @param {Kind} kind @param {string} id */
  choose(kind, id) {
    return this.#do(async () => {
      this.chosen[kind] = id;
      if (!this.wanted[kind]) return;
      this.#drop(kind); // some cameras can be opened once only
      await this.#take([kind]);
    });
  }

  /** Those that can be chosen. Before leave is given they have no names, and are not told. @param {Kind} kind */
  async list(kind) {
    const all = (await this.#media?.enumerateDevices().catch(() => [])) ?? [];
    return all.filter((each) => each.kind === `${kind}input` && each.deviceId && each.label);
  }

  /** Let go of everything. */
  stop() {
    return this.#do(async () => KINDS.forEach((kind) => this.#drop(kind)));
  }

  /** @param {() => Promise<unknown>} act */
  #do(act) {
    this.#chain = this.#chain.then(act);
    return this.#chain;
  }

  /** @param {Kind[]} kinds @returns {Promise<Refusal | "">} */
  async #take(kinds) {
    /** @type {Refusal | ""} */
    let why = "";
    try {
      if (!this.#media?.getUserMedia) why = "insecure";
      else for (const track of (await this.#media.getUserMedia(this.#constraints(kinds))).getTracks()) this.#add(track);
    } catch (error) {
      if (/** @type {any} */ (error)?.name === "OverconstrainedError" && kinds.some((kind) => this.chosen[kind])) {
        for (const kind of kinds) this.chosen[kind] = ""; // it is not there any more: another one will do
        return this.#take(kinds);
      }
      why = refusal(error);
    }
    for (const kind of kinds) {
      this.refused[kind] = why;
      this.tell("change", { kind });
    }
    this.tell("list", {});
    return why;
  }

  /** @param {Kind[]} kinds @returns {MediaStreamConstraints} */
  #constraints(kinds) {
    // Exactly that one: a wish would count no more than the wish for a size, which another one may have.
    const which = (/** @type {Kind} */ kind) => (this.chosen[kind] ? { deviceId: { exact: this.chosen[kind] } } : {});
    /** @type {MediaStreamConstraints} */
    const wanted = {};
    if (kinds.includes("audio")) {
      wanted.audio = { ...which("audio"), echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    }
    if (kinds.includes("video")) {
      wanted.video = { ...which("video"), width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
    }
    return wanted;
  }

  /** @param {MediaStreamTrack} track */
  #add(track) {
    const kind = /** @type {Kind} */ (track.kind);
    this.#drop(kind);
    this.stream.addTrack(track);
    this.chosen[kind] = track.getSettings().deviceId ?? "";
    track.addEventListener("ended", () => {
      if (this.track(kind) !== track) return; // pulled out, or taken back in the browser
      this.stream.removeTrack(track);
      this.refused[kind] = "missing";
      this.tell("change", { kind });
    });
  }

  /** @param {Kind} kind */
  #drop(kind) {
    const track = this.track(kind);
    if (!track) return;
    this.stream.removeTrack(track);
    track.stop();
  }
}
