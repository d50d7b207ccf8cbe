// @ts-check
/**
 * Where a file goes that comes in: onto the disk as it comes, to a place that somebody chooses where the browser lets
 * them, and otherwise into the page's own folder, from where it is saved when it is whole. A browser that can do
 * neither keeps its pieces outside of the page's memory.
 *
 * @module
 */

/** @import { Sink } from "./files.js" */

const PIECE = 4 << 20;
const PREFIX = "incoming-";
const KEPT = 24 * 60 * 60 * 1000;

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
  return streamSink(stream);
}

/**
 * Into a folder of the page, which nobody else sees, until it is whole. Undefined where the browser cannot do it.
 *
 * @param {(blob: Blob) => void} whole What to do with all of it; the file is gone when the page is opened a day later.
 * @returns {Promise<Sink | undefined>}
 */
export async function folderSink(whole) {
  try {
    const folder = await navigator.storage.getDirectory();
    await sweep(folder);
    const name = `${PREFIX}${Date.now()}-${Math.random().toString(36).slice(2)}`;
    const handle = await folder.getFileHandle(name, { create: true });
    const sink = streamSink(await handle.createWritable());
    const forget = () => folder.removeEntry(name).catch(() => {}); // it is swept later
    return {
      write: sink.write,
      close: async () => {
        await sink.close();
        whole(await handle.getFile());
      },
      abort: async () => {
        await sink.abort();
        await forget();
      },
    };
  } catch {
    return undefined; // an older browser, a page without HTTPS, a window that keeps nothing
  }
}

/** Take away what came long ago: it is saved by now. @param {FileSystemDirectoryHandle} folder */
async function sweep(folder) {
  for await (const name of /** @type {any} */ (folder).keys()) {
    const came = Number(name.slice(PREFIX.length).split("-")[0]);
    if (name.startsWith(PREFIX) && !(Date.now() - came < KEPT)) await folder.removeEntry(name).catch(() => {}); // in use
  }
}

/** @param {FileSystemWritableFileStream} stream @returns {Sink} */
function streamSink(stream) {
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
