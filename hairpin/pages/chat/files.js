// @ts-check
/**
 * Files over a data channel, to and from one member; as big as they like, in little memory on either side.
 *
 * Text is what is to be done, bytes are pieces: four bytes that number the file, and what comes next of it. Whoever
 * receives tells how far it has written, and no more than `WINDOW` goes ahead of that; the channel's own
 * queue is held at `QUEUE`. Each side numbers the files that it offers.
 *
 *     offer {id, name, size, type}  →              here is a file
 *                                   ←  take {id} or leave {id}
 *     pieces                        →
 *                                   ←  got {id, size}   written up to there
 *     end {id, sha256}              →
 *                                   ←  done {id, ok}
 *     stop {id}                     →              the sender has thought better of it; the receiver says `leave`
 *
 * @module
 */

import { Emitter } from "./emitter.js";
import { tidy } from "./members.js";
import { Sha256 } from "./sha256.js";

export const LABEL = "files";
const PIECE = 256 * 1024; // with its number; less where the other side takes less
const LEAST = 16 * 1024; // fits the messages of every implementation
const READ = 1 << 20;
const QUEUE = 1 << 20;
const WINDOW = 8 << 20;
const TELL = 1 << 19;
const AT_ONCE = 16; // files that wait for an answer on either side
const LONGEST_NAME = 120;

/** @typedef {"waiting" | "moving" | "done" | "refused" | "stopped" | "failed"} Progress */
/** @typedef {{write: (bytes: Uint8Array) => Promise<void>, close: () => Promise<void>, abort: () => Promise<void>}} Sink */
/** @typedef {{name: string, size: number, type: string, slice: (from: number, to: number) => Blob}} Source */

/** A file on its way. @extends {Emitter<{change: Progress}>} */
class Transfer extends Emitter {
  /** @type {Progress} */
  progress = "waiting";
  /** Bytes that have arrived. */
  moved = 0;
  sha256 = "";

  /** @param {number} id @param {string} name @param {number} size */
  constructor(id, name, size) {
    super();
    this.id = id;
    this.name = name;
    this.size = size;
  }

  get isOver() {
    return this.progress !== "waiting" && this.progress !== "moving";
  }

  /** @param {Progress} progress @param {number} [moved] */
  turn(progress, moved = this.moved) {
    if (this.isOver) return;
    this.progress = progress;
    this.moved = moved;
    this.tell("change", progress);
  }
}

/** One that goes out. */
export class Outgoing extends Transfer {
  /** @param {number} id @param {Source} source @param {() => void} stop */
  constructor(id, source, stop) {
    super(id, nameOf(source.name), source.size);
    this.source = source;
    this.cancel = stop;
  }
}

/** One that is offered; it comes when it is taken. */
export class Incoming extends Transfer {
  /** @type {Sink | null} */
  sink = null;
  hash = new Sha256();
  came = 0; // bytes that are here, written or not
  told = 0;
  /** Written one after the other. @type {Promise<void>} */
  writing = Promise.resolve();

  /** @param {number} id @param {string} name @param {number} size @param {string} type @param {{take: () => void, leave: (progress: Progress) => void}} act */
  constructor(id, name, size, type, act) {
    super(id, name, size);
    this.type = type;
    this.#act = act;
  }
  #act;

  /** @param {Sink} sink Where it is to go. */
  accept(sink) {
    if (this.progress !== "waiting") return;
    this.sink = sink;
    this.turn("moving");
    this.#act.take();
  }

  /** Not wanted, or not wanted any more. */
  decline() {
    this.#act.leave(this.progress === "waiting" ? "refused" : "stopped");
  }

  /** It does not come any further. @param {Progress} progress */
  end(progress) {
    if (this.isOver) return;
    this.turn(progress);
    const { sink } = this;
    if (progress !== "done" && sink) void this.writing.then(() => sink.abort()).catch(() => {});
  }
}

/** @extends {Emitter<{incoming: Incoming, open: {}}>} */
export class Files extends Emitter {
  /** @type {RTCDataChannel | null} */
  #channel = null;
  /** @type {Map<number, Outgoing>} */
  #outgoing = new Map();
  /** @type {Map<number, Incoming>} */
  #incoming = new Map();
  #ids = 0;
  /** @type {Array<() => void>} */
  #waiting = [];
  #largest;

