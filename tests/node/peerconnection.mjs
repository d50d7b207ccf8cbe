// A peer connection that negotiates as the W3C has it, and does nothing else.
export class FakePeerConnection extends EventTarget {
  static all = [];
  signalingState = "stable";
  connectionState = "new";
  localDescription = null;
  remoteDescription = null;
  applied = [];
  candidates = [];
  channels = [];
  transceivers = [];
  stats = [];
  restarts = 0;
  #needed = false;
  #versions = 0;
  constructor(configuration) {
    super();
    this.configuration = configuration;
    FakePeerConnection.all.push(this);
  }
  setConfiguration(configuration) {
    this.configuration = configuration;
  }
  createDataChannel(label) {
    const channel = Object.assign(new EventTarget(), { label, readyState: "connecting" });
    this.channels.push(channel);
    this.#need();
    return channel;
  }
  addTransceiver(kind, options) {
    this.transceivers.push({ kind, ...options });
    this.#need();
  }
  getTransceivers() {
    return this.transceivers;
  }
  async getStats() {
    return new Map(this.stats.map((one) => [one.id, one]));
  }
  restartIce() {
    this.restarts += 1;
    this.restartedWith = this.configuration;
    this.#need();
  }
  async setLocalDescription(description) {
    if (description?.type === "rollback") {
      if (this.signalingState !== "have-local-offer") throw new Error("nothing to roll back");
      this.signalingState = "stable";
      return;
    }
    const type = this.signalingState === "have-remote-offer" ? "answer" : "offer";
    if (type === "offer") this.#needed = false;
    this.#versions += 1;
    this.localDescription = { type, sdp: `v=0\r\na=ice-ufrag:${this.#versions}\r\na=candidate:1\r\n` };
    this.#become(type === "offer" ? "have-local-offer" : "stable");
  }
  async setRemoteDescription({ type, sdp }) {
    if (sdp === "bad") throw new Error("it makes no sense");
    if (type === "offer" && this.signalingState === "have-local-offer") this.#needed = true; // it is taken back
    if (type === "answer" && this.signalingState !== "have-local-offer") throw new Error("no offer is open");
    this.remoteDescription = { type, sdp };
    this.applied.push(`${type} ${sdp}`);
    this.#become(type === "offer" ? "have-remote-offer" : "stable");
  }
  async addIceCandidate(candidate) {
    if (candidate?.candidate === "bad") throw new Error("no candidate");
    this.candidates.push(candidate?.candidate ?? null);
  }
  close() {
    this.signalingState = this.connectionState = "closed";
  }
  find(candidate, usernameFragment = "1") {
    const event = new Event("icecandidate");
    const told = { candidate, usernameFragment };
    event.candidate = candidate === null ? null : { ...told, toJSON: () => told };
    this.dispatchEvent(event);
  }
  become(state) {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }
  #need() {
    this.#needed = true;
    if (this.signalingState === "stable") setImmediate(() => this.#ask());
  }
  #become(state) {
    this.signalingState = state;
    if (state === "stable") setImmediate(() => this.#ask());
  }
  #ask() {
    if (this.#needed && this.signalingState === "stable") this.dispatchEvent(new Event("negotiationneeded"));
  }
}
