// @ts-check
/**
 * All that is known, as one JSON document with a version (docs/connection-inspector.md).
 *
 * Addresses are in it, since they are what it is about; user names, passwords and what was said are not.
 *
 * @module
 */

import { explain, verdict } from "./explain.js";

/** @import { Nat, Watch } from "./types.js" */

export const FORMAT = "hairpin-inspector";
export const VERSION = 1;

/**
 * @param {Iterable<[string, Watch]>} watches
 * @param {Nat} nat
 * @param {{made: Date, browser: string}} about
 */
export function document(watches, nat, { made, browser }) {
  return {
    format: FORMAT,
    version: VERSION,
    made: made.toISOString(),
    browser,
    network: nat,
    remotes: [...watches].map(([, watch]) => remote(watch, nat)),
  };
}

/** @param {Watch} watch @param {Nat} nat */
function remote(watch, nat) {
  const now = watch.situation(nat.mapping);
  const pairs = now.pairs.map(({ id, ours, theirs, ...rest }) => ({ id, ours: ours?.id ?? null, theirs: theirs?.id ?? null, ...rest }));
  return {
    name: watch.name,
    age_s: rounded(watch.age),
    verdict: verdict(now).word,
    state: { connection: now.state, ice: now.ice, gathering: now.gathering },
    policy: now.policy,
    servers: now.servers,
    path: now.path && { kind: now.path.kind, ours: now.path.ours.id, theirs: now.path.theirs.id, relay: now.path.relay },
    findings: explain(now),
    errors: now.errors,
    candidates: now.candidates,
    pairs,
    samples: watch.samples.items.map(({ at, rtt, lossIn, lossOut, bitsIn, bitsOut }) => ({
      at_s: rounded(at), rtt_s: rtt, loss_in: lossIn, loss_out: lossOut, bits_in: bitsIn && Math.round(bitsIn), bits_out: bitsOut && Math.round(bitsOut),
    })),
    events: watch.events.items.map(({ at, ...rest }) => ({ at_s: rounded(at), ...rest })),
  };
}

/** @param {number} seconds */
function rounded(seconds) {
  return Math.round(seconds * 1000) / 1000;
}
