"""Websockets under the server: two implementations behind one interface (`signaling.transports.connection`)."""
