// @ts-check
/**
 * One other member: the peer connection to it, what comes of it, and what goes there.
 *
 * Negotiation, restarts of ICE and coming back after the signaling server was away are those of `hairpin.js`; this
 * holds to one line for sound and one for the picture, so that to mute, to show the screen or to change
 * the camera takes no negotiation.
 *
 * @module
 */

import { Diary } from "./diary.js";
import { Emitter } from "./emitter.js";
import { Files, LABEL as FILES } from "./files.js";
import { readMember } from "./members.js";
import { readText, readable } from "./talk.js";

/** @import { Call } from "/hairpin.js" */
/** @import { Shows } from "./members.js" */
/** @import { Incoming } from "./files.js" */

/** @typedef {"connecting" | "connected" | "reconnecting" | "failed"} State */
/** @typedef {Record<"audio" | "video", MediaStreamTrack | null>} Outgoing */
/**
 * @typedef {{state: State, stream: MediaStream, shows: Shows, chat: string, channel: RTCDataChannel, file: Incoming,
 *   over: string}} RemoteEvents
 */

/** @type {Array<"audio" | "video">} */
const KINDS = ["audio", "video"];
/** Larger pictures than this are dropped by libwebrtc until it has seen that more goes through: up to four, one after the other. */
const FIRST_PIXELS = 320 * 240;
const GROWS_AFTER = 1000; // ms since it was connected

/** By how much the first pictures are made smaller, so that the very first is sent. @param {MediaStreamTrack | null} track */
export function firstScale(track) {
  const { width = 1280, height = 720, displaySurface } = track?.getSettings() ?? {};
  return displaySurface ? 1 : Math.max(1, Math.ceil(Math.sqrt((width * height) / FIRST_PIXELS)));
}

/** @extends {Emitter<RemoteEvents>} */
export class Remote extends Emitter {
  #call;
  #local;
  #outgoing;
  /** @type {Partial<Record<"audio" | "video", RTCRtpTransceiver>>} */
  #lines = {};
  #limits = { scale: 1, bitrate: 2_500_000 };
  #isSmall = true;
  #wasConnected = false;
  #isOver = false;
  /** What is seen and heard of it. */
  stream = new MediaStream();
  /** @type {State} */
  state = "connecting";
  /** Whether the server has lost it; the call goes on all the same. */
  isAway = false;

