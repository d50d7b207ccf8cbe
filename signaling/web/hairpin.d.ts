import type * as p from "./protocol.js";
/**
 * Enter a room: there is a call with each other member, and with each that comes.
 *
 * @param {string} url Where the server is, `wss://host/v1/ws`.
 * @param {string} name The room.
 * @param {RoomOptions} [options]
 * @returns {Promise<Room>}
 */
export function join(url: string, name: string, options?: RoomOptions): Promise<Room>;
/**
 * A call with one other member: a peer connection whose negotiation nobody has to think of.
 *
 * Add tracks and channels to `pc` at any time, take what comes from its events. Offers that cross are
 * resolved as W3C's perfect negotiation has it; a path that is lost is restarted.
 *
 * @extends {Emitter<CallEvents>}
 */
export class Call extends Emitter<CallEvents> {
    /**
     * @param {Room} room
     * @param {string} peer
     * @param {Record<string, unknown>} meta
     * @param {boolean} polite
     * @param {boolean} newcomer
     * @param {string} key
     */
    constructor(room: Room, peer: string, meta: Record<string, unknown>, polite: boolean, newcomer: boolean, key: string);
    /** The other member's name. */
    peer: string;
    /** What it tells of itself. */
    meta: Record<string, unknown>;
    /** Whether this side takes its offer back when two cross. */
    polite: boolean;
    /** By what the other member is known again. */
    key: string;
    /** The data channel that every call has, once it is open. @type {RTCDataChannel | null} */
    channel: RTCDataChannel | null;
    /** The peer connection. */
    pc: RTCPeerConnection;
    /** Hang up. @param {string} [reason] */
    close(reason?: string): void;
    /** Open the data channel that every call has. */
    open(): void;
    /**
     * Begin although there may be nothing to send: the other side waits for the newcomer's offer with what it
     * has. A page that adds something in the moment that it hears of the call offers that instead.
     */
    offerNothing(): void;
    /** The id of the attempt to connect, once it is known. */
    get attempt(): string | undefined;
    /** @param {string | undefined} attempt */
    isOtherAttempt(attempt: string | undefined): boolean;
    /** Use the servers of now from the next restart on. */
    renew(): void;
    /** A signal did not arrive. @param {string | undefined} attempt */
    missed(attempt: string | undefined): void;
    /** The other side is lost; it may come back. */
    absent(): void;
    /** The other side can be reached again. @param {boolean} anew Whether what was under way may be lost. */
    reachable(anew: boolean): void;
    /** @param {p.Forwarded} signal */
    receive(signal: p.Forwarded): void;
    /** The call is over; nothing is said of it. @param {string} reason */
    finish(reason: string): void;
    #private;
}
export type CallEvents = {
    channel: RTCDataChannel;
    over: {
        reason: string;
    };
    problem: Error;
};
/**
 * One steady connection to a server, over as many sockets as it takes.
 *
 * @extends {Emitter<ClientEvents>}
 */
