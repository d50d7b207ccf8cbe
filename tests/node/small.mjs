// The small client of the guide: one talks, the other listens and loses its connection in between.
// usage: small.mjs MODULE URL
import { pathToFileURL } from "node:url";
import { WebSocket } from "ws";

const sockets = [];
globalThis.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    sockets.push(this);
  }
};
const [module, url] = process.argv.slice(2);
const { enter } = await import(pathToFileURL(module));

const news = [];
const waiting = [];
const hear = (who) => (message) => {
  news.push([who, message]);
  for (const look of [...waiting]) look();
};
const seen = (which) =>
  new Promise((done) => {
    const look = () => {
      if (!news.some(which)) return;
      waiting.splice(waiting.indexOf(look), 1);
      done();
    };
    waiting.push(look);
    look();
  });
const saw = (who, t) => seen(([whose, message]) => whose === who && message.t === t);
const data = () => news.filter(([who, message]) => who === "bob" && message.t === "signal").map(([, message]) => message.data);

const alice = enter(url, "alice", "r", hear("alice"));
await saw("alice", "joined");
const bob = enter(url, "bob", "r", hear("bob"));
await saw("bob", "joined");
for (let n = 0; n < 20; n += 1) alice.signal("bob", n);
await seen(() => data().length >= 10);
sockets[1].terminate();
await saw("alice", "peer.gone");
for (let n = 20; n < 40; n += 1) alice.signal("bob", n);
await seen(() => data().length >= 40);
const resumed = news.some(([who, message]) => who === "bob" && message.t === "welcome" && message.resumed);
alice.close();
bob.close();
await saw("bob", "closed");
const closed = news.find(([who, message]) => who === "bob" && message.t === "closed")[1].code;
console.log(JSON.stringify({ heard: data(), resumed, closed }));
