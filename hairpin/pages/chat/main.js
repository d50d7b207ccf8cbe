// @ts-check
/**
 * The page: from the lobby to the call and back, and what is said when something does not go.
 *
 * @module
 */

import { Client, join } from "/hairpin.js";
import { Stage } from "./call.js";
import { Devices, lack } from "./devices.js";
import { announce, find, kept, translate } from "./dom.js";
import { Lobby } from "./lobby.js";
import { Mesh } from "./mesh.js";
import { pick, speak, t } from "./words/index.js";

/** @import { SignalingError } from "/hairpin.js" */
/** @import { Wishes } from "./lobby.js" */

const SERVER = `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/v1/ws`;
const MOST = 8;
const asked = new URLSearchParams(location.search);

/** @type {{client: Client, mesh: Mesh | null} | null} */
let now = null;
/** Connected while somebody is in the lobby, so that joining is one round trip instead of five. @type {Client | null} */
let ahead = null;

await speak(pick([asked.get("lang") ?? "", kept("language"), ...navigator.languages].filter(Boolean)));
translate();

const devices = new Devices();
const stage = new Stage(devices, () => void leave("over.left", t("over.left.says")));
const lobby = new Lobby(devices, { enter: (wishes) => void enter(wishes), spoken: () => stage.translate() });

/** @param {"lobby" | "call" | "over"} screen */
function show(screen) {
  for (const each of ["lobby", "call", "over"]) find(each, HTMLElement).hidden = each !== screen;
  find("chat", HTMLElement).dataset.screen = screen;
}

/** @param {Wishes} wishes */
async function enter({ name, room, key }) {
  lobby.busy(true);
  const client = ahead ?? new Client(SERVER);
  ahead = null;
  const mine = (now = { client, mesh: /** @type {Mesh | null} */ (null) });
  client.on("down", ({ reason, retryMs }) => {
    if (now !== mine || retryMs === undefined) return;
    const why = reason || "…";
    if (!mine.mesh) lobby.refuse(t("fail.unreachable", { reason: why }));
    else stage.banner(t(stage.isAlone ? "call.down.alone" : "call.down", { reason: why }), true);
  });
  client.on("up", () => {
    lobby.refuse("");
    if (mine.mesh && wasDown()) stage.banner(t("call.up"));
  });
  try {
    const shows = { name, mic: devices.isOn("audio"), camera: devices.isOn("video"), screen: false, files: true };
    // One socket, and one place at the relay, for all lines: without max-bundle it would be three until the answer.
    // And candidates are gathered while the offer is on its way.
    const rtc = { iceCandidatePoolSize: 1, bundlePolicy: /** @type {const} */ ("max-bundle"), ...(asked.has("relay") && { iceTransportPolicy: /** @type {const} */ ("relay") }) };
    const entered = await join(SERVER, room, { client, meta: shows, max: MOST, rtc, ...(key && { key }) });
    const mesh = (mine.mesh = new Mesh(client, entered, devices.stream, { shows }));
    mesh.on("removed", ({ reason, msg }) => void leave("over.removed", farewell(reason, msg)));
    address(room, key);
    lobby.close();
    show("call");
    stage.begin(mesh, name);
    announce(t("call.title", { room }));
  } catch (error) {
    now = null;
    client.close();
    connectAhead();
    lobby.busy(false);
    lobby.refuse(sentence(/** @type {SignalingError} */ (error)));
  }
}

/** What goes wrong meanwhile is not told: whoever joins tries again. */
function connectAhead() {
  ahead?.close();
  const client = (ahead = new Client(SERVER));
  client.on("down", () => {
    if (ahead !== client) return;
    ahead = null;
    client.close();
  });
  client.connect().catch(() => {});
}

function wasDown() {
  return !find("banner", HTMLElement).hidden;
}

/** Why one is not let in, and what to do. @param {Error & {label?: string}} error */
function sentence({ label, message }) {
  if (label === "room_full") return t("fail.full", { max: MOST });
  if (label === "room_locked") return t("fail.locked");
  if (label === "forbidden" && message.includes("key")) return t("fail.key");
  return t("fail.other", { reason: message });
}

/** @param {string} reason @param {string} [msg] */
function farewell(reason, msg = "") {
  if (reason === "replaced") return t("over.replaced");
  if (reason === "kicked") return t("over.kicked");
  return msg || reason;
}

/** The link that others open: with the key behind the #, which no server sees. @param {string} room @param {string} key */
function address(room, key) {
  const query = new URLSearchParams(location.search);
  query.set("room", room);
  history.replaceState(null, "", `?${query}${key ? `#key=${encodeURIComponent(key)}` : ""}`);
}

/** @param {"over.left" | "over.removed"} title @param {string} says */
async function leave(title, says) {
  const left = now;
  now = null;
  stage.end();
  find("over-title", HTMLElement).textContent = t(title);
  find("over-says", HTMLElement).textContent = says;
  show("over");
  find("over-title", HTMLElement).focus();
  void devices.stop();
  await left?.mesh?.leave();
  left?.client.close();
}

find("again", HTMLButtonElement).addEventListener("click", () => {
  show("lobby");
  connectAhead();
  void lobby.open();
});
addEventListener("pagehide", () => {
  ahead?.close();
  void now?.mesh?.leave();
  now?.client.close();
});
addEventListener("pageshow", (event) => event.persisted && location.reload());

find("old", HTMLElement).remove();
find("chat", HTMLElement).hidden = false;
if (lack() === "webrtc") {
  find("over-title", HTMLElement).textContent = t("lobby.title");
  find("over-says", HTMLElement).textContent = t("fail.webrtc");
  find("again", HTMLElement).hidden = true;
  show("over");
} else {
  show("lobby");
  connectAhead();
  void lobby.open();
}

/** For the console, and for tests. */
Object.assign(globalThis, { hairpin: { mesh: () => now?.mesh ?? null, devices } });
