// @ts-check
/**
 * One game with one other player, from the first word to the last: the link below, a core in the middle,
 * and above whoever shows it.
 *
 * @module
 */

import { Link } from "./link.js";
import { Guest, Host } from "./play.js";
import { VERSION } from "./wire.js";

/** @import { Call } from "/hairpin.js" */
/** @import { Happening, Rink } from "./rink.js" */
/** @import { Said, Snapshot, Target } from "./wire.js" */

/** @typedef {"meeting" | "playing" | "over" | "gone"} Stage */
/** @typedef {{mine: boolean, score: [number, number]}} Goal Mine first. */
/**
 * @typedef {object} Audience
 * @property {() => void} changed Stage, names, score, or who is away.
 * @property {(goal: Goal) => void} goal
 * @property {() => void} stalled
 * @property {(happened: Happening[]) => void} happened
 */

const QUIET = 1.5; // seconds without a sign after which something is wrong
const LOST = 15; // and after which it is over

export class Match {
  #link;
  #core;
  #audience;
  #name;
  #isAway = false;
  #otherAway = false;
  #wantsAgain = { mine: false, theirs: false };
  #greeted = { mine: false, theirs: false };
  #lastMove = 0;
  #now = 0;

  /**
   * @param {Call} call
   * @param {boolean} hosts Whether our table counts.
   * @param {string} name Ours.
   * @param {Audience} audience
   */
  constructor(call, hosts, name, audience) {
    this.#name = name;
    this.#audience = audience;
    this.#core = hosts ? new Host() : new Guest();
    /** @type {Stage} */
    this.stage = "meeting";
    /** Why it is over before its time. */
    this.reason = "";
    this.other = { name: "", bot: false };
    this.winner = /** @type {number | null} */ (null);
    this.#link = new Link(call, {
      open: () => this.#greet(),
      event: (said) => this.#hear(said),
      move: (move) => this.#moved(move),
      over: (reason) => this.#end(reason),
    });
  }

  get side() {
    return this.#core.side;
  }

  /** Mine first. @returns {[number, number]} */
  get score() {
    const [a, b] = this.#core.score;
    return this.side === 0 ? [a, b] : [b, a];
  }

  get isAway() {
    return this.#otherAway;
  }

  get isInterrupted() {
    return this.stage === "playing" && !this.#otherAway && !this.#isAway && this.#silence > QUIET;
  }

  get again() {
    return this.#wantsAgain;
  }

  get counts() {
    return this.#link.counts;
  }

  path() {
    return this.#link.path();
  }

  /** @param {import("./rink.js").Point} point */
  aim(point) {
    this.#core.aim(point);
  }

  /** The page is hidden, or to be seen again. @param {boolean} away */
  away(away) {
    this.#isAway = away;
    this.#link.say({ t: "away", away });
    this.#pause();
  }

  /** Ask for another round. */
  playAgain() {
    this.#wantsAgain.mine = true;
    this.#link.say({ t: "again" });
    this.#anew();
    this.#audience.changed();
  }

  leave() {
    this.#link.close();
  }

  /** Let time pass, and send what there is to send. @param {number} now Seconds. @returns {Rink} */
  frame(now) {
    this.#now = now;
    const { moves, events, happened } = this.#core.advance(now);
    this.#link.move(moves);
    this.#link.say(...events);
    for (const said of events) this.#score(said);
    if (happened.length) this.#audience.happened(happened);
    if (this.stage === "playing" && !this.#otherAway && this.#silence > LOST) {
      this.#link.close();
      this.#end("silence");
    }
    return this.#core.view(now);
  }

  get #silence() {
    return this.#lastMove ? this.#now - this.#lastMove : 0;
  }

  #greet() {
    this.#greeted.mine = true;
    this.#link.say({ t: "hello", version: VERSION, name: this.#name, bot: false });
    if (this.#isAway) this.#link.say({ t: "away", away: true });
    this.#first();
  }

  #first() {
    if (this.#greeted.mine && this.#greeted.theirs) this.#begin();
  }

  #begin() {
    if (!(this.#core instanceof Host)) return;
    this.#link.say(...this.#core.begin());
    this.#begun();
  }

  #begun() {
    this.#wantsAgain = { mine: false, theirs: false };
    this.winner = null;
    this.stage = "playing";
    this.#lastMove = this.#now;
    this.#audience.changed();
  }

  #anew() {
    if (this.stage === "over" && this.#wantsAgain.mine && this.#wantsAgain.theirs) this.#begin();
  }

  #pause() {
    this.#core.paused = this.#isAway || this.#otherAway;
    this.#lastMove = this.#now;
    this.#audience.changed();
  }

  /** @param {Said} said */
  #hear(said) {
    if (said.t === "hello") {
      if (said.version !== VERSION) {
        this.#link.close();
        return this.#end("version");
      }
      this.other = { name: said.name, bot: said.bot };
      this.#greeted.theirs = true;
      this.#first();
    } else if (said.t === "away") {
      this.#otherAway = said.away;
      this.#pause();
    } else if (said.t === "again") {
      this.#wantsAgain.theirs = true;
      this.#anew();
    } else if (this.#core instanceof Guest) {
      this.#core.hear(said);
      if (said.t === "begin") return this.#begun();
      this.#score(said);
    }
    this.#audience.changed();
  }

  /** @param {Said} said */
  #score(said) {
    if (said.t === "stalled") this.#audience.stalled();
    if (said.t !== "goal" && said.t !== "over") return;
    if (said.t === "goal") this.#audience.goal({ mine: said.by === this.side, score: this.score });
    else {
      this.stage = "over";
      this.winner = said.winner;
    }
    this.#audience.changed();
  }

  /** @param {Snapshot | Target} move */
  #moved(move) {
    this.#lastMove = this.#now;
    if (this.#core instanceof Host) this.#core.receive(move);
    else this.#core.receive(move, this.#now);
  }

  /** @param {string} reason */
  #end(reason) {
    if (this.stage === "gone") return;
    this.reason = reason;
    this.stage = "gone";
    this.#audience.changed();
  }
}
