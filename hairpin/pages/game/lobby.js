// @ts-check
/**
 * Waiting in a queue until a match begins: what the server tells on the way, as one state that can be shown.
 *
 * @module
 */

import { Client } from "/hairpin.js";

/** @import { Room, Ticket } from "/hairpin.js" */
/** @import { Openness } from "./reach.js" */

/** @typedef {"connecting" | "waiting" | "found" | "accepted" | "started" | "over"} Stage */

export class Lobby {
  #client;
  #queue;
  #finding;
  #changed;
  /** @type {Ticket | null} */
  #ticket = null;
  #queuedAt = 0;
  #left = false;

  /**
   * @param {string} url
   * @param {string} queue
   * @param {Promise<Openness>} finding How well others reach this page.
   * @param {() => void} changed
   */
  constructor(url, queue, finding, changed) {
    this.#client = new Client(url);
    this.#queue = queue;
    this.#finding = finding;
    this.#changed = changed;
    /** @type {Stage} */
    this.stage = "connecting";
    /** How many wait, how far away in rating others may be, and why there is no match yet. */
    this.update = { waiting: 1, window: /** @type {number | null} */ (null), blocked: "" };
    /** Why a match came to nothing, if one did. */
    this.requeued = "";
    /** Why it is over without a match. */
    this.reason = "";
    /** When there must be a yes, and how many have said so. */
    this.asked = { until: 0, accepted: 0, players: 2 };
    this.hosts = false;
    /** How well others reach this page, as the ticket says. @type {Openness} */
    this.openness = "unknown";
    this.#client.on("down", ({ code, reason, retryMs }) => {
      if (retryMs === undefined && !this.#left) this.#end(reason || `closed with ${code}`);
    });
  }

  /** Seconds since it came to the queue. */
  get waited() {
    return Math.max(0, (performance.now() - this.#queuedAt) / 1000);
  }

  /** Seconds that are left to say yes. */
  get remaining() {
    return Math.max(0, (this.asked.until - performance.now()) / 1000);
  }

  /** Wait until a match begins; the room where it is played. @returns {Promise<Room>} */
  async enter() {
    [this.openness] = await Promise.all([this.#finding, this.#client.connect()]);
    this.#queuedAt = performance.now();
    const ticket = await this.#client.enqueue(this.#queue, { again: true, openness: this.openness });
    this.#ticket = ticket;
    this.#go("waiting");
    ticket.on("queued", ({ waiting }) => {
      this.update.waiting = waiting;
      this.#go("waiting");
    });
    ticket.on("update", ({ waiting, waited_s, window, blocked_by }) => {
      this.#queuedAt = performance.now() - waited_s * 1000;
      this.update = { waiting, window: window ?? null, blocked: blocked_by ?? "" };
      this.#changed();
    });
    ticket.on("found", ({ asks, accept_by_ms, players }) => {
      this.asked = { until: performance.now() + accept_by_ms, accepted: 0, players };
      if (asks) this.#go("found");
    });
    ticket.on("accepted", ({ accepted }) => {
      this.asked.accepted = accepted;
      this.#changed();
    });
    ticket.on("requeued", ({ reason }) => {
      this.requeued = reason;
      this.#go("waiting");
    });
    const { host, you } = await ticket.match({ accept: false });
    this.hosts = host === you;
    this.#go("started");
    return await ticket.enter();
  }

  /** Say yes to the match that was found. */
  accept() {
    this.#ticket?.accept().catch(() => {}); // too late: what follows is told
    this.#go("accepted");
  }

  /** Tell how the match went. @param {unknown} result */
  result(result) {
    if (this.hosts) this.#ticket?.result(result).catch(() => {}); // whoever counts may be gone
  }

  /** Go away, wherever it stands. */
  leave() {
    if (this.#left) return;
    this.#left = true;
    const ticket = this.#ticket;
    if (ticket?.over) this.stage = "over";
    else if (this.stage === "found") ticket?.decline().catch(() => {});
    else if (this.stage === "started") ticket?.quit("left").catch(() => {});
    else if (ticket?.id) ticket.cancel().catch(() => {});
    this.#client.close();
  }

  /** @param {Stage} stage */
  #go(stage) {
    this.stage = stage;
    this.#changed();
  }

  /** @param {string} reason */
  #end(reason) {
    if (this.stage === "over") return;
    this.reason = reason;
    this.#go("over");
  }
}
