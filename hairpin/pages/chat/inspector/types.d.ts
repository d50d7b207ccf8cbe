/** What the modules of the inspector hand to each other. Not served: browsers need no types. */

import type { Diary } from "../diary.js";

export type Type = "host" | "srflx" | "prflx" | "relay";
export type Side = "ours" | "theirs";

export interface Candidate {
  id: string;
  side: Side;
  type: Type;
  /** Empty where the browser hides it. */
  address: string;
  port: number;
  /** "udp" or "tcp", between the two ends. */
  protocol: string;
  /** "udp", "tcp" or "tls", to our relay; of a relayed candidate. */
  transport: string | null;
  /** The server that gave it. */
  url: string | null;
  /** The socket that was seen so, `host:port`. */
  base: string | null;
}

export interface Pair {
  id: string;
  /** As the browser has it, and "gone" for one that it forgot. */
  state: string;
  selected: boolean;
  ours: Candidate | null;
  theirs: Candidate | null;
  /** Seconds. */
  rtt: number | null;
  /** Checks that were sent, and answers to them. */
  asked: number | null;
  answered: number | null;
  /** Checks of the other side. */
  heard: number | null;
}

/** The server where it is known, the relayed address, and what the relay is reached over. */
export interface Relay { url: string | null; address: string; transport: string | null; whose: Side | "both" }
export interface Path { kind: "direct" | "relayed"; ours: Candidate; theirs: Candidate; relay: Relay | null }
export interface Counters { at: number; of: string; in: number; out: number; lost: number; received: number }

/** Seconds, parts of 1, bits per second; null is not told. */
interface Measured { rtt: number | null; lossIn: number | null; lossOut: number | null; bitsIn: number | null; bitsOut: number | null }
export interface Reading extends Measured {
  at: number;
  path: Path | null;
  candidates: Candidate[];
  pairs: Pair[];
  /** For the next reading. */
  counters: Counters | null;
}
export interface Sample extends Measured { at: number }

/** "port-independent": the same for two ports of one address. "none": servers see the browser's own address. */
export type Mapping = "independent" | "dependent" | "port-independent" | "none" | "unknown";
export interface Nat {
  mapping: Mapping;
  /** Why it is unknown. */
  reason: "servers" | "silent" | "names" | "hidden" | "browser" | null;
  seen: Array<{ address: string; server: string | null }>;
  servers: string[];
}
export interface Gathered {
  found: Candidate[];
  /** Servers that did not answer. */
  failed: string[];
  /** Whether the browser tells which did not. */
  tells: boolean;
  isComplete: boolean;
}

export interface Situation {
  state: RTCPeerConnectionState;
  ice: RTCIceConnectionState;
  gathering: RTCIceGatheringState;
  policy: RTCIceTransportPolicy;
  /** Addresses, without credentials. */
  servers: string[];
  path: Path | null;
  /** All that were seen since gathering began. */
  candidates: Candidate[];
  pairs: Pair[];
  /** Of gathering, as Chromium tells them. */
  errors: Array<{ url: string; code: number; text: string }>;
  /** Since the state is what it is. */
  seconds: number;
  rtt: number | null;
  lossIn: number | null;
  lossOut: number | null;
  mapping: Mapping;
}
export type Level = "fine" | "helped" | "broken" | "note";
type Values = Record<string, string | number>;
export interface Finding { rule: string; level: Level; values?: Values }
/** What it is called, how grave it is, and whether it is so: with values for its sentence. */
export type Rule = [rule: string, level: Level, when: (now: Situation) => boolean | Values];

export type Kind = "state" | "ice" | "gathering" | "ours" | "theirs" | "pair" | "path" | "error";
/** Seconds since the beginning, and what of what. */
export interface Happening { at: number; kind: Kind; what: string; of: string }
export interface Remote { readonly peer: string; readonly name: string; readonly pc: RTCPeerConnection; readonly diary?: Diary }
export interface Mesh { remotes: Map<string, Remote>; addEventListener?: (type: string, listener: () => void) => void }

export type Words = (key: string, values?: Values) => string;
export type { Watch } from "./collect.js";
