// @ts-check
/**
 * Hairpin's signaling for browsers: a connection that comes back by itself, rooms, and calls in them.
 *
 * `join` is all that a page needs for calls; `Client` speaks the protocol `hairpin.v1` and nothing else;
 * `openness` finds out how well others reach a page that waits for a match.
 * There are no dependencies. What comes from the browser (sockets, timers, peer connections) can be
 * replaced through the option `world`, so that all of this runs in a test without any.
 *
 * This is the whole of what a page imports; the parts lie in the folder `hairpin` beside it.
 *
 * @module
 */

/** @import { Room, RoomOptions } from "./hairpin/room.js" */
import { Client } from "./hairpin/client.js";
import { enter, marked } from "./hairpin/room.js";

export { Call } from "./hairpin/call.js";
export { Client } from "./hairpin/client.js";
export { SignalingError, comesBack } from "./hairpin/errors.js";
export { openness } from "./hairpin/openness.js";
export { Room } from "./hairpin/room.js";
export { Ticket } from "./hairpin/tickets.js";

/** @typedef {import("./hairpin/call.js").CallEvents} CallEvents */
/** @typedef {import("./hairpin/client.js").ClientEvents} ClientEvents */
/** @typedef {import("./hairpin/client.js").ClientOptions} ClientOptions */
/** @typedef {import("./hairpin/client.js").Down} Down */
/** @typedef {import("./hairpin/client.js").JoinOptions} JoinOptions */
/** @typedef {import("./hairpin/client.js").Up} Up */
/** @typedef {import("./hairpin/room.js").Custom} Custom */
/** @typedef {import("./hairpin/room.js").Over} Over */
/** @typedef {import("./hairpin/room.js").RoomEvents} RoomEvents */
/** @typedef {import("./hairpin/room.js").RoomOptions} RoomOptions */
/** @typedef {import("./hairpin/tickets.js").QueueOptions} QueueOptions */
/** @typedef {import("./hairpin/tickets.js").TicketEvents} TicketEvents */
/** @typedef {import("./hairpin/tickets.js").TicketNews} TicketNews */
/** @typedef {import("./hairpin/world.js").World} World */

/**
 * Enter a room: there is a call with each other member, and with each that comes.
 *
 * @param {string} url Where the server is, `wss://host/v1/ws`.
 * @param {string} name The room.
 * @param {RoomOptions} [options]
 * @returns {Promise<Room>}
 */
export async function join(url, name, options = {}) {
  const all = marked(options);
  const client = options.client ?? new Client(url, all);
  try {
    return await enter(client, name, all);
  } catch (error) {
    if (!options.client) client.close();
    throw error;
  }
}