export class Client extends Emitter<ClientEvents> {
    /**
     * @param {string} url Where the server is, `wss://host/v1/ws`.
     * @param {ClientOptions} [options]
     */
    constructor(url: string, options?: ClientOptions);
    /** What the server said first on the connection of now, or of before. */
    get welcome(): p.Welcome | null;
    /** Whether the server is reached at the moment. */
    get isUp(): boolean;
    /** @returns {World} */
    get world(): World;
    /**
     * Connect, and stay connected from now on. While the server cannot be reached it is tried again (`down`
     * tells); it fails only when there is no sense in trying again.
     *
     * @returns {Promise<p.Welcome>}
     */
    connect(): Promise<p.Welcome>;
    /**
     * Become a member of a room, and of the same again whenever a session had to begin anew.
     *
     * @param {string} room
     * @param {JoinOptions} [options]
     * @returns {Promise<p.Joined>}
     */
    join(room: string, options?: JoinOptions): Promise<p.Joined>;
    /** Be a member no longer. @param {string} room @returns {Promise<p.Ok>} */
    leave(room: string): Promise<p.Ok>;
    /**
     * Send something to another member; it is done when the server has handed it on.
     *
     * @param {string} room
     * @param {string} to
     * @param {p.SignalKind} kind
     * @param {unknown} data
     * @param {{pc?: string, mid?: string}} [more]
     * @returns {Promise<p.Ok>}
     */
    signal(room: string, to: string, kind: p.SignalKind, data: unknown, more?: {
        pc?: string;
        mid?: string;
    }): Promise<p.Ok>;
    /** Change one's metadata; `null` takes a key away. @param {string} room @param {Record<string, unknown>} meta */
    state(room: string, meta: Record<string, unknown>): Promise<p.Ok>;
    /** Put a member out. @param {string} room @param {string} peer @param {string} [reason] */
    kick(room: string, peer: string, reason?: string): Promise<p.Ok>;
    /** Let nobody in any more, or again. @param {string} room @param {boolean} [locked] */
    lock(room: string, locked?: boolean): Promise<p.Ok>;
    /**
     * Wait in a queue for a match.
     *
     * @param {string} queue
     * @param {QueueOptions} [options]
     * @returns {Promise<Ticket>}
     */
    enqueue(queue: string, options?: QueueOptions): Promise<Ticket>;
    /** Ask for ICE servers with fresh credentials. @returns {Promise<p.Ice>} */
    ice(): Promise<p.Ice>;
    /** Show a newer token. @param {string} token @returns {Promise<p.Ok>} */
    auth(token: string): Promise<p.Ok>;
    /** Tell how an attempt to connect went. @param {Omit<Bare<p.Stats>, "t">} stats */
    stats(stats: Omit<Bare<p.Stats>, "t">): void;
    /** Ask whether the server still listens. @returns {Promise<number>} The round-trip time in milliseconds. */
    ping(): Promise<number>;
    /** End the session: every room is left. */
    close(): void;
    /** A ticket is over by its owner's will. @param {Ticket} ticket @param {p.Outcome} reason */
    forget(ticket: Ticket, reason: p.Outcome): void;
    #private;
}
export type ClientOptions = {
    /**
     * The name to bear in rooms; without one the server chooses.
     */
    peer?: string | undefined;
    /**
     * What the other members learn about this one.
     */
    meta?: Record<string, unknown> | undefined;
    /**
     * Who this is; a function is asked for each
     * connection, and again when the token expires.
     */
    token?: string | (() => string | Promise<string>) | undefined;
    /**
     * Where this is.
     */
    region?: string | undefined;
    world?: Partial<World> | undefined;
};
/**
 * The connection is there.
 */
export type Up = {
    /**
     * Whether nothing was missed. Otherwise rooms are joined again.
     */
    resumed: boolean;
    welcome: p.Welcome;
};
/**
 * The connection is lost, or could not be made.
 */
export type Down = {
    code: number;
    reason: string;
    /**
     * When the next try is; absent when there is none.
     */
    retryMs?: number | undefined;
};
/**
 * What happens to a client: every message of the server under its own type, and these.
 */
