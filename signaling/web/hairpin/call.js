// @ts-check
/**
 * A call with one other member: its peer connection, whose path is restarted where it is lost.
 *
 * @module
 */

/** @import * as p from "../protocol.js" */
/** @import { Room } from "./room.js" */
/** @import { Report } from "./report.js" */
import { Emitter } from "./emitter.js";
import { Negotiation, complaint, text } from "./negotiation.js";
import { Reporter } from "./report.js";
import { Timers, draw } from "./world.js";

const LABEL = "hairpin";
const NOTHING = 30; // milliseconds in which a newcomer may add something to its call
const RESTARTS = [0, 2000, 4000, 8000, 15000];
const GRACE = 30000; // for a call without a path whose other side is lost

/** @typedef {{channel: RTCDataChannel, over: {reason: string}, problem: Error}} CallEvents */

/**
 * A call with one other member: a peer connection whose negotiation nobody has to think of.
 *
 * Add tracks and channels to `pc` at any time, take what comes from its events. Offers that cross are
 * resolved as W3C's perfect negotiation has it; a path that is lost is restarted.
 *
 * @extends {Emitter<CallEvents>}
 */
export class Call extends Emitter {
  #room;
  #timers;
  #negotiation;
  #reporter;
  /** @type {string | undefined} */
  #attempt;
  #missed = false;
  #absent = false;
  #restarts = 0;
  #over = false;

