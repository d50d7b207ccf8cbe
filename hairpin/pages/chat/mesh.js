// @ts-check
/**
 * All other members of a room: a `Remote` for each, and what goes out to every one of them. It knows no document.
 *
 * @module
 */

import { Emitter } from "./emitter.js";
import { Remote } from "./remote.js";

/** @import { Call, Client, Room } from "/hairpin.js" */
/** @import { Outgoing, State } from "./remote.js" */
/** @import { Shows } from "./members.js" */
/** @import { Incoming } from "./files.js" */

/**
 * @typedef {{join: Remote, leave: {remote: Remote, reason: string}, stream: Remote, state: Remote, shows: Remote,
 *   chat: {remote: Remote, text: string}, channel: Remote, file: {remote: Remote, file: Incoming},
 *   removed: {reason: string, msg?: string}}} MeshEvents
 */

/** What a picture may cost, with so many others in the room. @param {number} others @param {boolean} screen */
export function ration(others, screen) {
  if (screen) return { scale: 1, bitrate: Math.round(5_000_000 / Math.max(2, others)) };
  if (others <= 1) return { scale: 1, bitrate: 2_500_000 };
  if (others <= 3) return { scale: 1.5, bitrate: 900_000 };
  return { scale: 2.5, bitrate: 350_000 };
}

/** @extends {Emitter<MeshEvents>} */
export class Mesh extends Emitter {
  #room;
  #local;
  /** @type {Outgoing} */
  #outgoing;
  /** @type {Array<() => void>} */
  #ears = [];
  #screen = false;
  /** The others, by what they are known again. @type {Map<string, Remote>} */
  remotes = new Map();

  /**
   * @param {Client} client
   * @param {Room} room One that was just joined.
   * @param {MediaStream} local Whose tracks go out at first.
   * @param {{shows?: Partial<Shows>}} [options] What the others are told of this member.
   */
  constructor(client, room, local, { shows = {} } = {}) {
    super();
    this.client = client;
    this.#room = room;
    this.#local = local;
    this.#outgoing = { audio: local.getAudioTracks()[0] ?? null, video: local.getVideoTracks()[0] ?? null };
    this.shows = shows;
    this.#ears.push(
      room.on("gone", ({ peer }) => this.find(peer)?.away(true)),
      room.on("back", ({ peer }) => this.find(peer)?.away(false)),
      room.on("state", ({ peer }) => {
        const remote = this.find(peer);
        if (!remote) return;
        remote.tell("shows", remote.shows);
        this.tell("shows", remote);
      }),
      room.on("removed", ({ reason, msg }) => this.tell("removed", { reason, ...(msg === undefined ? {} : { msg }) })),
    );
  }

  /** Begin with those who are there; listeners are to be in place before. */
  start() {
    this.#ears.push(this.#room.on("call", (call) => this.#meet(call)));
  }

  /** The name of the room. */
  get name() {
    return this.#room.name;
  }

  /** @param {string} peer */
  find(peer) {
    return [...this.remotes.values()].find((each) => each.peer === peer);
  }

  /** Say something to everybody; how many it is on its way to. @param {string} text */
  send(text) {
    return [...this.remotes.values()].filter((each) => each.send(text)).length;
  }

  /**
   * Let another track go out to everybody, or none.
   *
   * @param {"audio" | "video"} kind
   * @param {MediaStreamTrack | null} track
   * @param {{screen?: boolean}} [what]
   */
  use(kind, track, { screen = false } = {}) {
    this.#outgoing[kind] = track;
    for (const remote of this.remotes.values()) remote.use(kind, track);
    if (kind === "video") this.#screen = screen;
    this.#share();
  }

  /** Tell the others what of this member can be heard and seen. @param {Partial<Shows>} shows */
  tellShows(shows) {
    Object.assign(this.shows, shows);
    // What cannot be told now (the server is away for long) is told with the next change.
    this.#room.state({ ...this.shows }).catch(() => {});
  }

  async leave() {
    for (const off of this.#ears.splice(0)) off();
    await this.#room.leave();
    this.remotes.clear();
  }

  /** @param {Call} call */
  #meet(call) {
    const remote = new Remote(call, this.#local, { ...this.#outgoing });
    this.remotes.set(remote.key, remote);
    remote.on("stream", () => this.tell("stream", remote));
    remote.on("chat", (text) => this.tell("chat", { remote, text }));
    remote.on("channel", () => this.tell("channel", remote));
    remote.on("file", (file) => this.tell("file", { remote, file }));
    remote.on("state", (state) => {
      if (state === "connected") this.#share();
      this.tell("state", remote);
    });
    remote.on("over", (reason) => {
      if (this.remotes.get(remote.key) === remote) this.remotes.delete(remote.key);
      this.#share();
      this.tell("leave", { remote, reason });
    });
    this.tell("join", remote);
  }

  #share() {
    const limits = ration(this.remotes.size, this.#screen);
    for (const remote of this.remotes.values()) void remote.limit(limits);
  }
}