export type ClientEvents = { [T in p.ServerMessageType]: Extract<p.ServerMessage, {
    t: T;
}>; } & {
    up: Up;
    down: Down;
    rejoined: p.Joined;
    unjoined: {
        room: string;
        error: SignalingError;
    };
};
export type JoinOptions = {
    key?: string;
    meta?: Record<string, unknown>;
    topology?: p.Topology;
    max?: number;
};
type Bare<M> = M extends unknown ? Omit<M, "id" | "seq" | "ack"> : never;
/** Tells listeners what happens. @template {object} Events */
declare class Emitter<Events extends object> {
    /**
     * Listen; the function that comes back ends it.
     *
     * @template {keyof Events} T
     * @param {T} type
     * @param {(event: Events[T]) => void} listener
     * @returns {() => void}
     */
    on<T extends keyof Events>(type: T, listener: (event: Events[T]) => void): () => void;
    /**
     * Tell everybody who listens; one who fails disturbs nobody else.
     *
     * @template {keyof Events} T
     * @param {T} type
     * @param {Events[T]} event
     */
    emit<T extends keyof Events>(type: T, event: Events[T]): void;
    #private;
}
/** Whether a client should come back after a close with this code. @param {number} code */
export function comesBack(code: number): boolean;
/** What the server refused, or what became of a request otherwise. */
export class SignalingError extends Error {
    /**
     * @param {number} code The number of the error, or of the close.
     * @param {string} label Its name in the protocol.
     * @param {string} message For people.
     * @param {number} [retryMs] The same may succeed after so many milliseconds.
     */
    constructor(code: number, label: string, message: string, retryMs?: number);
    code: number;
    label: string;
    retryMs: number | undefined;
}
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
export function openness(servers: RTCIceServer[], { within, world }?: {
    within?: number;
    world?: Partial<World>;
}): Promise<p.Openness>;
/** Enter a room over a client's connection. @param {Client} client @param {string} name @param {RoomOptions} options */
declare function enter(client: Client, name: string, options: RoomOptions): Promise<Room>;
/**
 * A room, and the calls with those who are in it; `join` makes one.
 *
 * @extends {Emitter<RoomEvents>}
 */
export class Room extends Emitter<RoomEvents> {
    /** @param {Client} client @param {string} name @param {RoomOptions} options */
    constructor(client: Client, name: string, options: RoomOptions);
    /** The room's name. */
    name: string;
    /** The name that this member bears. */
    you: string;
    /** What it may do. @type {p.Role} */
    role: p.Role;
    /** Whether nobody may come in any more. */
    locked: boolean;
    /** The calls that go on. */
    get calls(): Call[];
    /** @returns {Client} */
    get client(): Client;
    /** What peer connections are made with now. @returns {RTCConfiguration} */
    get rtc(): RTCConfiguration;
    /** Whether the server is told how calls went. */
    get tells(): boolean;
    /** Become a member; `join` does it. What goes wrong leaves nothing behind on a client that is used for more. */
    enter(): Promise<void>;
    /** Change what the others know of this member. @param {Record<string, unknown>} meta */
    state(meta: Record<string, unknown>): Promise<p.Ok>;
    /** Put a member out. @param {string} peer @param {string} [reason] */
    kick(peer: string, reason?: string): Promise<p.Ok>;
    /** Let nobody in any more, or again. @param {boolean} [locked] */
    lock(locked?: boolean): Promise<p.Ok>;
    /** Send a member something of the application's own. @param {string} peer @param {unknown} data */
    send(peer: string, data: unknown): Promise<p.Ok>;
    /** End all calls and leave. */
    leave(): Promise<void>;
    /** A call is over, and its member is as good as new. @param {Call} call @param {string} reason */
    forget(call: Call, reason: string): void;
    #private;
}
/**
 * `client` is one that is connected already, and stays the caller's. `rtc` is for the peer connections.
 * `channel: false` opens no data channel by itself. `tell: false` keeps from the server how calls went.
 */
export type RoomOptions = ClientOptions & JoinOptions & {
    client?: Client;
    rtc?: RTCConfiguration;
    channel?: boolean;
    tell?: boolean;
};
export type Over = {
    call: Call;
    reason: string;
};
export type Custom = {
    room: string;
    peer: string;
    data: unknown;
};
export type RoomEvents = {
    call: Call;
    over: Over;
    gone: p.PeerGone;
    back: p.PeerBack;
    state: p.PeerState;
    role: p.PeerRole;
    lock: p.RoomLock;
    removed: {
        reason: string;
        by?: string;
        msg?: string;
    };
    custom: Custom;
    up: Up;
    down: Down;
};
/**
 * A ticket in a queue, and the match that becomes of it; `Client.enqueue` makes one.
 *
 * @extends {Emitter<TicketEvents>}
 */
