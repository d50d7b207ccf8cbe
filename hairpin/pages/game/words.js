// @ts-check
/**
 * Everything that the page says, in one place.
 *
 * @module
 */

export const WORDS = {
  you: "You",
  somebody: "Opponent",
  bot: "Bot",
  title: "Duel",
  failed: {
    webrtc: "This browser has no WebRTC. Try a current Firefox, Chrome or Safari.",
    full: "Two are playing in this room already. Make a room of your own.",
    lost: (/** @type {string} */ why) => `The server cannot be reached (${why}). It is tried again by itself.`,
    room: (/** @type {string} */ why) => `The room cannot be entered: ${why}.`,
    version: "The other player's page is of another version. Both reload the page.",
    path: "No path between the two of you was found. A network on the way may block UDP, and no relay helped.",
  },
  queue: {
    none: (/** @type {string} */ name) => `This server has no queue called ${name}. Play with a friend instead.`,
    waits: (/** @type {number} */ count) => (count > 1 ? `${count} players are waiting` : "Nobody else is waiting yet"),
    window: (/** @type {number} */ points) => `Looking up to ${Math.round(points)} points up and down`,
    bots: "If nobody comes, a bot plays with you.",
    accepted: (/** @type {number} */ yes, /** @type {number} */ of) => `${yes} of ${of} have accepted`,
    remaining: (/** @type {number} */ seconds) => `${Math.ceil(seconds)} s left`,
    over: /** @type {Record<string, string>} */ ({
      expired: "Nobody came for a long time. Try again.",
      declined: "You did not accept in time.",
      lost: "The connection to the server was lost for too long.",
      closed: "The queue was closed.",
    }),
    requeued: /** @type {Record<string, string>} */ ({
      declined: "The other player did not accept. You keep your place.",
      lost: "The other player was lost. You keep your place.",
      cancelled: "The other player left. You keep your place.",
    }),
    blocked: /** @type {Record<string, string>} */ ({
      alone: "Nobody else wants the same yet.",
      too_few: "More players are needed.",
      rating: "Those who wait are stronger or weaker; the search grows wider.",
      region: "No place is near enough to everybody yet.",
      property: "Those who wait want something else.",
      avoided: "Those who wait avoid you, or you them.",
      size: "The parties that wait do not fill the teams.",
      quality: "A better match is likely to come soon.",
      paused: "Your connection is lost at the moment.",
    }),
  },
  absent: "The other player did not come.",
  connecting: "Reaching the server …",
  meeting: (/** @type {string} */ name) => `Connecting to ${name} …`,
  left: (/** @type {string} */ name) => `${name} has left.`,
  lostOther: (/** @type {string} */ name) => `The connection to ${name} is lost.`,
  away: (/** @type {string} */ name) => `${name} is looking elsewhere. The puck waits.`,
  interrupted: "The connection is interrupted. Waiting for it to come back …",
  again: (/** @type {string} */ name) => `${name} wants to play again.`,
  againWaits: (/** @type {string} */ name) => `Waiting for ${name} …`,
  scored: (/** @type {boolean} */ mine, /** @type {string} */ name) => (mine ? "Goal!" : `${name} scores.`),
  stalled: "Eight seconds on one side: the puck changes hands.",
  score: (/** @type {number} */ mine, /** @type {number} */ theirs) => `${mine} to ${theirs}`,
  won: "You win!",
  lost: (/** @type {string} */ name) => `${name} wins.`,
  begins: "The game begins.",
  copied: "Link copied.",
  path: { direct: "Direct", relayed: "Relayed", unknown: "Connected" },
  rtt: (/** @type {number} */ ms) => `${ms} ms`,
};
