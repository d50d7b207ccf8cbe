// @ts-check
/**
 * How well others reach this browser, as far as a page can find out: what its network does to ports (RFC 4787 §4.1).
 *
 * One socket asks two STUN servers. Two ports for one socket are a mapping that changes with the destination. A browser
 * tells of the same address once only, so one candidate says nothing by itself: it must be known that both answered.
 * Chromium tells which did not (`icecandidateerror`); where that is not told, each is asked alone as well. Whose
 * packets are let in cannot be seen by a page: nobody is found to be `open`, not even without a NAT.
 *
 * @module
 */

/** @import * as p from "../protocol.js" */
/** @import { World } from "./world.js" */
import { browser } from "./world.js";

const WITHIN = 2000;
const CANDIDATE = /^candidate:\S+ \d+ (\S+) \d+ (\S+) (\d+) typ (\S+)(?: raddr (\S+) rport (\d+))?/i;
const SERVER = /^stun:([^[\]:?]+)(?::(\d+))?$/i; // those with an IPv6 address see no NAT
const ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;

/**
 * @typedef {object} Seen An address at which a socket is seen, or that it has.
 * @property {string} type
 * @property {string} place Address and port.
 * @property {string} base The socket. Where that is hidden there is one: without consent to more a browser uses the
 *   default route alone (RFC 8828 §5.2).
 */
/** @typedef {{seen: Seen[], failed: boolean, complete: boolean}} Gathered */

/**
 * Find out how well others reach this browser, for the ticket with which it waits for a match.
 *
 * It takes two STUN servers: at two addresses, or two ports of one, which do not show a mapping that changes with the
 * address alone. A peer connection without media asks them and is closed again; TURN servers are not asked.
 *
 * @param {RTCIceServer[]} servers Such as `client.welcome.ice`.
 * @param {{within?: number, world?: Partial<World>}} [options] `within` so many milliseconds there is an answer.
 * @returns {Promise<p.Openness>} `moderate` where both saw the same, `strict` where not, and else `unknown`.
 */
export async function openness(servers, { within = WITHIN, world = {} } = {}) {
  const here = { ...browser(), ...world };
  const urls = choose(servers.flatMap((each) => each.urls));
  if (!urls || !here.RTCPeerConnection) return "unknown";
  const tells = "onicecandidateerror" in here.RTCPeerConnection.prototype;
  const asked = tells ? [urls] : [urls, ...urls.map((url) => [url])];
  const [both, ...alone] = await Promise.all(asked.map((each) => gather(each, within, here)));
  return both ? judge(both, alone, tells) : "unknown";
}

/** Two servers that are surely two: at two addresses if there are such, else at two ports. @param {string[]} urls */
function choose(urls) {
  const able = urls.flatMap((url) => {
    const [, host = "", port = "3478"] = SERVER.exec(url) ?? [];
    return host ? [{ url, host, port }] : [];
  });
  const pairs = able.flatMap((one, at) => able.slice(at + 1).map((other) => [one, other]));
  const chosen =
    pairs.find(([one, other]) => one?.host !== other?.host && [one, other].every((each) => ADDRESS.test(each?.host ?? ""))) ??
    pairs.find(([one, other]) => one?.port !== other?.port);
  return chosen?.map(({ url }) => url);
}

/** @param {Gathered} both @param {Gathered[]} alone @param {boolean} tells @returns {p.Openness} */
function judge(both, alone, tells) {
  /** @type {Map<string, Set<string>>} */
  const sockets = new Map();
  for (const { base, place } of reflexive(both)) sockets.set(base, (sockets.get(base) ?? new Set()).add(place));
  if ([...sockets.values()].some((places) => places.size > 1)) return "strict";
  if (both.failed || !both.complete || alone.some((each) => !reflexive(each).length)) return "unknown";
  // Chromium does not tell of an address that the socket has itself: then there is no NAT.
  return sockets.size || (tells && both.seen.length) ? "moderate" : "unknown";
}

/** @param {Gathered} gathered */
function reflexive({ seen }) {
  return seen.filter(({ type }) => type === "srflx");
}

/** @param {string[]} urls @param {number} within @param {World} world @returns {Promise<Gathered>} */
async function gather(urls, within, world) {
  /** @type {Gathered} */
  const gathered = { seen: [], failed: false, complete: false };
  /** @type {RTCPeerConnection | undefined} */
  let pc;
  let timer;
  try {
    const asking = (pc = new world.RTCPeerConnection({ iceServers: [{ urls }] }));
    await new Promise((done, failed) => {
      timer = world.setTimeout(() => done(null), within);
      asking.addEventListener("icecandidate", ({ candidate }) => {
        if (candidate?.candidate) gathered.seen.push(...read(candidate.candidate));
        gathered.complete ||= candidate === null;
        if (candidate === null) done(null);
      });
      asking.addEventListener("icecandidateerror", ({ address }) => {
        // A socket of IPv6 cannot ask these servers, and says so.
        gathered.failed ||= !address?.includes(":");
      });
      asking.createDataChannel("");
      asking.setLocalDescription().catch(failed);
    });
  } catch {
    gathered.failed = true; // a browser, or its owner, that allows none
  } finally {
    world.clearTimeout(timer);
    pc?.close();
  }
  return gathered;
}

/** What a candidate over UDP tells of IPv4, which is what has NATs; names stand for addresses that are hidden. @param {string} line @returns {Seen[]} */
function read(line) {
  const [, protocol = "", address = "", port = "", type = "", from = "", at = "0"] = CANDIDATE.exec(line) ?? [];
  if (protocol.toLowerCase() !== "udp" || address.includes(":")) return [];
  return [{ type, place: `${address}:${port}`, base: at === "0" ? "" : `${from}:${at}` }];
}
