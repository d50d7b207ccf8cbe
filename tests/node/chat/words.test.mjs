// The texts: every language has all of them, with the same places in them.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

import { en } from "../../../hairpin/pages/chat/words/en.js";
import { LANGUAGES, pick, size, speak, spoken, t } from "../../../hairpin/pages/chat/words/index.js";

const CHAT = new URL("../../../hairpin/pages/chat/", import.meta.url);
const places = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

for (const [code, { load }] of Object.entries(LANGUAGES)) {
  test(`${code} has every text, and the same places in it`, async () => {
    const words = await load();
    assert.deepEqual(Object.keys(words).sort(), Object.keys(en).sort());
    for (const [key, text] of Object.entries(words)) {
      assert.ok(text.trim(), key);
      assert.deepEqual(places(text), places(en[key]), key);
    }
  });
}

test("what the document asks for is there, and what is there is used", async () => {
  const sources = [await readFile(new URL("index.html", CHAT), "utf8")];
  for (const name of await readdir(CHAT)) if (name.endsWith(".js")) sources.push(await readFile(new URL(name, CHAT), "utf8"));
  for (const [, key] of sources[0].matchAll(/data-(?:t|label)="([^"]+)"/g)) assert.ok(key in en, key);
  const used = sources.join("\n");
  const made = /^(devices|call|file)\.\w+(\.\w+)?$/; // some are put together from a state
  assert.deepEqual(Object.keys(en).filter((key) => !used.includes(`"${key}"`) && !made.test(key)), []);
});

test("the first language that there is, is spoken", async () => {
  assert.equal(pick(["fr-CH", "ja-JP", "en"]), "ja");
  assert.equal(pick(["toString", "fr"]), "en");
  await speak("ja");
  assert.equal(spoken(), "ja");
  assert.equal(t("call.left", { name: "Aoi" }), "Aoiさんが退出しました。");
  await speak("en");
  assert.equal(t("call.left", { name: "{name} $&" }), "{name} $& has left.");
});

test("bytes are told in units, without false precision", () => {
  assert.deepEqual([0, 999, 1500, 12_345, 999_600, 1_250_000_000].map(size), ["0 B", "999 B", "1.5 kB", "12 kB", "1.0 MB", "1.3 GB"]);
});