  /** @param {Call} call @param {MediaStream} local Names what goes out. @param {Outgoing} outgoing */
  constructor(call, local, outgoing) {
    super();
    this.#call = call;
    this.#local = local;
    this.#outgoing = outgoing;
    this.diary = new Diary(call.pc);
    this.files = new Files(() => call.pc.sctp?.maxMessageSize);
    this.files.on("incoming", (file) => this.tell("file", file));
    const { pc } = call;
    pc.addEventListener("track", ({ track }) => this.#came(track));
    pc.addEventListener("connectionstatechange", () => this.#changed());
    pc.addEventListener("signalingstatechange", () => this.#negotiated());
    pc.addEventListener("datachannel", ({ channel }) => channel.label === FILES && this.files.attach(channel));
    call.on("channel", (channel) => channel === call.channel && this.#talk(channel));
    call.on("over", ({ reason }) => this.#end(reason));
    if (call.polite) this.#begin();
  }

  /** The name by which the server knows it. */
  get peer() {
    return this.#call.peer;
  }

  /** By what it is known again, also under another name. */
  get key() {
    return this.#call.key;
  }

  get polite() {
    return this.#call.polite;
  }

  get pc() {
    return this.#call.pc;
  }

  /** What it tells of itself. */
  get shows() {
    return readMember(this.#call.meta, this.peer);
  }

  get name() {
    return this.shows.name;
  }

  /** Whether text can be sent now. */
  get canTalk() {
    return this.#call.channel?.readyState === "open";
  }

  /** Say something; false if it cannot be sent now. @param {string} text */
  send(text) {
    if (!this.canTalk) return false;
    this.#call.channel?.send(text);
    return true;
  }

  /** Let another track go out in its place, or none. @param {"audio" | "video"} kind @param {MediaStreamTrack | null} track */
  use(kind, track) {
    this.#outgoing[kind] = track;
    this.#lines[kind]?.sender.replaceTrack(track).catch(() => {}); // the connection is closed
  }

  /** How much the picture may cost. @param {{scale: number, bitrate: number}} limits */
  async limit(limits) {
    this.#limits = limits;
    await this.#size();
  }

  async #size() {
    const bitrate = this.#limits.bitrate;
    const scale = Math.max(this.#limits.scale, this.#isSmall ? firstScale(this.#outgoing.video) : 1);
    const sender = this.#lines.video?.sender;
    const parameters = sender?.getParameters();
    if (!sender || !parameters?.encodings?.length) return;
    for (const encoding of parameters.encodings) Object.assign(encoding, { scaleResolutionDownBy: scale, maxBitrate: bitrate });
    await sender.setParameters(parameters).catch(() => {}); // a negotiation came between
  }

  /** @param {boolean} away */
  away(away) {
    this.isAway = away;
    this.tell("state", this.state);
  }

  close() {
    this.#call.close();
  }

  // --- what goes out ---

  /** Whoever came later offers: both lines and the channel for files. */
  #begin() {
    for (const kind of KINDS) this.#add(kind);
    this.files.attach(this.pc.createDataChannel(FILES));
  }

  /** @param {"audio" | "video"} kind */
  #add(kind) {
    const sendEncodings = kind === "video" ? [{ scaleResolutionDownBy: firstScale(this.#outgoing.video) }] : [];
    const options = { direction: /** @type {const} */ ("sendrecv"), streams: [this.#local], sendEncodings };
    this.#lines[kind] = this.pc.addTransceiver(this.#outgoing[kind] ?? kind, options);
  }

  #negotiated() {
    if (this.pc.signalingState === "have-remote-offer") this.#adopt();
    // A member that offered no line for one of them, such as a program that only listens.
    else if (this.pc.signalingState === "stable" && this.pc.remoteDescription) {
      for (const kind of KINDS) if (!this.#lines[kind]) this.#add(kind);
    }
  }

  /** Send over the lines that the other side has opened. */
  #adopt() {
    for (const line of this.pc.getTransceivers()) {
      const kind = /** @type {"audio" | "video"} */ (line.receiver.track.kind);
      if (this.#lines[kind] || line.direction === "stopped") continue;
      this.#lines[kind] = line;
      line.direction = "sendrecv";
      line.sender.setStreams?.(this.#local);
      line.sender.replaceTrack(this.#outgoing[kind]).catch(() => {});
      if (kind === "video") void this.#size();
    }
  }

  // --- what comes ---

  /** @param {MediaStreamTrack} track */
  #came(track) {
    for (const old of this.stream.getTracks()) if (old.kind === track.kind) this.stream.removeTrack(old);
    this.stream.addTrack(track);
    for (const type of ["mute", "unmute"]) track.addEventListener(type, () => this.tell("stream", this.stream));
    this.tell("stream", this.stream);
  }

  /** @param {RTCDataChannel} channel */
  #talk(channel) {
    channel.addEventListener("message", ({ data }) => {
      const text = readText(data);
      if (readable(text)) this.tell("chat", text);
    });
    this.tell("channel", channel);
  }

  #changed() {
    const now = this.pc.connectionState;
    if (now === "closed") return;
    if (now === "connected" && !this.#wasConnected) this.#grow();
    const lost = this.#wasConnected ? "reconnecting" : now === "failed" ? "failed" : "connecting";
    this.state = now === "connected" ? "connected" : lost;
    this.tell("state", this.state);
  }

  /** From now on pictures are as large as they may be. */
  #grow() {
    this.#wasConnected = true;
    setTimeout(() => {
      this.#isSmall = false;
      void this.#size();
    }, GROWS_AFTER);
  }

  /** @param {string} reason */
  #end(reason) {
    if (this.#isOver) return;
    this.#isOver = true;
    this.files.end();
    this.tell("over", reason);
  }
}
