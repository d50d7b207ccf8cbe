// @ts-check
/**
 * How this browser's network maps ports, as far as a page can measure it (RFC 4787 §4.1): one socket asks two STUN servers.
 *
 * Who sees the same address twice is behind endpoint-independent mapping, if the servers differ in their address; who
 * sees another port is behind dependent mapping. A browser tells of the same address once only, so one candidate says
 * nothing by itself: it must be known that both servers answered. Chromium tells which did not (`icecandidateerror`);
 * where that is not told, each server is asked alone before. Filtering cannot be measured by a page.
 *
 * @module
 */

import { candidate, endpoint, parseServer } from "./reading.js";

/** @import { Gathered, Mapping, Nat } from "./types.js" */

// Milliseconds, in which a server is asked five times; Chromium would go on for more than 15 seconds.
const PATIENCE = 6000;

/** @type {Nat} */
export const UNKNOWN = { mapping: "unknown", reason: "servers", seen: [], servers: [] };

/**
 * Two servers to compare: at two addresses if there are such, else at two ports.
 *
 * @param {string[]} urls
 * @returns {string[]} Two, or none.
 */
export function choose(urls) {
  const able = urls.filter((url) => parseServer(url)?.scheme === "stun" && parseServer(url)?.transport === "udp");
  const pairs = able.flatMap((a, n) => able.slice(n + 1).map((b) => [a, b]));
  const [best] = pairs.filter((each) => rank(each) > 0).sort((a, b) => rank(b) - rank(a));
  return best ?? [];
}

/** How much two servers tell. @param {string[]} urls */
function rank(urls) {
  const [one, other] = urls.map(parseServer);
  // IPv6 has no NAT to measure.
  if (!one || !other || one.host.includes(":") || other.host.includes(":")) return 0;
  if (one.host === other.host) return one.port === other.port ? 0 : 2;
  return isAddress(one.host) && isAddress(other.host) ? 3 : 1;
}

/**
 * Measure. It is a matter of a moment where both servers answer.
 *
 * @param {string[]} urls
 * @param {(urls: string[]) => Promise<Gathered>} [asking]
 * @returns {Promise<Nat>}
 */
export async function measure(urls, asking = gather) {
  const servers = choose(urls);
  if (servers.length < 2) return { ...UNKNOWN, servers: urls };
  const both = await asking(servers);
  /** @type {Gathered[]} */
  const alone = [];
  if (!both.tells) for (const server of servers) alone.push(await asking([server]));
  return judge(servers, both, alone);
}

/**
 * @param {string[]} servers
 * @param {Gathered} both
 * @param {Gathered[]} alone Each server by itself; empty where the browser tells which did not answer.
 * @returns {Nat}
 */
export function judge(servers, both, alone) {
  const mapped = reflexive(both);
  const seen = mapped.map(({ address, port, url }) => ({ address: endpoint(address, port), server: url }));
  const say = (/** @type {Mapping} */ mapping, /** @type {Nat["reason"]} */ reason = null) => ({ mapping, reason, seen, servers });
  if (sockets(both).some((ports) => ports.size > 1)) return say("dependent");
  if (both.failed.length || !both.isComplete) return say("unknown", "silent");
  if (!both.tells) {
    if (alone.some((each) => reflexive(each).length === 0)) return say("unknown", "browser");
    if (!mapped.length) return say("unknown", "silent");
  }
  if (!mapped.length) return both.found.length ? say("none") : say("unknown", "silent");
  if (sockets(both).length > 1 && mapped.some(({ base }) => !base)) return say("unknown", "hidden");
  return say(...sameFor(servers));
}

/** What follows when both saw the same. @param {string[]} servers @returns {[Mapping, Nat["reason"]]} */
function sameFor(servers) {
  const [one, other] = servers.map(parseServer);
  if (!one || !other) return ["unknown", "servers"];
  if (one.host === other.host) return ["port-independent", null];
  // Two names may well be one address.
  return isAddress(one.host) && isAddress(other.host) ? ["independent", null] : ["unknown", "names"];
}

/** @param {Gathered} gathered */
function reflexive({ found }) {
  return found.filter(({ type, protocol, address }) => type === "srflx" && protocol === "udp" && !address.includes(":"));
}

/** What was seen of each socket. Where related addresses are hidden that is known of an only socket alone. @param {Gathered} gathered */
function sockets(gathered) {
  const own = gathered.found.filter(({ type, protocol, address }) => type === "host" && protocol === "udp" && !address.includes(":"));
  /** @type {Map<string, Set<string>>} */
  const bases = new Map();
  for (const { base, address, port } of reflexive(gathered)) {
    const key = base ?? (own.length === 1 ? "only" : `${address}:${port}`);
    bases.set(key, (bases.get(key) ?? new Set()).add(endpoint(address, port)));
  }
  return [...bases.values()];
}

/** @param {string} host */
function isAddress(host) {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

/** Let a peer connection of its own gather candidates. @param {string[]} urls @returns {Promise<Gathered>} */
async function gather(urls) {
  const pc = new RTCPeerConnection({ iceServers: urls.map((url) => ({ urls: url })) });
  const tells = "onicecandidateerror" in RTCPeerConnection.prototype;
  /** @type {Gathered} */
  const gathered = { found: [], failed: [], tells, isComplete: false };
  try {
    await new Promise((done) => {
      const timer = setTimeout(done, PATIENCE);
      pc.addEventListener("icecandidate", ({ candidate: one }) => {
        if (one?.candidate) gathered.found.push(candidate("", "ours", one.type ?? "host", one));
      });
      pc.addEventListener("icecandidateerror", ({ url, errorCode }) => {
        if (errorCode && url) gathered.failed.push(url);
      });
      pc.addEventListener("icegatheringstatechange", () => {
        if (pc.iceGatheringState !== "complete") return;
        gathered.isComplete = true;
        clearTimeout(timer);
        // The last candidate may be behind it.
        setTimeout(done, 0);
      });
      pc.createDataChannel("");
      pc.setLocalDescription().catch(done);
    });
  } finally {
    pc.close();
  }
  return gathered;
}
