// The parts that reckon: layout, keys, names, refusals, addresses, text.
import assert from "node:assert/strict";
import { test } from "node:test";

import { meaning } from "../../../hairpin/pages/chat/bar.js";
import { lack, refusal } from "../../../hairpin/pages/chat/devices.js";
import { arrange } from "../../../hairpin/pages/chat/grid.js";
import { drawRoom, readAddress, readRoom } from "../../../hairpin/pages/chat/lobby.js";
import { initial, readMember, tidy } from "../../../hairpin/pages/chat/members.js";
import { ration } from "../../../hairpin/pages/chat/mesh.js";
import { loudness } from "../../../hairpin/pages/chat/meter.js";
import { firstScale } from "../../../hairpin/pages/chat/remote.js";
import { LONGEST_TEXT, cut, readText, readable } from "../../../hairpin/pages/chat/talk.js";

test("tiles fit the window, keep a shape for faces, and one face has all of it", () => {
  for (const [width, height] of [[390, 760], [1200, 720], [2000, 300]]) {
    assert.deepEqual(arrange(1, width, height), { width, height });
    for (let count = 2; count <= 8; count += 1) {
      const tile = arrange(count, width, height);
      const columns = Math.floor((width + 8) / (tile.width + 8));
      assert.ok(Math.ceil(count / columns) * (tile.height + 8) <= height + 8, `${count} in ${width}x${height}`);
      const shape = tile.width / tile.height;
      assert.ok(shape > 0.74 && shape < 1.79, String(shape));
    }
  }
  assert.ok(arrange(2, 400, 800).width > 390);
  assert.ok(arrange(2, 1200, 700).height > 330);
});

test("keys mean something, but not while somebody writes", () => {
  const [page, field, button] = [{ writes: false, presses: false }, { writes: true, presses: false }, { writes: false, presses: true }];
  const of = (key, target = page, more = {}) => meaning({ key, ...more }, target);
  assert.deepEqual(["m", "M", " ", "v", "s", "c", "i", "?", "Escape", "x"].map((key) => of(key)), ["mic", "mic", "mic", "camera", "screen", "chat", "inspector", "help", "close", null]);
  assert.deepEqual(["m", " ", "?", "Escape"].map((key) => of(key, field)), [null, null, null, "close"]);
  assert.deepEqual([" ", "m"].map((key) => of(key, button)), [null, "mic"]);
  assert.equal(of("c", page, { ctrlKey: true }), null);
  assert.equal(of("m", page, { repeat: true }), null);
});

test("names are one line without tricks, whatever a member says of itself", () => {
  assert.equal(tidy("  <b>Aoi</b>\n\u202e \u0000x "), "<b>Aoi</b> x");
  assert.equal([...tidy("👩‍🚀".repeat(50))].length <= 40, true);
  assert.deepEqual(readMember({ name: 5, mic: "no", screen: 1, files: {} }, "peer-1"), { name: "peer-1", mic: true, camera: true, screen: false, files: false });
  assert.deepEqual(readMember({ name: "葵", mic: false, camera: false, screen: true, files: true }, "p"), { name: "葵", mic: false, camera: false, screen: true, files: true });
  assert.equal(readMember(undefined, "p").name, "p");
  assert.deepEqual(["<i>aoi", "葵", "", "…"].map(initial), ["I", "葵", "?", "?"]);
});

test("each refusal of the browser is one of ours", () => {
  const names = ["NotAllowedError", "NotFoundError", "OverconstrainedError", "NotReadableError", "TypeError"];
  assert.deepEqual(names.map((name) => refusal({ name })), ["denied", "missing", "missing", "busy", "trouble"]);
  assert.equal(refusal(null), "trouble");
  const whole = { RTCPeerConnection: 1, WebSocket: 1, navigator: { mediaDevices: { getUserMedia: 1 } } };
  assert.deepEqual([whole, { ...whole, navigator: {} }, { ...whole, RTCPeerConnection: undefined }].map(lack), ["", "insecure", "webrtc"]);
});

test("rooms come from links, from fields and from dice", () => {
  assert.deepEqual(readAddress({ search: "?room=tea-room_1", hash: "#key=a%26b" }), { room: "tea-room_1", key: "a&b" });
  assert.deepEqual(readAddress({ search: "?room=<b>", hash: "" }), { room: "", key: "" });
  assert.deepEqual([" tea room ", "お茶", "", "x".repeat(65)].map(readRoom), ["tea-room", "", "", ""]);
  assert.match(drawRoom(), /^[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}$/);
  assert.notEqual(drawRoom(), drawRoom());
});

test("text is text, of a length, and something is to be seen", () => {
  assert.equal(readText(new ArrayBuffer(3)), "");
  assert.equal(readText("<script>"), "<script>");
  const long = "a".repeat(LONGEST_TEXT - 1) + "😀";
  assert.equal(cut(long), "a".repeat(LONGEST_TEXT - 1));
  assert.deepEqual([" \n\u200b", "x", "葵", "😀"].map(readable), [false, true, true, true]);
});

test("the more there are, the less each picture costs", () => {
  const rates = [1, 3, 7].map((others) => ration(others, false).bitrate * others);
  assert.ok(rates.every((rate) => rate <= 3_000_000), String(rates));
  assert.equal(ration(7, true).scale, 1);
});

test("the first pictures are as small as libwebrtc lets through at once, unless it is a screen", () => {
  const track = (settings) => ({ getSettings: () => settings });
  const sizes = [
    [{ width: 1280, height: 720 }, 4],
    [{ width: 640, height: 480 }, 2],
    [{ width: 320, height: 240 }, 1],
    [{ width: 1920, height: 1080, displaySurface: "monitor" }, 1],
  ];
  for (const [settings, scale] of sizes) assert.equal(firstScale(track(settings)), scale);
  assert.equal(firstScale(null), 4); // a camera that is yet to come
});

test("silence is 0, a voice is near 1", () => {
  const wave = (height) => Uint8Array.from({ length: 1024 }, (_, n) => 128 + height * Math.sin(n / 5));
  assert.equal(loudness(wave(0)), 0);
  assert.ok(loudness(wave(2)) > 0.05 && loudness(wave(60)) > 0.9);
  assert.equal(loudness(new Uint8Array(8)), 1);
});
