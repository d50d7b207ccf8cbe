// @ts-check
/**
 * Tickets in the queues of the matchmaking: what each of them has come to, and how they outlive a lost session.
 *
 * @module
 */

/** @import * as p from "../protocol.js" */
/** @import { Bare, Client } from "./client.js" */
/** @import { Room, RoomOptions } from "./room.js" */
import { PAUSES } from "./connection.js";
import { Emitter } from "./emitter.js";
import { SignalingError } from "./errors.js";
import { enter, marked } from "./room.js";
import { Timers } from "./world.js";

/**
 * What a ticket says of its player, as `mm.enqueue` has it. With `again` it is queued again where the server
 * has forgotten the session; otherwise it is over then (`ended`, reason `lost`).
 *
 * @typedef {Omit<Bare<p.EnterQueue>, "t" | "queue"> & {again?: boolean}} QueueOptions
 */

/** @typedef {p.TicketQueued | p.TicketUpdate | p.MatchFound | p.MatchAccepted | p.MatchStart | p.TicketRequeued | p.MatchEnded} TicketNews */

/**
 * @typedef {{queued: p.TicketQueued, update: p.TicketUpdate, found: p.MatchFound, accepted: p.MatchAccepted,
 *   start: p.MatchStart, requeued: p.TicketRequeued, ended: p.MatchEnded}} TicketEvents
 */

/**
 * A ticket in a queue, and the match that becomes of it; `Client.enqueue` makes one.
 *
 * @extends {Emitter<TicketEvents>}
 */
export class Ticket extends Emitter {
  #client;
  #ask;
  #accepts = false;
  #since = performance.now();
  /** @type {Array<{done: (start: p.MatchStart) => void, failed: (error: SignalingError) => void}>} */
  #waiters = [];

  /**
   * @param {Client} client
   * @param {(message: any) => Promise<any>} ask
   * @param {string} queue
   * @param {QueueOptions} options
   */
  constructor(client, ask, queue, options) {
    super();
    this.#client = client;
    this.#ask = ask;
    /** The queue it waits in. */
    this.queue = queue;
    /** What it was asked for with. */
    this.options = options;
    /** Its id; empty while it is asked for. */
    this.id = "";
    /** The match that was found for it, until it begins or comes to nothing. @type {p.MatchFound | null} */
    this.found = null;
    /** The match that it plays, as told last. @type {p.MatchStart | null} */
    this.started = null;
    /** How it ended. @type {p.MatchEnded | null} */
    this.over = null;
  }

