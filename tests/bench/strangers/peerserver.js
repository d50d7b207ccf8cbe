// PeerServer, as its own command starts it.
const { PeerServer } = require("peer");

const server = PeerServer({ host: "127.0.0.1", port: 0, path: "/", concurrent_limit: 100000 }, (http) =>
  console.log(`ws://127.0.0.1:${http.address().port}/peerjs`),
);
server.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
