// What the tests of the inspector stand on: recorded reports, and connections in which anything can be made to happen.
import { readFileSync } from "node:fs";

/** Two reports of one connection, a second apart, as a browser gave them: "chromium-direct", "firefox-relay", … */
export const recorded = (name) => JSON.parse(readFileSync(new URL(`reports/${name}.json`, import.meta.url), "utf8"));

let number = 0;
export function candidate(side, type, address, port, more = {}) {
  return { id: `c${(number += 1)}`, side, type, address, port, protocol: "udp", transport: null, url: null, base: null, ...more };
}
export function pair(ours, theirs, state, more = {}) {
  return { id: `p${(number += 1)}`, state, selected: false, ours, theirs, rtt: null, asked: null, answered: null, heard: null, ...more };
}

/** Connected, direct and good, and otherwise as it is told. */
export function situation(more = {}) {
  const [ours, theirs] = [candidate("ours", "host", "192.0.2.1", 1), candidate("theirs", "host", "192.0.2.2", 2)];
  return {
    state: "connected", ice: "connected", gathering: "complete", policy: "all",
    servers: ["stun:198.51.100.1:3478", "turn:198.51.100.1:3478?transport=udp"],
    path: { kind: "direct", ours, theirs, relay: null },
    candidates: [ours, theirs], pairs: [pair(ours, theirs, "succeeded")],
    errors: [], seconds: 60, rtt: 0.02, lossIn: 0, lossOut: 0, mapping: "unknown", ...more,
  };
}

/** A peer connection that does as it is told. */
export class Connection extends EventTarget {
  connectionState = "new";
  iceConnectionState = "new";
  iceGatheringState = "new";
  report = [];
  configuration = { iceServers: [{ urls: ["turn:192.0.2.9:3478?transport=udp"], username: "u53r", credential: "s3cret" }] };

  getConfiguration() {
    return this.configuration;
  }
  async getStats() {
    return new Map(this.report.map((each) => [each.id, each]));
  }
  turn(states) {
    Object.assign(this, states);
    for (const name of Object.keys(states)) this.dispatchEvent(new Event(name.toLowerCase() + "change"));
  }
  tell(type, detail) {
    this.dispatchEvent(Object.assign(new Event(type), detail));
  }
}
