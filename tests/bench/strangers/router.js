// The least that routes as our server does: rooms, members, `signal` to a member by name. No limits,
// no numbers, no presence but `peer.join`.
const { WebSocketServer } = require("ws");

const rooms = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });

server.on("listening", () => console.log(`ws://127.0.0.1:${server.address().port}/`));
server.on("connection", (socket) => {
  let name = "";
  const joined = new Set();
  socket.on("message", (data) => {
    const message = JSON.parse(data);
    if (message.t === "signal") {
      const room = rooms.get(message.room);
      const to = room && joined.has(message.room) ? room.get(message.to) : undefined;
      if (to === undefined) {
        socket.send(JSON.stringify({ t: "undelivered", room: message.room, to: message.to }));
        return;
      }
      const { t, room: inRoom, kind, data: carried } = message;
      to.send(JSON.stringify({ t, room: inRoom, from: name, kind, data: carried }));
    } else if (message.t === "hello") {
      name = message.peer;
      socket.send(JSON.stringify({ t: "welcome", peer: name }));
    } else if (message.t === "join") {
      const room = rooms.get(message.room) ?? new Map();
      rooms.set(message.room, room);
      const peers = [...room.keys()].map((peer) => ({ peer }));
      const news = JSON.stringify({ t: "peer.join", room: message.room, peer: name });
      for (const other of room.values()) other.send(news);
      room.set(name, socket);
      joined.add(message.room);
      socket.send(JSON.stringify({ t: "joined", room: message.room, peers }));
    }
  });
  socket.on("close", () => {
    for (const each of joined) rooms.get(each)?.delete(name);
  });
});
