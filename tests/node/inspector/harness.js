// A call without the page of a call: what the inspector is given, and nothing else. In the hash: name, options, language.
import { join } from "/hairpin.js";
import * as inspector from "/chat/inspector/inspector.js";

const { name, language, rtc = {}, servers = [], media = true } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const url = `${location.origin.replace("http", "ws")}/v1/ws`;
const local = media ? await navigator.mediaDevices.getUserMedia({ audio: true, video: true }) : new MediaStream();
const mesh = Object.assign(new EventTarget(), { remotes: new Map() });
inspector.watch(mesh);
const room = await join(url, "r", { peer: name, rtc });
room.on("call", (call) => {
  mesh.remotes.set(call.key, { peer: call.peer, name: call.peer, pc: call.pc });
  if (call.polite) for (const track of local.getTracks()) call.pc.addTrack(track, local);
  else call.pc.addEventListener("signalingstatechange", () => {
    if (call.pc.signalingState !== "have-remote-offer" || call.pc.getSenders().some(({ track }) => track)) return;
    for (const track of local.getTracks()) call.pc.addTrack(track, local);
  });
  mesh.dispatchEvent(new Event("join"));
});
room.on("over", ({ call }) => {
  mesh.remotes.delete(call.key);
  mesh.dispatchEvent(new Event("leave"));
});
await inspector.open(mesh, document.getElementById("here"), { language, servers: () => servers });
Object.assign(window, { inspector, mesh, room, ready: true });