export class Ticket extends Emitter<TicketEvents> {
    /**
     * @param {Client} client
     * @param {(message: any) => Promise<any>} ask
     * @param {string} queue
     * @param {QueueOptions} options
     */
    constructor(client: Client, ask: (message: any) => Promise<any>, queue: string, options: QueueOptions);
    /** The queue it waits in. */
    queue: string;
    /** What it was asked for with. */
    options: QueueOptions;
    /** Its id; empty while it is asked for. */
    id: string;
    /** The match that was found for it, until it begins or comes to nothing. @type {p.MatchFound | null} */
    found: p.MatchFound | null;
    /** The match that it plays, as told last. @type {p.MatchStart | null} */
    started: p.MatchStart | null;
    /** How it ended. @type {p.MatchEnded | null} */
    over: p.MatchEnded | null;
    /** Seconds that it has waited by now, by our own clock between two updates: where many wait those are far apart. */
    get waited(): number;
    /**
     * Wait until a match begins; it fails when the ticket is over without one.
     *
     * @param {{accept?: boolean}} [options] Whether to say yes to whatever is found, which is so unless it is false.
     * @returns {Promise<p.MatchStart>}
     */
    match({ accept }?: {
        accept?: boolean;
    }): Promise<p.MatchStart>;
    /** Say yes to the match that was found. @returns {Promise<p.Ok>} */
    accept(): Promise<p.Ok>;
    /** Say no to the match that was found, and wait no longer. @returns {Promise<p.Ok>} */
    decline(): Promise<p.Ok>;
    /** Wait no longer. @returns {Promise<p.Ok>} */
    cancel(): Promise<p.Ok>;
    /** Enter the room of the match, with a call to each other player. @param {RoomOptions} [options] @returns {Promise<Room>} */
    enter(options?: RoomOptions): Promise<Room>;
    /** Let others in, so many into each team; for the host. @param {number[]} seats @returns {Promise<p.Ok>} */
    open(seats: number[]): Promise<p.Ok>;
    /** End the match with a result; for the host. @param {unknown} result @returns {Promise<p.Ok>} */
    result(result: unknown): Promise<p.Ok>;
    /** Play the match no longer. @param {string} [reason] @returns {Promise<p.Ok>} */
    quit(reason?: string): Promise<p.Ok>;
    /** Take what the server tells of it. @param {TicketNews} news */
    hear(news: TicketNews): void;
    /** It is gone, with its session or by one's own will. @param {p.Outcome} [reason] */
    lose(reason?: p.Outcome): void;
    #private;
}
/**
 * What a ticket says of its player, as `mm.enqueue` has it. With `again` it is queued again where the server
 * has forgotten the session; otherwise it is over then (`ended`, reason `lost`).
 */
export type QueueOptions = Omit<Bare<p.EnterQueue>, "t" | "queue"> & {
    again?: boolean;
};
export type TicketNews = p.TicketQueued | p.TicketUpdate | p.MatchFound | p.MatchAccepted | p.MatchStart | p.TicketRequeued | p.MatchEnded;
export type TicketEvents = {
    queued: p.TicketQueued;
    update: p.TicketUpdate;
    found: p.MatchFound;
    accepted: p.MatchAccepted;
    start: p.MatchStart;
    requeued: p.TicketRequeued;
    ended: p.MatchEnded;
};
/**
 * What the module takes from its surroundings.
 */
export type World = {
    WebSocket: new (url: string, protocols: string) => WebSocket;
    RTCPeerConnection: new (configuration?: RTCConfiguration) => RTCPeerConnection;
    setTimeout: (callback: () => void, ms: number) => any;
    clearTimeout: (timer: any) => void;
    /**
     * Milliseconds from any point in time.
     */
    now: () => number;
    random: () => number;
    /**
     * Tells when it is worth a try at once: the network
     * is there again, or the page is seen again. Returns what ends it.
     */
    awake: (heard: () => void) => (() => void);
};
export {};
