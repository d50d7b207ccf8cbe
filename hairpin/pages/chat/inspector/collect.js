// @ts-check
/**
 * Watches peer connections: a sample each second while somebody looks, and every event with its time, also of before.
 *
 * Everything is bounded: 120 samples, 300 events, 200 candidates and pairs of each remote.
 *
 * @module
 */

import { Diary } from "../diary.js";
import { candidate, endpoint, isHidden, read } from "./reading.js";

/** @import { Entry } from "../diary.js" */
/** @import { Candidate, Counters, Happening, Kind, Mapping, Pair, Reading, Remote, Sample, Situation } from "./types.js" */

const SAMPLES = 120;
const EVENTS = 300;
const KNOWN = 200;
// Milliseconds.
const EVERY = 1000;
// Milliseconds after an event, so that what belongs together is seen together.
const SOON = 150;

/** The newest so many. @template T */
export class Ring {
  /** @type {T[]} */
  items = [];
  /** How many were ever put in. */
  count = 0;

  /** @param {number} size */
  constructor(size) {
    this.size = size;
  }

  /** @param {T} item */
  put(item) {
    this.items.push(item);
    this.count += 1;
    if (this.items.length > this.size) this.items.shift();
  }
}

/** One remote. */
export class Watch {
  /** @type {Ring<Sample>} */
  samples = new Ring(SAMPLES);
  /** @type {Ring<Happening>} */
  events = new Ring(EVENTS);
  /** @type {Map<string, Candidate>} */
  candidates = new Map();
  /** @type {Map<string, Pair>} */
  pairs = new Map();
  /** @type {Reading | null} */
  reading = null;
  /** @type {Situation["errors"]} */
  errors = [];
  #remote;
  #now;
  #changed;
  #pc;
  #deaf;
  #since;
  #begin;
  #path = "";
  /** @type {ReturnType<typeof setTimeout> | null} */
  #soon = null;
  #isBusy = false;
  #isOver = false;
  /** @type {Counters | null} */
  #counters = null;