  /** @param {() => number | undefined} [largest] What the other side takes in one message, in bytes; 0 is anything. */
  constructor(largest = () => undefined) {
    super();
    this.#largest = largest;
  }

  /** @param {RTCDataChannel} channel */
  attach(channel) {
    if (this.#channel) return;
    this.#channel = channel;
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = QUEUE / 2;
    channel.addEventListener("bufferedamountlow", () => this.#wake());
    channel.addEventListener("message", ({ data }) => this.#heard(data));
    channel.addEventListener("close", () => this.end());
    if (this.isOpen) this.tell("open", {});
    else channel.addEventListener("open", () => this.tell("open", {}), { once: true });
  }

  get isOpen() {
    return this.#channel?.readyState === "open";
  }

  /** Offer a file; null if it cannot be offered now. @param {Source} source @returns {Outgoing | null} */
  offer(source) {
    const waiting = [...this.#outgoing.values()].filter((each) => !each.isOver).length;
    if (!this.isOpen || waiting >= AT_ONCE) return null;
    const id = (this.#ids += 1);
    const file = new Outgoing(id, source, () => this.#stop(file));
    this.#outgoing.set(id, file);
    this.#say({ t: "offer", id, name: file.name, size: source.size, type: source.type });
    return file;
  }

  /** The channel is gone, and what was under way with it. */
  end() {
    for (const file of this.#outgoing.values()) file.turn("failed");
    for (const file of this.#incoming.values()) file.end("failed");
    this.#outgoing.clear();
    this.#incoming.clear();
    this.#wake();
  }

  // --- sending ---

  /** @param {Outgoing} file */
  #stop(file) {
    if (file.isOver) return;
    this.#say({ t: "stop", id: file.id });
    this.#sent(file, "stopped");
  }

  /** @param {Outgoing} file @param {Progress} progress */
  #sent(file, progress) {
    file.turn(progress, progress === "done" ? file.size : file.moved);
    this.#outgoing.delete(file.id);
    this.#wake();
  }

  /** How much of a file goes into one message. */
  get #piece() {
    const most = this.#largest() ?? LEAST;
    return Math.max(LEAST, Math.min(PIECE, most || PIECE)) - 4;
  }

  /** @param {Outgoing} file */
  async #send(file) {
    const hash = new Sha256();
    const { source, size } = file;
    const read = (/** @type {number} */ from) => source.slice(from, Math.min(from + READ, size)).arrayBuffer();
    try {
      let next = read(0);
      for (let from = 0; from < size; from += READ) {
        const bytes = new Uint8Array(await next);
        if (from + READ < size) next = read(from + READ); // while these are sent
        next.catch(() => {}); // told when it is waited for
        hash.update(bytes);
        for (let at = 0; at < bytes.length; at += this.#piece) {
          await this.#room(file, from + at);
          if (file.isOver) return;
          this.#channel?.send(piece(file.id, bytes.subarray(at, at + this.#piece)));
        }
      }
    } catch {
      // It cannot be read any more: it was moved, or changed.
      this.#say({ t: "stop", id: file.id });
      return this.#sent(file, "failed");
    }
    file.sha256 = hash.digest();
    if (!file.isOver) this.#say({ t: "end", id: file.id, sha256: file.sha256 });
  }

  /** Until there is room for more. @param {Outgoing} file @param {number} sent */
  async #room(file, sent) {
    while (!file.isOver && ((this.#channel?.bufferedAmount ?? 0) > QUEUE || sent - file.moved > WINDOW)) {
      await new Promise((done) => this.#waiting.push(() => done(null)));
    }
  }

  #wake() {
    for (const go of this.#waiting.splice(0)) go();
  }

  // --- receiving ---

  /** @param {unknown} data */
  #heard(data) {
    if (data instanceof ArrayBuffer) return this.#pieceCame(data);
    const said = read(data);
    if (!said) return;
    const { t, id } = said;
    if (t === "offer") return this.#offered(said);
    const out = this.#outgoing.get(id);
    const incoming = this.#incoming.get(id);
    if (t === "take" && out?.progress === "waiting") {
      out.turn("moving");
      void this.#send(out);
    } else if (t === "leave" && out) this.#sent(out, out.progress === "waiting" ? "refused" : "stopped");
    else if (t === "got" && out?.progress === "moving") {
      out.turn("moving", Math.min(Math.max(out.moved, whole(said.size)), out.size));
      this.#wake();
    } else if (t === "done" && out?.progress === "moving") this.#sent(out, said.ok === true ? "done" : "failed");
    else if (t === "stop" && incoming) this.#drop(incoming, "stopped");
    else if (t === "end" && incoming?.progress === "moving") void this.#finish(incoming, said.sha256);
  }

  /** @param {Record<string, unknown> & {id: number}} said */
  #offered({ id, name, size, type }) {
    const known = this.#incoming.has(id) || this.#incoming.size >= AT_ONCE;
    if (known || !Number.isSafeInteger(size) || Number(size) < 0) return void this.#say({ t: "leave", id });
    const kind = typeof type === "string" && /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(type) ? type : "";
    const file = new Incoming(id, nameOf(name), Number(size), kind, {
      take: () => this.#say({ t: "take", id }),
      leave: (progress) => {
        this.#say({ t: "leave", id });
        this.#drop(file, progress);
      },
    });
    this.#incoming.set(id, file);
    this.tell("incoming", file);
  }

  /** @param {ArrayBuffer} data */
  #pieceCame(data) {
    if (data.byteLength <= 4) return;
    const file = this.#incoming.get(new DataView(data).getUint32(0));
    const { sink } = file ?? {};
    if (!file || !sink || file.progress !== "moving") return; // pieces that were on their way when it was stopped
    const bytes = new Uint8Array(data, 4);
    file.came += bytes.length;
    // More than was offered, or than we have room for.
    if (file.came > file.size || file.came - file.moved > 2 * WINDOW) return this.#fail(file);
    file.writing = file.writing.then(async () => {
      if (file.isOver) return;
      file.hash.update(bytes);
      await sink.write(bytes);
      this.#wrote(file, bytes.length);
    });
    file.writing.catch(() => this.#fail(file)); // such as a disk that is full
  }

  /** @param {Incoming} file @param {number} size */
  #wrote(file, size) {
    file.turn("moving", file.moved + size);
    if (file.moved - file.told < TELL && file.moved < file.size) return;
    file.told = file.moved;
    this.#say({ t: "got", id: file.id, size: file.moved });
  }

  /** @param {Incoming} file @param {unknown} sha256 */
  async #finish(file, sha256) {
    try {
      await file.writing;
      if (file.isOver) return;
      file.sha256 = file.hash.digest();
      if (file.moved !== file.size || file.sha256 !== sha256) return this.#fail(file);
      await file.sink?.close();
      this.#say({ t: "done", id: file.id, ok: true });
      this.#drop(file, "done");
    } catch {
      this.#fail(file);
    }
  }

  /** @param {Incoming} file */
  #fail(file) {
    if (file.isOver) return;
    this.#say({ t: "done", id: file.id, ok: false });
    this.#drop(file, "failed");
  }

  /** @param {Incoming} file @param {Progress} progress */
  #drop(file, progress) {
    file.end(progress);
    this.#incoming.delete(file.id);
  }

  /** @param {Record<string, unknown>} said */
  #say(said) {
    if (this.isOpen) this.#channel?.send(JSON.stringify(said));
  }
}

/** A name that is safe to show and to save under. @param {unknown} name */
export function nameOf(name) {
  return tidy(name, LONGEST_NAME).replace(/[\\/:*?"<>|]/g, "_").replace(/^\.+/, "_") || "file";
}

/** @param {number} id @param {Uint8Array} bytes */
function piece(id, bytes) {
  const all = new Uint8Array(4 + bytes.length);
  new DataView(all.buffer).setUint32(0, id);
  all.set(bytes, 4);
  return all;
}

/** @param {unknown} data @returns {(Record<string, unknown> & {id: number}) | null} */
function read(data) {
  if (typeof data !== "string" || data.length > 4096) return null;
  try {
    const said = JSON.parse(data);
    return whole(said?.id) > 0 ? said : null;
  } catch {
    return null;
  }
}

/** @param {unknown} value */
function whole(value) {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= 2 ** 53 ? Number(value) : 0;
}
