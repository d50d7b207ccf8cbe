// A client that the server has welcomed, over sockets that are not there.
import { Client } from "../../signaling/web/hairpin.js";
import { FakeWorld, flush, welcome } from "./world.mjs";

export async function up(options = {}, more = {}) {
  const world = new FakeWorld();
  const client = new Client("wss://example.org/v1/ws", { ...options, world: world.options() });
  const news = [];
  for (const type of ["up", "down", "rejoined", "unjoined"]) client.on(type, (event) => news.push([type, event]));
  const connected = client.connect();
  await flush();
  world.socket.open();
  const [hello] = world.socket.take();
  world.socket.say(welcome(more));
  await connected;
  return { world, client, news, hello, socket: world.socket };
}

export async function again(world, more) {
  world.socket.open();
  const [hello] = world.socket.take();
  world.socket.say(welcome(more));
  await flush();
  return hello;
}
