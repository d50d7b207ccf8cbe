// A world without a network: time that passes when it is told to, and sockets that say what they are told.
import { appendFileSync } from "node:fs";

export const flush = () => new Promise((done) => setImmediate(done));

class Socket {
  constructor(world, url, protocol) {
    Object.assign(this, { world, url, protocol, readyState: 0, sent: [], closedWith: null });
    world.sockets.push(this);
  }
  send(text) {
    this.sent.push(JSON.parse(text));
    if (process.env.FRAMES) appendFileSync(process.env.FRAMES, `${text}\n`);
  }
  close(code, reason) {
    this.readyState = 3;
    this.closedWith = { code, reason };
  }
  open() {
    this.readyState = 1;
    this.onopen?.({});
  }
  say(...messages) {
    this.onmessage?.({ data: JSON.stringify(messages.length === 1 ? messages[0] : messages) });
  }
  fall(code, reason = "") {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
  take() {
    return this.sent.splice(0);
  }
}

export class FakeWorld {
  time = 0;
  sockets = [];
  chance = 1;
  #timers = new Map();
  #ids = 0;
  #ears = new Set();

  options() {
    const world = this;
    return {
      WebSocket: class {
        constructor(url, protocol) {
          return new Socket(world, url, protocol);
        }
      },
      setTimeout: (callback, ms) => {
        this.#timers.set(++this.#ids, { at: this.time + ms, callback });
        return this.#ids;
      },
      clearTimeout: (timer) => this.#timers.delete(timer),
      now: () => this.time,
      random: () => this.chance,
      awake: (heard) => {
        this.#ears.add(heard);
        return () => this.#ears.delete(heard);
      },
    };
  }
  get socket() {
    return this.sockets.at(-1);
  }
  get timers() {
    return this.#timers.size;
  }
  get ears() {
    return this.#ears.size;
  }
  async wake() {
    for (const heard of this.#ears) heard();
    await flush();
  }
  async pass(ms) {
    await flush();
    const until = this.time + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].callback();
      await flush();
    }
    this.time = until;
    await flush();
  }
}

export const LIMITS = { msg: 65536, rate: 20, burst: 100, rooms: 8, peers: 16, meta: 1024 };

export function welcome(more = {}) {
  return {
    t: "welcome", sid: "s1", peer: "alice", resumed: false, ping_ms: 20000, limits: LIMITS, ice: [], ice_ttl_s: 14400,
    server: { node: "n", ver: "1" }, caps: ["resume"], resume: "token-1", resume_s: 30, ...more,
  };
}

export function joined(more = {}) {
  return { t: "joined", room: "r", you: "alice", max: 16, rev: 1, peers: [], ice: [], ...more };
}
