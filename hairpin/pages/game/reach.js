// @ts-check
/**
 * How well others reach this page, found out while the visitor looks at it, so that nobody waits for it after *Play*.
 *
 * @module
 */

import { Client, openness } from "/hairpin.js";

/** @typedef {Awaited<ReturnType<typeof openness>>} Openness */

/** @type {Promise<Openness> | undefined} */
let finding;

// Who is back in a network may be in another one, behind another NAT.
addEventListener("online", () => (finding = undefined));

/** Find it out over the STUN servers that the server names, once in each network. @param {string} url @returns {Promise<Openness>} */
export function findOut(url) {
  return (finding ??= measure(url));
}

/** @param {string} url @returns {Promise<Openness>} */
async function measure(url) {
  try {
    return await openness(await servers(url));
  } catch {
    finding = undefined; // the server may be reached later
    return "unknown";
  }
}

/** @param {string} url */
async function servers(url) {
  const client = new Client(url);
  try {
    const refused = new Promise((_, failed) => client.on("down", failed));
    await Promise.race([client.connect(), refused]);
    return client.welcome?.ice ?? [];
  } finally {
    client.close();
  }
}
