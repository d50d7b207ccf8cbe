// Plays the table with the targets that it is given, and writes each number: for the comparison with Python.
import { STEP, open, step } from "../../../hairpin/pages/game/rink.js";
import * as wire from "../../../hairpin/pages/game/wire.js";

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { server, targets } = JSON.parse(text);
const rink = open(server);
const out = [];
for (const [a, b] of targets) {
  const happened = step(rink, [{ x: a[0], y: a[1] }, { x: b[0], y: b[1] }]);
  const bodies = [rink.puck, ...rink.mallets].flatMap(({ x, y, vx, vy }) => [x, y, vx, vy]);
  out.push([bodies, rink.phase, rink.left, rink.held, [...rink.score], happened.map(({ kind, by }) => [kind, by])]);
}
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const bytes = [hex(wire.snapshot(7, 99, 98, rink)), hex(wire.target(7, 99, { x: 0.25, y: 0.5 }))];
console.log(JSON.stringify({ step: STEP, out, bytes }));
