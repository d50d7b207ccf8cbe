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

/**
 * @param {Iterable<[string, Watch]>} watches
 * @param {Nat} nat
 * @param {{made: Date, browser: string}} about
 */
export function document(watches, nat, { made, browser }) {
  return {
    format: "hairpin-inspector",
    version: 1,
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
    age: watch.age,
    verdict: verdict(now).word,
    state: { connection: now.state, ice: now.ice, gathering: now.gathering },
    policy: now.policy,
    servers: now.servers,
    path: now.path && { kind: now.path.kind, ours: now.path.ours.id, theirs: now.path.theirs.id, relay: now.path.relay },
    findings: explain(now),
    errors: now.errors,
    candidates: now.candidates,
    pairs,
    samples: watch.samples.items,
    events: watch.events.items,
  };
}
