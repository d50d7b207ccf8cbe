// @ts-check
/**
 * Where a file goes that comes in: onto the disk as it comes, where the browser can do that, and otherwise
 * into pieces that the browser keeps outside of the page's memory.
 *
 * @module
 */

/** @import { Sink } from "./files.js" */

const PIECE = 4 << 20;

/** Gathers small writes, since each one crosses to another process. */
class Gathering {
  /** @type {Uint8Array[]} */
  #bytes = [];
  #size = 0;
  #flush;

  /** @param {(bytes: Uint8Array[]) => Promise<void>} flush */
  constructor(flush) {
    this.#flush = flush;
  }

  /** @param {Uint8Array} bytes */
  async write(bytes) {
    this.#bytes.push(bytes);
    this.#size += bytes.length;
    if (this.#size >= PIECE) await this.empty();
  }

  async empty() {
    const bytes = this.#bytes;
    this.#bytes = [];
    this.#size = 0;
    if (bytes.length) await this.#flush(bytes);
  }
}

/**
 * Straight to a place that somebody chooses; null if they do not. Undefined where the browser cannot do it.
 *
 * @param {string} name
 * @returns {Promise<Sink | null | undefined>}
 */
export async function diskSink(name) {
  const choose = /** @type {any} */ (globalThis).showSaveFilePicker;
  if (!choose) return undefined;
  let stream;
  try {
    stream = await (await choose({ suggestedName: name })).createWritable();
  } catch (error) {
    return /** @type {Error} */ (error).name === "AbortError" ? null : undefined;
  }
  const gathering = new Gathering((bytes) => stream.write(new Blob(/** @type {BlobPart[]} */ (bytes))));
  return {
    write: (bytes) => gathering.write(bytes),
    close: async () => {
      await gathering.empty();
      await stream.close();
    },
    abort: () => stream.abort(),
  };
}

/** @param {string} type @param {(blob: Blob) => void} whole What to do with all of it. @returns {Sink} */
export function blobSink(type, whole) {
  /** @type {Blob[]} */
  let parts = [];
  const gathering = new Gathering(async (bytes) => void parts.push(new Blob(/** @type {BlobPart[]} */ (bytes))));
  return {
    write: (bytes) => gathering.write(bytes),
    close: async () => {
      await gathering.empty();
      whole(new Blob(parts, { type }));
      parts = [];
    },
    abort: async () => void (parts = []),
  };
}
