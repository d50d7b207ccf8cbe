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
