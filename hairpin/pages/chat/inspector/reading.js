// @ts-check
/**
 * What a report of `getStats` says: the path that packets take, how fast and how complete, and what was tried.
 *
 * Chromium and Firefox tell the same differently. Firefox has no `transport` (the pair says that it is selected), no
 * round-trip time of a pair (the one of RTCP stands in), no address of the server that gave a candidate, and no
 * related address. What is not told is null here, never a guess and never 0.
 *
 * @module
 */

/** @import { Candidate, Counters, Pair, Path, Reading, Relay, Side, Type } from "./types.js" */

// Seconds after which what the other side told says nothing of now.
const OLD = 10;

/**
 * @param {Iterable<any>} report The values of an RTCStatsReport.
 * @param {Counters | null} [before] Of the reading before.
 * @param {string[]} [servers] The addresses of the ICE servers that were given.
 * @returns {Reading}
 */
export function read(report, before = null, servers = []) {
  const all = [...report];
  const at = Math.max(0, ...all.map(({ timestamp }) => timestamp)) / 1000;
  const candidates = all.filter(({ type }) => type === "local-candidate" || type === "remote-candidate").map(reported);
  const byId = new Map(candidates.map((each) => [each.id, each]));
  const chosen = selected(all);
  const pairs = all.filter(({ type }) => type === "candidate-pair").map((each) => pair(each, byId, chosen));
  const live = pairs.find((each) => each.selected);
  const counters = count(all, at, chosen);
  return {
    at,
    path: live?.ours && live.theirs ? path(live.ours, live.theirs, servers) : null,
    rtt: live ? (live.rtt ?? reportedRtt(all, at)) : null,
    lossOut: worst(recent(all, at).map(({ fractionLost }) => fractionLost)),
    ...since(before, counters),
    candidates,
    pairs,
    counters,
  };
}

