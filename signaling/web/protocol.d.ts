// The messages of hairpin.v1, made from the server's own types by tools/write-protocol.

/** Say yes to a match that was found. */
export interface AcceptMatch {
  /** The type of the message. */
  t: "mm.accept";
  /** The id of a match. */
  match: string;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** Nothing but `ack`. */
export interface Ack {
  /** The type of the message. */
  t: "ack";
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** Nothing but `ack`. */
export interface Acked {
  /** The type of the message. */
  t: "ack";
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** Show a newer token, before the one shown in `hello` expires. */
export interface Auth {
  /** The type of the message. */
  t: "auth";
  /** Who one is, or the token of the last welcome. */
  token: string;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** Why a ticket is not matched yet. */
export type Blocked = "alone" | "too_few" | "rating" | "region" | "property" | "avoided" | "size" | "quality" | "paused";

/** End the session, leaving every room. */
export interface Bye {
  /** The type of the message. */
  t: "bye";
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** How an attempt to connect two members went. */
export type CallState = "connected" | "failed" | "ended";

/** Wait no longer; of a party, nobody does. */
export interface CancelTicket {
  /** The type of the message. */
  t: "mm.cancel";
  /** The id of a ticket. */
  ticket: string;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** Which program a client is. */
export interface ClientInfo {
  /** A name that stays the same. */
  name?: string;
  /** A version. */
  ver?: string;
}

/** Say no to a match that was found, and wait no longer. */
export interface DeclineMatch {
  /** The type of the message. */
  t: "mm.decline";
  /** The id of a match. */
  match: string;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** Wait in a queue for a match, alone or with a party. */
export interface EnterQueue {
  /** The type of the message. */
  t: "mm.enqueue";
  /** The name of a queue. */
  queue: string;
  /** Those who want to be in one team. */
  party?: Party | null;
  /** What the ticket says of itself: words, numbers, and sets of words. */
  props?: Record<string, string | number | Array<string>>;
  /** How well one plays. */
  rating?: number | null;
  /** Milliseconds to each region that one can play in. */
  rtt?: Record<string, number>;
  /** How well others can connect to the client. */
  openness?: Openness;
  /** Subjects that one does not want to play with. */
  avoid?: Array<string>;
  /** Whether it is a program that plays where people are missing. */
  bot?: boolean;
  /** Seconds after which the ticket is given up, if that is sooner than the queue's own time. */
  expires_s?: number | null;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** Not done, and why; `fatal` means that a close follows. */
export interface ErrorMessage {
  /** The type of the message. */
  t: "error";
  /** The number of the error. */
  code: number;
  /** A name that stays the same. */
  name: string;
  /** For people; or, among the limits, the bytes of a frame. */
  msg: string;
  /** Whether a close follows. */
  fatal: boolean;
  /** The same may succeed after so many milliseconds. */
  retry_ms?: number;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** The token expires in `in_ms`: show a newer one with `auth`, or be closed with 4401. */
export interface Expiring {
  /** The type of the message. */
  t: "expiring";
  /** Milliseconds that are left. */
  in_ms: number;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** A signal on its second half way; `from` is written by the server. */
export interface Forwarded {
  /** The type of the message. */
  t: "signal";
  /** The name of the room. */
  room: string;
  /** Who sent it, as the server knows. */
  from: string;
  /** What the signal carries. */
  kind: SignalKind;
  /** Anything; the server does not look into it. */
  data: unknown;
  /** Which attempt to connect the signal belongs to. */
  pc?: string;
  /** The sender's own id of a signal: of several with the same one, one is delivered. */
  mid?: string;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** The server will close in `deadline_ms`; come back `after_ms` later, to `url` if there is one. */
export interface GoAway {
  /** The type of the message. */
  t: "go_away";
  /** The server closes after so many milliseconds. */
  deadline_ms: number;
  /** How long to wait after the close before coming back, in milliseconds. */
  after_ms: number;
  /** Where to come back to, if not to the same server. */
  url?: string;
  /** Another node can take the session over while this one runs: leave `after_ms` after this message, and resume. */
  move?: boolean;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** The first message of a connection; with `resume` it takes up a session again. */
export interface Hello {
  /** The type of the message. */
  t: "hello";
  /** The name of a member. */
  peer?: string | null;
  /** What members tell about themselves; the server looks at nothing but its size. */
  meta?: Record<string, unknown>;
  /** Who one is, or the token of the last welcome. */
  token?: string | null;
  /** Which program the client is. */
  client?: ClientInfo | null;
  /** Optional features that the sender knows; `resume` says that the client comes back. */
  caps?: Array<string>;
  /** Where the client or the node is. */
  region?: string;
  /** From the client: the session to go on with. From the server: the token to come back with. */
  resume?: Resumption | null;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** ICE servers with fresh credentials, asked for or not. */
export interface Ice {
  /** The type of the message. */
  t: "ice";
  /** ICE servers in the shape of W3C's RTCIceServer. */
  ice: Array<IceServer>;
  /** Seconds that the credentials are good for. */
  ice_ttl_s: number;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** Ask for ICE servers with fresh credentials. */
export interface IceRequest {
  /** The type of the message. */
  t: "ice";
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** One ICE server in the shape of W3C's RTCIceServer. */
export interface IceServer {
  /** STUN and TURN addresses. */
  urls: Array<string>;
  /** The user name for the TURN server. */
  username?: string;
  /** The password for the TURN server. */
  credential?: string;
}

/** Ask to become a member of a room; `meta` takes the place of the one in `hello`. */
export interface Join {
  /** The type of the message. */
  t: "join";
  /** The name of the room. */
  room: string;
  /** The room's key: whoever opens the room sets it, all others must show it. */
  key?: string | null;
  /** What members tell about themselves; the server looks at nothing but its size. */
  meta?: Record<string, unknown> | null;
  /** Who sees whom. */
  topology?: Topology | null;
  /** How many members the room may have. */
  max?: number | null;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** The answer to `join`: the room as it is, without the newcomer. */
export interface Joined {
  /** The type of the message. */
  t: "joined";
  /** The name of the room. */
  room: string;
  /** The name that the newcomer bears in the room. */
  you: string;
  /** How many members the room may have. */
  max: number;
  /** How often the room has changed. */
  rev: number;
  /** The other members; or, among the limits, how many a room may have. */
  peers: Array<PeerInfo>;
  /** ICE servers in the shape of W3C's RTCIceServer. */
  ice: Array<IceServer>;
  /** What the member may do. */
  role?: Role;
  /** Who sees whom. */
  topology?: Topology;
  /** Whether nobody may come in any more. */
  locked?: boolean;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** Put another member out; for hosts. */
export interface Kick {
  /** The type of the message. */
  t: "kick";
  /** The name of the room. */
  room: string;
  /** The name of a member. */
  peer: string;
  /** Why. */
  reason?: string;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** Ask to be a member no longer. */
export interface Leave {
  /** The type of the message. */
  t: "leave";
  /** The name of the room. */
  room: string;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** Why a member is no longer in the room. */
export type LeaveReason = "left" | "bye" | "lost" | "slow" | "closed" | "kicked" | "replaced" | "expired";

/** Let nobody in any more, or again; for hosts. */
export interface Lock {
  /** The type of the message. */
  t: "lock";
  /** The name of the room. */
  room: string;
  /** Whether nobody may come in any more. */
  locked?: boolean;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** So many of the players have said yes by now. */
export interface MatchAccepted {
  /** The type of the message. */
  t: "mm.accepted";
  /** The id of a match. */
  match: string;
  /** How many have said yes. */
  accepted: number;
  /** How many players the match has. */
  players: number;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** A ticket is over without a match; or with `match`, a match is, with its result and who left it before. */
export interface MatchEnded {
  /** The type of the message. */
  t: "mm.ended";
  /** The id of a ticket. */
  ticket: string;
  /** The name of a queue. */
  queue: string;
  /** Why. */
  reason: Outcome;
  /** The id of a match. */
  match?: string;
  /** How the match went, as the players told it; the server does not look into it. */
  result?: unknown;
  /** Who left before the end, and why. */
  leavers?: Record<string, string>;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** A match for a ticket; where it `asks`, say `mm.accept` or `mm.decline` within `accept_by_ms`. */
export interface MatchFound {
  /** The type of the message. */
  t: "mm.found";
  /** The id of a match. */
  match: string;
  /** The id of a ticket. */
  ticket: string;
  /** The name of a queue. */
  queue: string;
  /** How many players the match has. */
  players: number;
  /** Milliseconds that are left to say yes. */
  accept_by_ms: number;
  /** Whether the match waits for `mm.accept`; if not, it begins by itself. */
  asks: boolean;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** Another player of a match. */
export interface MatchPeer {
  /** The name of a member. */
  peer: string;
  /** The number of a team, from 0. */
  team: number;
  /** Who hosts; or, of a player, whether it does. */
  host?: boolean;
  /** Whether it is a program that plays where people are missing. */
  bot?: boolean;
}

/** A match begins: join the `room`. */
export interface MatchStart {
  /** The type of the message. */
  t: "mm.start";
  /** The id of a match. */
  match: string;
  /** The id of a ticket. */
  ticket: string;
  /** The name of a queue. */
  queue: string;
  /** The name of the room. */
  room: string;
  /** The name that the newcomer bears in the room. */
  you: string;
  /** The number of a team, from 0. */
  team: number;
  /** Who hosts; or, of a player, whether it does. */
  host: string;
  /** The other members; or, among the limits, how many a room may have. */
  peers: Array<MatchPeer>;
  /** ICE servers in the shape of W3C's RTCIceServer. */
  ice: Array<IceServer>;
  /** Seconds that the credentials are good for. */
  ice_ttl_s: number;
  /** Who one is, or the token of the last welcome. */
  token?: string;
  /** Where the client or the node is. */
  region?: string;
  /** Whether the match has been running, and was filled up. */
  filled?: boolean;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** Whether a member's signaling connection is up. */
export type MemberState = "here" | "gone";

/** Done. */
export interface Ok {
  /** The type of the message. */
  t: "ok";
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** Let others into a match that runs, so many into each team, instead of those asked for before; for its host. */
export interface OpenSeats {
  /** The type of the message. */
  t: "mm.open";
  /** The id of a match. */
  match: string;
  /** Open seats of each team. */
  seats: Array<number>;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** How well others can connect to a player, as its client found out; the first hosts best. */
export type Openness = "open" | "moderate" | "unknown" | "strict";

/** Why a ticket or a match is over. */
export type Outcome = "cancelled" | "declined" | "expired" | "lost" | "finished" | "abandoned" | "closed";

/** Players who want to be in one team: each of them says the same name and size. */
export interface Party {
  /** The number of a request; its answer bears the same. */
  id: string;
  /** How many they are. */
  size: number;
}

/** A member that was gone is back, and missed nothing. */
export interface PeerBack {
  /** The type of the message. */
  t: "peer.back";
  /** The name of the room. */
  room: string;
  /** The name of a member. */
  peer: string;
  /** How often the room has changed. */
  rev: number;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** A member's signaling connection is lost; it may be back within `grace_s`. Calls with it go on. */
export interface PeerGone {
  /** The type of the message. */
  t: "peer.gone";
  /** The name of the room. */
  room: string;
  /** The name of a member. */
  peer: string;
  /** Seconds left for it to come back. */
  grace_s: number;
  /** How often the room has changed. */
  rev: number;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** Another member of a room; `polite` says whether that member is the polite one of the two. */
export interface PeerInfo {
  /** The name of a member. */
  peer: string;
  /** Whether the member named here is the polite one of the two. */
  polite: boolean;
  /** What members tell about themselves; the server looks at nothing but its size. */
  meta?: Record<string, unknown>;
  /** How it is: of a member, whether its connection is up; of a call, how it went. */
  state?: MemberState;
  /** What the member may do. */
  role?: Role;
}

/** A newcomer is in the room; it will offer. */
export interface PeerJoin {
  /** The type of the message. */
  t: "peer.join";
  /** The name of the room. */
  room: string;
  /** The name of a member. */
  peer: string;
  /** Whether the member named here is the polite one of the two. */
  polite: boolean;
  /** How often the room has changed. */
  rev: number;
  /** What members tell about themselves; the server looks at nothing but its size. */
  meta?: Record<string, unknown>;
  /** What the member may do. */
  role?: Role;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** A member is in the room no longer. */
export interface PeerLeave {
  /** The type of the message. */
  t: "peer.leave";
  /** The name of the room. */
  room: string;
  /** The name of a member. */
  peer: string;
  /** Why. */
  reason: LeaveReason;
  /** How often the room has changed. */
  rev: number;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** A member has another role now; also told to the member itself. */
export interface PeerRole {
  /** The type of the message. */
  t: "peer.role";
  /** The name of the room. */
  room: string;
  /** The name of a member. */
  peer: string;
  /** What the member may do. */
  role: Role;
  /** How often the room has changed. */
  rev: number;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** A member's metadata changed; `meta` is the whole of it. */
export interface PeerState {
  /** The type of the message. */
  t: "peer.state";
  /** The name of the room. */
  room: string;
  /** The name of a member. */
  peer: string;
  /** What members tell about themselves; the server looks at nothing but its size. */
  meta: Record<string, unknown>;
  /** How often the room has changed. */
  rev: number;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** Ask whether the server still listens. */
export interface Ping {
  /** The type of the message. */
  t: "ping";
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** The answer to `ping`. */
export interface Pong {
  /** The type of the message. */
  t: "pong";
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** Play a match no longer. */
export interface QuitMatch {
  /** The type of the message. */
  t: "mm.quit";
  /** The id of a match. */
  match: string;
  /** Why. */
  reason?: string;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** You are no longer in the room, without having left: put out, replaced, or the room is closed. */
export interface Removed {
  /** The type of the message. */
  t: "removed";
  /** The name of the room. */
  room: string;
  /** Why. */
  reason: LeaveReason;
  /** Who did it. */
  by?: string;
  /** For people; or, among the limits, the bytes of a frame. */
  msg?: string;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** What a client that comes back shows: its token, and the number of the last message it got. */
export interface Resumption {
  /** Who one is, or the token of the last welcome. */
  token: string;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq: number;
}

/** What a member may do. */
export type Role = "host" | "member";

/** The room is locked, or no longer. */
export interface RoomLock {
  /** The type of the message. */
  t: "room.lock";
  /** The name of the room. */
  room: string;
  /** Whether nobody may come in any more. */
  locked: boolean;
  /** Who did it. */
  by: string;
  /** How often the room has changed. */
  rev: number;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** Which server answered. */
export interface ServerInfo {
  /** The node of the server. */
  node: string;
  /** A version. */
  ver: string;
  /** Where the client or the node is. */
  region?: string;
}

/** What the server allows one session; sizes in bytes, rate in messages per second. */
export interface SessionLimits {
  /** For people; or, among the limits, the bytes of a frame. */
  msg: number;
  /** Messages per second, after a burst. */
  rate: number;
  /** Messages that may come at once. */
  burst: number;
  /** How many rooms a session may be in. */
  rooms: number;
  /** The other members; or, among the limits, how many a room may have. */
  peers: number;
  /** What members tell about themselves; the server looks at nothing but its size. */
  meta: number;
}

/** Something for another member of the room. */
export interface Signal {
  /** The type of the message. */
  t: "signal";
  /** The name of the room. */
  room: string;
  /** The name of the member it is for. */
  to: string;
  /** What the signal carries. */
  kind: SignalKind;
  /** Anything; the server does not look into it. */
  data?: unknown;
  /** Which attempt to connect the signal belongs to. */
  pc?: string | null;
  /** The sender's own id of a signal: of several with the same one, one is delivered. */
  mid?: string | null;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** What a signal carries; the server only checks that the word is one of these. */
export type SignalKind = "offer" | "answer" | "candidates" | "bye" | "custom";

/** Change one's metadata in a room: keys are replaced, `null` takes a key away. */
export interface State {
  /** The type of the message. */
  t: "state";
  /** The name of the room. */
  room: string;
  /** What members tell about themselves; the server looks at nothing but its size. */
  meta: Record<string, unknown>;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** Tell how an attempt to connect went, for the operator's metrics; times in milliseconds. */
export interface Stats {
  /** The type of the message. */
  t: "stats";
  /** The name of the room. */
  room: string;
  /** The name of a member. */
  peer: string;
  /** How it is: of a member, whether its connection is up; of a call, how it went. */
  state: CallState;
  /** Which attempt to connect the signal belongs to. */
  pc?: string | null;
  /** Whether a relay carries the call. */
  relayed?: boolean;
  /** How long connecting took, in milliseconds. */
  connect_ms?: number | null;
  /** The round-trip time of the call, in milliseconds. */
  rtt_ms?: number | null;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** Say how a match went, which ends it; for its host, or the last player in it. */
export interface TellResult {
  /** The type of the message. */
  t: "mm.result";
  /** The id of a match. */
  match: string;
  /** How the match went, as the players told it; the server does not look into it. */
  result?: unknown;
  /** The number of a request; its answer bears the same. */
  id?: number | null;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number | null;
  /** The number of the last message that came in from the other side. */
  ack?: number | null;
}

/** A ticket waits, with `waiting` others in the queue; `missing` players of its party are still to come. */
export interface TicketQueued {
  /** The type of the message. */
  t: "mm.queued";
  /** The id of a ticket. */
  ticket: string;
  /** The name of a queue. */
  queue: string;
  /** Tickets in the queue. */
  waiting: number;
  /** Players of the party that are still to come. */
  missing?: number;
  /** Seconds that are likely still to pass. */
  eta_s?: number;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** A match came to nothing; the ticket waits again, as old as it was. */
export interface TicketRequeued {
  /** The type of the message. */
  t: "mm.requeued";
  /** The id of a match. */
  match: string;
  /** The id of a ticket. */
  ticket: string;
  /** The name of a queue. */
  queue: string;
  /** Why. */
  reason: Outcome;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** How a ticket stands, about every two seconds while that changes. */
export interface TicketUpdate {
  /** The type of the message. */
  t: "mm.update";
  /** The id of a ticket. */
  ticket: string;
  /** The name of a queue. */
  queue: string;
  /** Seconds since it was queued first. */
  waited_s: number;
  /** Tickets in the queue. */
  waiting: number;
  /** How far away in rating others may be. */
  window?: number;
  /** Seconds that are likely still to pass. */
  eta_s?: number;
  /** Why there is no match yet. */
  blocked_by?: Blocked;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** Who sees whom in a room. */
export type Topology = "mesh" | "star";

/** A signal did not arrive. */
export interface Undelivered {
  /** The type of the message. */
  t: "undelivered";
  /** The name of the room. */
  room: string;
  /** The name of the member it is for. */
  to: string;
  /** Why. */
  reason: UndeliveredReason;
  /** Which attempt to connect the signal belongs to. */
  pc?: string;
  /** The sender's own id of a signal: of several with the same one, one is delivered. */
  mid?: string;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** Why a signal did not reach the member it was sent to. */
export type UndeliveredReason = "unknown_peer" | "gone" | "slow" | "too_big";

/** The first frame from the server. */
export interface Welcome {
  /** The type of the message. */
  t: "welcome";
  /** The session's id. */
  sid: string;
  /** The name of a member. */
  peer: string;
  /** Whether the earlier session goes on. */
  resumed: boolean;
  /** How often the server looks whether the client is there, in milliseconds. */
  ping_ms: number;
  /** What the server allows this session. */
  limits: SessionLimits;
  /** ICE servers in the shape of W3C's RTCIceServer. */
  ice: Array<IceServer>;
  /** Seconds that the credentials are good for. */
  ice_ttl_s: number;
  /** Which server answered. */
  server: ServerInfo;
  /** Optional features that the sender knows; `resume` says that the client comes back. */
  caps: Array<string>;
  /** How many messages follow that were missed. */
  replay?: number;
  /** From the client: the session to go on with. From the server: the token to come back with. */
  resume?: string;
  /** Seconds that a session is kept after its connection is lost. */
  resume_s?: number;
  /** The number of a request; its answer bears the same. */
  id?: number;
  /** The message's number in the session, from 1 on; in `resume`, that of the last one that came. */
  seq?: number;
  /** The number of the last message that came in from the other side. */
  ack?: number;
}

/** Whatever a client says. */
export type ClientMessage = Hello | Auth | Join | Leave | Signal | State | Kick | Lock | Stats | IceRequest | Ping | Ack | Bye | EnterQueue | CancelTicket | AcceptMatch | DeclineMatch | OpenSeats | QuitMatch | TellResult;

export type ClientMessageType = "hello" | "auth" | "join" | "leave" | "signal" | "state" | "kick" | "lock" | "stats" | "ice" | "ping" | "ack" | "bye" | "mm.enqueue" | "mm.cancel" | "mm.accept" | "mm.decline" | "mm.open" | "mm.quit" | "mm.result";

/** Whatever a server says. */
export type ServerMessage = Welcome | Joined | PeerJoin | PeerGone | PeerBack | PeerLeave | PeerState | PeerRole | RoomLock | Removed | Forwarded | Undelivered | Ice | Expiring | GoAway | Ok | Pong | Acked | ErrorMessage | TicketQueued | TicketUpdate | MatchFound | MatchAccepted | MatchStart | TicketRequeued | MatchEnded;

export type ServerMessageType = "welcome" | "joined" | "peer.join" | "peer.gone" | "peer.back" | "peer.leave" | "peer.state" | "peer.role" | "room.lock" | "removed" | "signal" | "undelivered" | "ice" | "expiring" | "go_away" | "ok" | "pong" | "ack" | "error" | "mm.queued" | "mm.update" | "mm.found" | "mm.accepted" | "mm.start" | "mm.requeued" | "mm.ended";
