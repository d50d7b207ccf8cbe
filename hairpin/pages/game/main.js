// @ts-check
/**
 * The page: which screen is shown, and what leads from one to the next.
 *
 * @module
 */

import { join } from "/hairpin.js";
import { Picture } from "./draw.js";
import { Hands } from "./hands.js";
import { Lobby } from "./lobby.js";
import { Match } from "./match.js";
import { Host } from "./play.js";
import { findOut } from "./reach.js";
import { open } from "./rink.js";
import { WORDS } from "./words.js";
import { tidy } from "./wire.js";

/** @import { Room } from "/hairpin.js" */

const PATIENCE = 20; // seconds for a connection to the other player
const ROOM = /^[\w-]{1,40}$/;
const SERVER = `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/v1/ws`;

/** @template {HTMLElement} T @param {string} id @param {new () => T} kind @returns {T} */
function find(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${id} in the page`);
  return found;
}

const game = find("game", HTMLElement);
const picture = new Picture(find("table", HTMLCanvasElement));
const hands = new Hands(find("stage", HTMLElement), picture);
const nameField = find("name", HTMLInputElement);
/** @type {Room | null} */
let room = null;
/** @type {Match | null} */
let match = null;
/** @type {Lobby | null} */
let lobby = null;
/** A table to play on alone while waiting. @type {Host | null} */
let warmUp = null;
let shown = open();
let entering = 0;

/** @param {string} screen @param {string} [says] */
function show(screen, says = "") {
  if (game.dataset.screen !== screen) {
    game.dataset.screen = screen;
    for (const panel of document.querySelectorAll("[data-for]")) {
      if (!(panel instanceof HTMLElement)) continue;
      panel.hidden = !panel.dataset.for?.split(" ").includes(screen);
    }
    const firsts = [...document.querySelectorAll(`[data-for~="${screen}"] [data-first]`)];
    const first = firsts.find((each) => !each.closest("[hidden]"));
    if (first instanceof HTMLElement) first.focus({ preventScroll: true });
    if (screen === "playing" && document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }
  for (const each of document.querySelectorAll(`[data-for~="${screen}"] [data-says]`)) each.textContent = says;
}

/** For whoever does not see the table. @param {string} words */
function announce(words) {
  find("news", HTMLElement).textContent = words;
}

/** A banner over the table, which goes by itself if it is not to stay. @param {string} words @param {boolean} [stays] */
function banner(words, stays = false) {
  const place = find("banner", HTMLElement);
  place.textContent = words;
  place.hidden = !words;
  clearTimeout(banner.timer);
  if (words && !stays) banner.timer = setTimeout(() => (place.hidden = true), 1800);
}
/** @type {ReturnType<typeof setTimeout> | undefined} */
banner.timer = undefined;

function playerName() {
  const name = tidy(nameField.value);
  try {
    localStorage.setItem("hairpin.name", name);
  } catch {
    // Some browsers keep nothing; then it is asked again.
  }
  return name;
}

// --- one game ---------------------------------------------------------------------------------------

/** @param {import("/hairpin.js").Call} call @param {boolean} hosts */
function play(call, hosts) {
  const current = new Match(call, hosts, playerName(), {
    changed: () => current === match && render(current),
    goal: ({ mine, score }) => {
      const words = WORDS.scored(mine, otherName(current));
      banner(words);
      announce(`${words} ${WORDS.score(...score)}.`);
      picture.note([{ kind: "goal", by: mine ? current.side : 1 - current.side, force: 1 }], shown.puck, seconds());
    },
    stalled: () => banner(WORDS.stalled),
    happened: (all) => picture.note(all, shown.puck, seconds()),
  });
  match = current;
  picture.side = current.side;
  if (document.hidden) current.away(true);
  render(current);
}

/** @param {Match} current */
function otherName(current) {
  return current.other.name || (current.other.bot ? WORDS.bot : WORDS.somebody);
}

/** @param {Match} current */
function render(current) {
  const name = otherName(current);
  const [mine, theirs] = current.score;
  find("score-mine", HTMLElement).textContent = String(mine);
  find("score-theirs", HTMLElement).textContent = String(theirs);
  find("name-mine", HTMLElement).textContent = tidy(nameField.value) || WORDS.you;
  find("name-theirs", HTMLElement).textContent = name;
  game.dataset.score = `${mine}:${theirs}`;
  const before = game.dataset.screen;
  if (current.stage === "meeting") show("meeting", WORDS.meeting(name));
  else if (current.stage === "playing") {
    show("playing");
    if (before !== "playing") announce(WORDS.begins);
  } else if (current.stage === "over") {
    const words = current.winner === current.side ? WORDS.won : WORDS.lost(name);
    show("over", words);
    if (before !== "over") {
      announce(`${words} ${WORDS.score(mine, theirs)}.`);
      banner("");
      lobby?.result({ score: [mine, theirs] });
    }
    const { again } = current;
    find("again-says", HTMLElement).textContent = again.theirs ? WORDS.again(name) : again.mine ? WORDS.againWaits(name) : "";
    find("again", HTMLButtonElement).disabled = again.mine;
  } else if (before === "over") {
    find("again-says", HTMLElement).textContent = WORDS.left(name);
    find("again", HTMLButtonElement).disabled = !lobby;
  } else {
    const words = current.reason === "version" ? WORDS.failed.version : current.reason === "silence" || current.reason === "lost" ? WORDS.lostOther(name) : WORDS.left(name);
    show("left", words);
    announce(words);
    find("another", HTMLElement).hidden = !lobby;
  }
  if (current.stage === "playing" && current.isAway) banner(WORDS.away(name), true);
  else if (find("banner", HTMLElement).textContent === WORDS.away(name)) banner("");
}

function seconds() {
  return performance.now() / 1000;
}

let interrupted = false;

function frame() {
  requestAnimationFrame(frame);
  const now = seconds();
  if (match && match.stage !== "gone") {
    const aim = hands.take(shown.mallets[match.side], now);
    if (aim) match.aim(aim);
    shown = match.frame(now);
    if (match.isInterrupted !== interrupted) {
      interrupted = match.isInterrupted;
      game.dataset.interrupted = String(interrupted);
      banner(interrupted ? WORDS.interrupted : "", interrupted);
    }
  }
  if (warmUp && !match) {
    const aim = hands.take(shown.mallets[0], now);
    if (aim) warmUp.aim(aim);
    picture.note(warmUp.advance(now).happened, shown.puck, now);
    shown = { ...warmUp.view(now), score: [0, 0] };
    if (warmUp.isOver) warmUp.begin(0);
  }
  picture.draw(shown, now);
}

async function tellPath() {
  const place = find("path", HTMLElement);
  const current = match;
  if (!current || current.stage === "meeting" || current.stage === "gone") {
    place.hidden = true;
    return;
  }
  const { kind, ms } = await current.path();
  place.textContent = ms === null ? WORDS.path[kind] : `${WORDS.path[kind]}, ${WORDS.rtt(ms)}`;
  place.dataset.kind = kind;
  place.hidden = false;
}

// --- a queue -------------------------------------------------------------------------------------------

async function queueUp() {
  stop();
  const mine = entering;
  show("connecting", WORDS.connecting);
  const entered = (lobby = new Lobby(SERVER, queueName(), findOut(SERVER), () => entered === lobby && renderLobby(entered)));
  try {
    const place = await entered.enter();
    if (mine !== entering) return;
    meetOther(place, entered, mine);
  } catch (error) {
    const { label, message } = /** @type {Error & {label?: string}} */ (error);
    if (mine !== entering) return;
    if (label === "not_found") fail(new Error(WORDS.queue.none(queueName())));
    else fail(new Error(WORDS.queue.over[label ?? ""] ?? WORDS.failed.room(message)));
  }
}

/** @param {Room} place @param {Lobby} entered @param {number} mine */
function meetOther(place, entered, mine) {
  room = place;
  warmUp = null;
  show("meeting", WORDS.meeting(WORDS.somebody));
  place.on("call", (call) => {
    if (!match) play(call, entered.hosts);
  });
  place.on("removed", ({ reason }) => fail(new Error(WORDS.failed.room(reason))));
  setTimeout(() => {
    if (mine !== entering || (match && match.stage !== "meeting")) return;
    fail(new Error(match ? WORDS.failed.path : WORDS.absent));
  }, PATIENCE * 1000);
}

/** @param {Lobby} at */
function renderLobby(at) {
  if (at.stage === "waiting") {
    if (!warmUp) {
      warmUp = new Host();
      warmUp.begin(0);
      picture.side = 0;
    }
    show("queued");
    const { waiting, window: points, blocked } = at.update;
    const lines = [WORDS.queue.waits(waiting), ...(points !== null && waiting > 1 ? [WORDS.queue.window(points)] : [])];
    find("waiting", HTMLElement).textContent = `${lines.join(". ")}.`;
    const why = waiting > 1 ? WORDS.queue.blocked[blocked] : "";
    find("blocked", HTMLElement).textContent = WORDS.queue.requeued[at.requeued] ?? why ?? "";
    if (!find("blocked", HTMLElement).textContent) find("blocked", HTMLElement).textContent = WORDS.queue.bots;
  } else if (at.stage === "found" || at.stage === "accepted") {
    show("found");
    find("accepted", HTMLElement).textContent = WORDS.queue.accepted(at.asked.accepted, at.asked.players);
    find("accept", HTMLButtonElement).disabled = at.stage === "accepted";
  } else if (at.stage === "over" && (!match || match.stage === "meeting")) fail(new Error(WORDS.failed.room(at.reason)));
  tellTime();
}

function tellTime() {
  if (!lobby) return;
  const seconds = Math.floor(lobby.waited);
  find("waited", HTMLElement).textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  find("remaining", HTMLElement).textContent = WORDS.queue.remaining(lobby.remaining);
}

function queueName() {
  const name = new URLSearchParams(location.search).get("queue") ?? "duel";
  return ROOM.test(name) ? name : "duel";
}

// --- a room of two friends ----------------------------------------------------------------------------

/** @param {string} name */
async function meetIn(name) {
  const mine = (entering += 1);
  show("connecting", WORDS.connecting);
  try {
    const entered = await join(SERVER, `duel-${name}`, { max: 2 });
    if (mine !== entering) return void entered.leave();
    room = entered;
  } catch (error) {
    if (mine === entering) fail(/** @type {Error & {label?: string}} */ (error));
    return;
  }
  wait();
  room.on("call", (call) => {
    play(call, !call.polite);
  });
  room.on("over", () => {
    if (match?.stage === "meeting") wait();
  });
  room.on("removed", ({ reason }) => fail(new Error(WORDS.failed.room(reason))));
  room.on("down", ({ reason, retryMs }) => {
    if (!match || match.stage === "gone") show("connecting", WORDS.failed.lost(reason || "no answer"));
    if (retryMs === undefined) fail(new Error(WORDS.failed.room(reason)));
  });
  room.on("up", () => {
    if (game.dataset.screen === "connecting") wait();
  });
}

/** Alone in the room. */
function wait() {
  match = null;
  find("link", HTMLInputElement).value = location.href;
  show("alone");
}

/** @param {Error & {label?: string}} error */
function fail(error) {
  const words = error.label === "room_full" ? WORDS.failed.full : error.message;
  const wasQueueing = lobby !== null;
  stop();
  show("failed", words);
  announce(words);
  find("another", HTMLElement).hidden = !wasQueueing;
}

function stop() {
  entering += 1;
  match?.leave();
  match = null;
  void room?.leave();
  room = null;
  lobby?.leave();
  lobby = null;
  warmUp = null;
  banner("");
}

// --- what can be pressed ------------------------------------------------------------------------------

/** @param {string} id @param {() => void} act */
function press(id, act) {
  find(id, HTMLButtonElement).addEventListener("click", act);
}

function back() {
  stop();
  const { searchParams } = new URL(location.href);
  if (searchParams.has("room")) history.replaceState(null, "", location.pathname);
  shown = open();
  picture.side = 0;
  show("start");
}

press("friend", () => {
  const bytes = crypto.getRandomValues(new Uint8Array(9));
  const name = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
  history.replaceState(null, "", `?room=${name}`);
  void meetIn(name);
});
press("enter", () => void meetIn(wanted()));
press("play", () => void queueUp());
press("another", () => void queueUp());
press("accept", () => lobby?.accept());
press("again", () => (lobby ? void queueUp() : match?.playAgain()));
press("copy", async () => {
  const link = find("link", HTMLInputElement);
  link.select();
  try {
    await navigator.clipboard.writeText(link.value);
  } catch {
    document.execCommand("copy"); // where the page is not from a secure place
  }
  announce(WORDS.copied);
  find("copied", HTMLElement).textContent = WORDS.copied;
});
for (const each of document.querySelectorAll("[data-leaves]")) each.addEventListener("click", back);
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && game.dataset.screen !== "start") back();
});
document.addEventListener("visibilitychange", () => match?.away(document.hidden));
addEventListener("pagehide", () => stop());

function wanted() {
  const name = new URLSearchParams(location.search).get("room") ?? "";
  return ROOM.test(name) ? name : "";
}

try {
  nameField.value = tidy(localStorage.getItem("hairpin.name") ?? "");
} catch {
  // Then the field is empty.
}
if (!("RTCPeerConnection" in globalThis)) show("failed", WORDS.failed.webrtc);
else if (wanted()) show("invited");
else {
  show("start");
  void findOut(SERVER);
}
requestAnimationFrame(frame);
setInterval(() => void tellPath(), 1000);
setInterval(tellTime, 250);

/** For the console, and for tests: what is to be seen, and how many moves went each way. */
Object.assign(globalThis, {
  duel: {
    view: () => shown,
    counts: () => match?.counts ?? { sent: 0, received: 0 },
    side: () => match?.side,
    openness: () => lobby?.openness,
    path: () => match?.path(),
  },
});