  /** Seconds that it has waited by now, by our own clock between two updates: where many wait those are far apart. */
  get waited() {
    return (performance.now() - this.#since) / 1000;
  }

  /**
   * Wait until a match begins; it fails when the ticket is over without one.
   *
   * @param {{accept?: boolean}} [options] Whether to say yes to whatever is found, which is so unless it is false.
   * @returns {Promise<p.MatchStart>}
   */
  match({ accept = true } = {}) {
    if (this.started) return Promise.resolve(this.started);
    if (this.over) return Promise.reject(this.#why(this.over));
    this.#accepts ||= accept;
    if (accept && this.found?.asks) this.accept().catch(() => {});
    return new Promise((done, failed) => this.#waiters.push({ done, failed }));
  }

  /** Say yes to the match that was found. @returns {Promise<p.Ok>} */
  accept() {
    return this.#ask({ t: "mm.accept", match: this.#matchId() });
  }

  /** Say no to the match that was found, and wait no longer. @returns {Promise<p.Ok>} */
  decline() {
    return this.#ask({ t: "mm.decline", match: this.#matchId() });
  }

  /** Wait no longer. @returns {Promise<p.Ok>} */
  cancel() {
    return this.#ask({ t: "mm.cancel", ticket: this.id });
  }

  /** Enter the room of the match, with a call to each other player. @param {RoomOptions} [options] @returns {Promise<Room>} */
  enter(options = {}) {
    const { started } = this;
    if (!started) throw new SignalingError(404, "not_found", "no match has begun");
    const key = started.token === undefined ? {} : { key: started.token };
    return enter(this.#client, started.room, marked({ ...options, ...key, client: this.#client }));
  }

  /** Let others in, so many into each team; for the host. @param {number[]} seats @returns {Promise<p.Ok>} */
  open(seats) {
    return this.#ask({ t: "mm.open", match: this.#matchId(), seats });
  }

  /** End the match with a result; for the host. @param {unknown} result @returns {Promise<p.Ok>} */
  result(result) {
    return this.#ask({ t: "mm.result", match: this.#matchId(), result });
  }

  /** Play the match no longer. @param {string} [reason] @returns {Promise<p.Ok>} */
  async quit(reason = "") {
    const done = await this.#ask({ t: "mm.quit", match: this.#matchId(), reason });
    this.#client.forget(this, "cancelled");
    return done;
  }

  /** Take what the server tells of it. @param {TicketNews} news */
  hear(news) {
    if (this.over) return;
    if (news.t === "mm.queued") {
      this.id = news.ticket;
      this.#since = performance.now();
    }
    if (news.t === "mm.update") this.#since = performance.now() - news.waited_s * 1000;
    if (news.t === "mm.found") this.found = news;
    else if (news.t !== "mm.update" && news.t !== "mm.accepted") this.found = null;
    if (news.t === "mm.start") this.started = news;
    if (news.t === "mm.ended") this.over = news;
    this.emit(/** @type {any} */ (news.t.slice(3)), /** @type {any} */ (news));
    if (news.t === "mm.found" && news.asks && this.#accepts) this.accept().catch(() => {}); // too late: what follows is told
    if (news.t === "mm.start") for (const { done } of this.#waiters.splice(0)) done(news);
    if (news.t === "mm.ended") for (const { failed } of this.#waiters.splice(0)) failed(this.#why(news));
  }

  /** It is gone, with its session or by one's own will. @param {p.Outcome} [reason] */
  lose(reason = "lost") {
    /** @type {p.MatchEnded} */
    const ended = { t: "mm.ended", ticket: this.id, queue: this.queue, reason };
    if (this.started) ended.match = this.started.match;
    this.hear(ended);
  }

  #matchId() {
    return (this.started ?? this.found)?.match ?? "none";
  }

  /** @param {p.MatchEnded} ended */
  #why({ reason }) {
    return new SignalingError(499, reason, `the ticket is over: ${reason}`);
  }
}

/** The tickets of a client, one for each queue. */
export class Tickets {
  #client;
  #ask;
  #timers;
  /** @type {Map<string, Ticket>} by queue */
  #tickets = new Map();
  #over = false;

  /** @param {Client} client @param {(message: any) => Promise<any>} ask */
  constructor(client, ask) {
    this.#client = client;
    this.#ask = ask;
    this.#timers = new Timers(client.world);
  }

  /** @param {string} queue @param {QueueOptions} options @returns {Promise<Ticket>} */
  async enqueue(queue, options) {
    if (this.#tickets.has(queue)) throw new SignalingError(409, "conflict", `there is a ticket in ${queue} already`);
    const ticket = new Ticket(this.#client, this.#ask, queue, options);
    this.#tickets.set(queue, ticket);
    try {
      const queued = await this.#get(ticket);
      if (!ticket.id) ticket.id = queued.ticket;
    } catch (error) {
      this.#drop(ticket);
      throw error;
    }
    return ticket;
  }

  /** @param {TicketNews} news */
  tell(news) {
    for (const ticket of [...this.#tickets.values()]) {
      if ("queue" in news ? ticket.queue !== news.queue : ticket.found?.match !== news.match) continue;
      ticket.hear(news);
      if (ticket.over) this.#drop(ticket);
    }
  }

  /** @param {Ticket} ticket @param {p.Outcome} reason */
  forget(ticket, reason) {
    ticket.lose(reason);
    this.#drop(ticket);
  }

  /** The session is gone, and its tickets with it. */
  loseSession() {
    for (const ticket of [...this.#tickets.values()]) {
      if (!ticket.id) continue;
      if (ticket.started || !ticket.options.again) this.forget(ticket, "lost");
      else {
        ticket.id = "";
        this.#queueAgain(ticket, 0);
      }
    }
  }

  end() {
    this.#over = true;
    this.#timers.clear();
    for (const ticket of [...this.#tickets.values()]) ticket.lose();
    this.#tickets.clear();
  }

  /** Ask for a ticket, in the next session if this one is lost. @param {Ticket} ticket @returns {Promise<p.TicketQueued>} */
  async #get(ticket) {
    const { again: _, ...said } = ticket.options;
    for (;;) {
      try {
        return await this.#ask({ t: "mm.enqueue", queue: ticket.queue, ...said });
      } catch (error) {
        const lost = /** @type {SignalingError} */ (error).label === "session_lost";
        if (!lost || this.#over) throw error;
      }
    }
  }

  /** @param {Ticket} ticket @param {number} tries */
  #queueAgain(ticket, tries) {
    this.#get(ticket).then(
      (queued) => ticket.hear(queued),
      (/** @type {SignalingError} */ error) => {
        if (error.retryMs !== undefined && tries < PAUSES.length && !this.#over) {
          this.#timers.set(ticket.queue, error.retryMs, () => this.#queueAgain(ticket, tries + 1));
        } else this.forget(ticket, "lost");
      },
    );
  }

  /** @param {Ticket} ticket */
  #drop(ticket) {
    if (this.#tickets.get(ticket.queue) === ticket) this.#tickets.delete(ticket.queue);
  }
}