/** `host:port`, with brackets where the host has colons. @param {string} host @param {number} port */
export function endpoint(host, port) {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether the browser keeps the address to itself, or gives a name in its place. @param {Candidate} one */
export function isHidden({ address }) {
  return !address || address.endsWith(".local");
}

/**
 * The parts of a STUN or TURN address (RFC 7064, RFC 7065).
 *
 * @param {string} url
 * @returns {{scheme: string, host: string, port: number, transport: string} | null}
 */
export function parseServer(url) {
  const found = /^(stuns?|turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/i.exec(url);
  if (!found) return null;
  const [, scheme = "", host = "", port, over] = found;
  const secure = scheme.toLowerCase().endsWith("s");
  const transport = secure && over !== "udp" ? "tls" : (over ?? "udp").toLowerCase();
  return { scheme: scheme.toLowerCase(), host: host.replace(/[[\]]/g, ""), port: Number(port ?? (secure ? 5349 : 3478)), transport };
}

/**
 * A candidate, of a report or of an event: the fields are the same but for the type.
 *
 * @param {string} id
 * @param {Side} side
 * @param {Type} type
 * @param {any} told
 * @returns {Candidate}
 */
export function candidate(id, side, type, told) {
  const { address, ip, port, protocol, relayProtocol, url, relatedAddress, relatedPort } = told;
  return {
    id,
    side,
    type,
    // In events Chromium has brackets around IPv6.
    address: (address ?? ip ?? "").replace(/[[\]]/g, ""),
    port: port ?? 0,
    protocol: (protocol ?? "udp").toLowerCase(),
    transport: relayProtocol || null,
    url: url || null,
    base: relatedAddress && relatedPort ? endpoint(relatedAddress, relatedPort) : null,
  };
}

/** @param {any} stats */
function reported(stats) {
  return candidate(stats.id, stats.type === "local-candidate" ? "ours" : "theirs", stats.candidateType, stats);
}

/** @param {any} stats @param {Map<string, Candidate>} byId @param {string | null} chosen @returns {Pair} */
function pair(stats, byId, chosen) {
  return {
    id: stats.id,
    state: stats.state,
    selected: stats.id === chosen,
    ours: byId.get(stats.localCandidateId) ?? null,
    theirs: byId.get(stats.remoteCandidateId) ?? null,
    rtt: stats.currentRoundTripTime ?? null,
    asked: stats.requestsSent ?? null,
    answered: stats.responsesReceived ?? null,
    heard: stats.requestsReceived ?? null,
  };
}

/** The id of the pair that packets take. @param {any[]} all @returns {string | null} */
function selected(all) {
  const transports = all.filter(({ type }) => type === "transport");
  if (transports.length) return transports.find((each) => each.selectedCandidatePairId)?.selectedCandidatePairId ?? null;
  const good = all.filter(({ type, state }) => type === "candidate-pair" && state === "succeeded");
  const latest = (/** @type {any} */ each) => each.lastPacketReceivedTimestamp ?? 0;
  good.sort((a, b) => Number(b.selected ?? false) - Number(a.selected ?? false) || latest(b) - latest(a));
  const [best] = good;
  return best && (best.selected || best.nominated) ? best.id : null;
}

/** @param {Candidate} ours @param {Candidate} theirs @param {string[]} servers @returns {Path} */
function path(ours, theirs, servers) {
  const [mine, yours] = [ours.type === "relay", theirs.type === "relay"];
  if (!mine && !yours) return { kind: "direct", ours, theirs, relay: null };
  const whose = mine && yours ? "both" : mine ? "ours" : "theirs";
  const end = mine ? ours : theirs;
  const relay = { url: mine ? (ours.url ?? onlyServer(ours, servers)) : null, address: endpoint(end.address, end.port), transport: ours.transport, whose };
  return { kind: "relayed", ours, theirs, relay: /** @type {Relay} */ (relay) };
}

/** The relay, where there is one only that it can be. @param {Candidate} relayed @param {string[]} servers */
function onlyServer({ transport }, servers) {
  const able = servers.filter((url) => {
    const server = parseServer(url);
    return server?.scheme.startsWith("turn") && (!transport || server.transport === transport);
  });
  return able.length === 1 ? (able[0] ?? null) : null;
}

/** @param {any[]} all @param {number} at */
function recent(all, at) {
  return all.filter(({ type, timestamp }) => type === "remote-inbound-rtp" && at - timestamp / 1000 < OLD);
}

/** @param {any[]} all @param {number} at */
function reportedRtt(all, at) {
  const told = recent(all, at).filter(({ roundTripTime }) => roundTripTime !== undefined);
  told.sort((a, b) => b.timestamp - a.timestamp);
  return told[0]?.roundTripTime ?? null;
}

/** @param {Array<number | undefined>} values */
function worst(values) {
  const told = values.filter((each) => each !== undefined);
  return told.length ? Math.max(...told) : null;
}

/** @param {any[]} all @param {number} at @param {string | null} chosen @returns {Counters | null} */
function count(all, at, chosen) {
  if (!chosen) return null;
  const transports = all.filter(({ type }) => type === "transport");
  const sources = transports.length ? transports : all.filter(({ id }) => id === chosen);
  const media = all.filter(({ type }) => type === "inbound-rtp");
  const sum = (/** @type {any[]} */ list, /** @type {string} */ name) => list.reduce((total, each) => total + (each[name] ?? 0), 0);
  return {
    at,
    of: sources.map(({ id }) => id).join(" "),
    in: sum(sources, "bytesReceived"),
    out: sum(sources, "bytesSent"),
    lost: sum(media, "packetsLost"),
    received: sum(media, "packetsReceived"),
  };
}

/** @param {Counters | null} before @param {Counters | null} now */
function since(before, now) {
  const nothing = { lossIn: null, bitsIn: null, bitsOut: null };
  if (!before || !now || before.of !== now.of || now.at <= before.at) return nothing;
  const rate = (/** @type {number} */ bytes) => (bytes < 0 ? null : (bytes * 8) / (now.at - before.at));
  // A packet that comes after all takes its loss back, so the number may sink.
  const lost = Math.max(0, now.lost - before.lost);
  const expected = lost + now.received - before.received;
  return { lossIn: expected > 0 ? lost / expected : null, bitsIn: rate(now.in - before.in), bitsOut: rate(now.out - before.out) };
}