  /**
   * @param {Room} room
   * @param {string} peer
   * @param {Record<string, unknown>} meta
   * @param {boolean} polite
   * @param {boolean} newcomer
   * @param {string} key
   */
  constructor(room, peer, meta, polite, newcomer, key) {
    super();
    const { world } = room.client;
    const began = world.now();
    this.#room = room;
    this.#timers = new Timers(world);
    /** The other member's name. */
    this.peer = peer;
    /** What it tells of itself. */
    this.meta = meta;
    /** Whether this side takes its offer back when two cross. */
    this.polite = polite;
    /** By what the other member is known again. */
    this.key = key;
    /** The data channel that every call has, once it is open. @type {RTCDataChannel | null} */
    this.channel = null;
    // Whoever came later draws the id of the attempt, and offers; the other one learns it from that.
    this.#attempt = newcomer ? undefined : draw(world);
    /** The peer connection. */
    this.pc = new world.RTCPeerConnection(room.rtc);
    this.#reporter = new Reporter(room.client, this.pc, began);
    this.#negotiation = this.#negotiate();
    this.pc.addEventListener("connectionstatechange", () => this.#changed());
    this.pc.addEventListener("datachannel", ({ channel }) => this.#adopt(channel));
  }

  /**
   * Listen; whoever asks for channels is told of the one that is open, too.
   *
   * @template {keyof CallEvents} T
   * @param {T} type
   * @param {(event: CallEvents[T]) => void} listener
   */
  on(type, listener) {
    const off = super.on(type, listener);
    if (type === "channel" && this.channel) listener(/** @type {any} */ (this.channel));
    return off;
  }

  /** Hang up. @param {string} [reason] */
  close(reason = "closed") {
    if (this.#over) return;
    if (this.#attempt !== undefined) this.#say("bye", { reason });
    this.finish(reason);
  }

  // --- what the room tells ---

  /** Open the data channel that every call has. */
  open() {
    this.#adopt(this.pc.createDataChannel(LABEL));
  }

  /**
   * Begin although there may be nothing to send: the other side waits for the newcomer's offer with what it
   * has. A page that adds something in the moment that it hears of the call offers that instead.
   */
  offerNothing() {
    this.#plan("offer nothing", NOTHING, () => {
      const { pc } = this;
      if (this.#negotiation.hasOffered || pc.signalingState !== "stable" || pc.getTransceivers().length) return;
      for (const kind of ["audio", "video"]) pc.addTransceiver(kind, { direction: "recvonly" });
    });
  }

  /** The id of the attempt to connect, once it is known. */
  get attempt() {
    return this.#attempt;
  }

  /** @param {string | undefined} attempt */
  isOtherAttempt(attempt) {
    return attempt !== undefined && this.#attempt !== undefined && attempt !== this.#attempt;
  }

  /** Use the servers of now from the next restart on. */
  renew() {
    if (!this.#over) this.pc.setConfiguration(this.#room.rtc);
  }

  /** A signal did not arrive. @param {string | undefined} attempt */
  missed(attempt) {
    if (attempt === this.#attempt) this.#missed = true;
  }

  /** The other side is lost; it may come back. */
  absent() {
    this.#absent = true;
    if (this.pc.connectionState !== "connected") this.#plan("give up", GRACE, () => this.finish("lost"));
  }

  /** The other side can be reached again. @param {boolean} anew Whether what was under way may be lost. */
  reachable(anew) {
    this.#absent = false;
    this.#timers.cancel("give up");
    if (anew || this.#missed) this.#negotiation.sayAgain();
    this.#missed = false;
    if (this.pc.connectionState === "failed") this.#plan("restart", 0, () => this.#restart());
  }

  /** @param {p.Forwarded} signal */
  receive(signal) {
    if (this.#over) return;
    if (this.#attempt === undefined && signal.kind === "offer") this.#attempt = signal.pc;
    if (signal.pc !== this.#attempt) {
      if (signal.kind !== "offer") return; // late, from an attempt that is over
      const message = "there is an offer of another attempt already";
      return this.#say("custom", complaint("offer", message, signal.data), signal.pc);
    }
    if (signal.kind === "bye") return this.finish(text(signal.data, "reason") ?? "closed there");
    this.#negotiation.receive(signal);
  }

  /** The call is over; nothing is said of it. @param {string} reason */
  finish(reason) {
    if (this.#over) return;
    this.#over = true;
    this.#timers.clear();
    this.pc.close();
    this.#tell("ended");
    this.emit("over", { reason });
    this.#room.forget(this, reason);
  }

  #negotiate() {
    const negotiation = new Negotiation({
      pc: this.pc,
      polite: this.polite,
      timers: this.#timers,
      isOver: () => this.#over,
      say: (kind, data) => this.#say(kind, data),
      problem: (problem) => this.emit("problem", problem),
    });
    this.pc.addEventListener("negotiationneeded", () => negotiation.offer(() => this.#attempt !== undefined));
    this.pc.addEventListener("icecandidate", (event) => negotiation.found(event.candidate));
    return negotiation;
  }

  /** @param {p.SignalKind} kind @param {unknown} data @param {string} [attempt] */
  #say(kind, data, attempt = this.#attempt) {
    const more = attempt === undefined ? {} : { pc: attempt };
    this.#room.client.signal(this.#room.name, this.peer, kind, data, more).catch((error) => {
      this.#missed = true; // said again when the other side is back
      if (!this.#over && error.code === 413) this.emit("problem", error);
    });
  }

  // --- the path ---

  #changed() {
    const state = this.pc.connectionState;
    if (state === "connected") {
      this.#restarts = 0;
      this.#timers.cancel("restart");
      this.#timers.cancel("give up");
      this.#tell("connected");
    } else if (state === "disconnected" || state === "failed") {
      if (state === "failed") this.#tell("failed");
      if (this.#absent) this.absent();
      // Both sides notice it; one leaves the other a moment.
      const first = state === "failed" ? 0 : 2000;
      this.#plan("restart", first + (this.polite ? 1000 : 0), () => this.#restart());
    }
  }

  #restart() {
    if (["connected", "closed", "new"].includes(this.pc.connectionState)) return;
    if (this.#room.client.isUp && !this.#absent && this.pc.signalingState === "stable") {
      this.renew();
      this.pc.restartIce();
      this.#restarts += 1;
    }
    const pause = RESTARTS[Math.min(this.#restarts, RESTARTS.length - 1)] || 2000;
    this.#plan("restart", pause, () => this.#restart());
  }

  /** @param {RTCDataChannel} channel */
  #adopt(channel) {
    const opened = () => {
      if (channel.label === LABEL) this.channel = channel;
      this.emit("channel", channel);
    };
    if (channel.readyState === "open") opened();
    else channel.addEventListener("open", opened, { once: true });
  }

  /** Tell the server's operator how it went. @param {p.CallState} state */
  #tell(state) {
    const { name, tells } = this.#room;
    if (!tells) return;
    /** @type {Report} */
    const report = { room: name, peer: this.peer, state };
    if (this.#attempt !== undefined) report.pc = this.#attempt;
    this.#reporter.tell(report);
  }

  /** Plan something for as long as the call goes on. @param {string} name @param {number} ms @param {() => void} act */
  #plan(name, ms, act) {
    this.#timers.set(name, ms, () => this.#over || act());
  }
}