  /**
   * @param {Remote} remote
   * @param {() => number} now Seconds.
   * @param {() => void} changed Something happened that is worth a look.
   */
  constructor(remote, now, changed) {
    this.#remote = remote;
    this.#now = now;
    this.#changed = changed;
    this.#pc = remote.pc;
    const diary = remote.diary ?? new Diary(remote.pc, now);
    this.#begin = this.#since = diary.began;
    this.events.count = diary.count - diary.entries.length;
    for (const entry of diary.entries) this.#hear(entry);
    this.#deaf = diary.on("entry", (entry) => {
      this.#hear(entry);
      this.#lookSoon();
    });
    this.#hearTheirs();
  }

  get name() {
    return this.#remote.name || this.#remote.peer;
  }

  /** Whether it is still that connection. @param {Remote | undefined} remote */
  isOf(remote) {
    return remote?.pc === this.#pc;
  }

  /** Seconds since it was made. */
  get age() {
    return this.#now() - this.#begin;
  }

  /** Look; whether the sample counts is up to who asks. @param {{keep: boolean}} how */
  async look({ keep }) {
    if (this.#isBusy || this.#isOver) return;
    this.#isBusy = true;
    try {
      const report = await this.#pc.getStats();
      if (!this.#isOver) this.take([.../** @type {Map<string, any>} */ (/** @type {unknown} */ (report)).values()], keep);
    } catch {
      // A connection that is closed has no more to tell.
    } finally {
      this.#isBusy = false;
    }
  }

  /** @param {any[]} report @param {boolean} keep */
  take(report, keep) {
    const reading = read(report, this.#counters, this.servers);
    this.reading = reading;
    this.#compare(reading);
    if (!keep) return;
    this.#counters = reading.counters;
    const { rtt, lossIn, lossOut, bitsIn, bitsOut } = reading;
    this.samples.put({ at: this.age, rtt, lossIn, lossOut, bitsIn, bitsOut });
  }

  /** The addresses of its ICE servers; what they are entered with stays where it is. */
  get servers() {
    return (this.#pc.getConfiguration?.().iceServers ?? []).flatMap(({ urls }) => urls);
  }

  /** @param {Mapping} mapping @returns {Situation} */
  situation(mapping) {
    const { connectionState: state, iceConnectionState: ice, iceGatheringState: gathering } = this.#pc;
    const { path = null, rtt = null, lossIn = null, lossOut = null } = this.reading ?? {};
    return {
      state,
      ice,
      gathering,
      policy: this.#pc.getConfiguration?.().iceTransportPolicy ?? "all",
      servers: this.servers,
      path,
      candidates: [...this.candidates.values()],
      pairs: [...this.pairs.values()],
      errors: this.errors,
      seconds: this.#now() - this.#since,
      rtt,
      lossIn,
      lossOut,
      mapping,
    };
  }

  close() {
    this.#isOver = true;
    this.#deaf();
    if (this.#soon) clearTimeout(this.#soon);
  }

  #forget() {
    this.candidates.clear();
    this.pairs.clear();
    this.errors = [];
  }

  /** @param {Entry} entry */
  #hear(entry) {
    const at = entry.at - this.#begin;
    if (entry.kind === "ours") this.#meet(candidate(entry.candidate.candidate, "ours", entry.candidate.type ?? "host", entry.candidate), at);
    else if (entry.kind === "error") {
      const { url, code, text } = entry;
      if (this.errors.length < KNOWN) this.errors.push({ url, code, text });
      this.#note("error", `${code} ${text}`.trim(), url, at);
    } else {
      if (entry.kind === "state") this.#since = entry.at;
      // A restart.
      if (entry.kind === "gathering" && entry.what === "gathering" && entry.ice !== "new") this.#forget();
      this.#note(entry.kind, entry.what, "", at);
    }
  }

  /** Those of the other side that came before: reports lack what was given up since. */
  #hearTheirs() {
    for (const [, line = ""] of (this.#pc.remoteDescription?.sdp ?? "").matchAll(/^a=(candidate:.*)$/gm)) {
      try {
        const one = new RTCIceCandidate({ candidate: line.trim(), sdpMid: "0" });
        this.#meet(candidate(line, "theirs", one.type ?? "host", one));
      } catch {
        // The browser took it, or said why not, when it came.
      }
    }
  }

  /** What is new since the reading before. @param {Reading} reading */
  #compare({ candidates, pairs, path }) {
    for (const each of candidates) this.#meet(each);
    const here = new Set(pairs.map(({ id }) => id));
    for (const [id, known] of this.pairs) {
      if (!here.has(id) && known.state !== "gone") this.#pair({ ...known, state: "gone", selected: false });
    }
    for (const each of pairs) this.#pair(each);
    const now = path ? `${describe(path.ours)} – ${describe(path.theirs)}` : "";
    if (now && now !== this.#path) this.#note("path", path?.kind ?? "", now);
    this.#path = now;
  }

  /** @param {Pair} pair */
  #pair(pair) {
    const known = this.pairs.get(pair.id);
    if (!known && this.pairs.size >= KNOWN) return;
    if (known?.state !== pair.state) this.#note("pair", pair.state, `${describe(pair.ours)} – ${describe(pair.theirs)}`);
    this.pairs.set(pair.id, pair);
  }

  /** The same candidate is known from the event and from the report. @param {Candidate} one */
  #meet(one, at = this.age) {
    const known = [...this.candidates.values()].find((each) => isSame(each, one));
    if (known) {
      this.candidates.delete(known.id);
      const { base, url, transport } = known;
      this.candidates.set(one.id, { ...one, base: one.base ?? base, url: one.url ?? url, transport: one.transport ?? transport });
    } else if (this.candidates.size < KNOWN) {
      this.candidates.set(one.id, one);
      this.#note(one.side, one.type, describe(one), at);
    }
  }

  /** @param {Kind} kind @param {string} what */
  #note(kind, what, of = "", at = this.age) {
    this.events.put({ at, kind, what, of });
    this.#changed();
  }

  #lookSoon() {
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      void this.look({ keep: false }).then(this.#changed);
    }, SOON);
  }
}

/** All remotes of a mesh. */
export class Collector {
  /** @type {Map<string, Watch>} */
  watches = new Map();
  #mesh;
  #changed;
  #now;
  /** @type {ReturnType<typeof setInterval> | null} */
  #timer = null;

  /** @param {{remotes: Map<string, Remote>}} mesh @param {() => void} changed @param {() => number} [now] Seconds. */
  constructor(mesh, changed, now = () => performance.now() / 1000) {
    this.#mesh = mesh;
    this.#changed = changed;
    this.#now = now;
    this.follow();
  }

  /** Watch who is there now, and nobody else. */
  follow() {
    for (const [key, watch] of this.watches) {
      if (watch.isOf(this.#mesh.remotes.get(key))) continue;
      watch.close();
      this.watches.delete(key);
    }
    for (const [key, remote] of this.#mesh.remotes) {
      if (!this.watches.has(key)) this.watches.set(key, new Watch(remote, this.#now, this.#changed));
    }
  }

  start() {
    this.#timer ??= setInterval(() => void this.tick(), EVERY);
    void this.tick();
  }

  stop() {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  async tick() {
    this.follow();
    await Promise.all([...this.watches.values()].map((watch) => watch.look({ keep: true })));
    this.#changed();
  }

  close() {
    this.stop();
    for (const watch of this.watches.values()) watch.close();
    this.watches.clear();
  }
}

/** @param {Candidate} a @param {Candidate} b */
function isSame(a, b) {
  const fields = /** @type {const} */ (["side", "type", "protocol", "address", "port"]);
  return fields.every((each) => a[each] === b[each]) && (!a.base || !b.base || a.base === b.base);
}

/** @param {Candidate | null} one */
export function describe(one) {
  if (!one) return "?";
  if (isHidden(one)) return `${one.type} ${one.address ? "*.local" : "*"}:${one.port}`;
  return `${one.type} ${endpoint(one.address, one.port)}${one.protocol === "tcp" ? " tcp" : ""}`;
}
