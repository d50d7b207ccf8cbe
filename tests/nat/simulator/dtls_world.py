"""A program that prints when a DTLS handshake was done whose first two flights were lost, and the records sent."""

import asyncio
import datetime as dt

import OpenSSL.SSL
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from nat.simulator import Simulation

key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([])
since, until = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2000, 2100))
certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, since, until).sign(
    key, hashes.SHA256()
)
context = OpenSSL.SSL.Context(OpenSSL.SSL.DTLS_METHOD)
context.use_certificate(certificate)
context.use_privatekey(key)
hellos = []


class End(asyncio.DatagramProtocol):
    def __init__(self, connection):
        self.connection, self.done = connection, asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.connection.bio_write(data)
        self.go_on(addr)

    def go_on(self, addr):
        try:
            self.connection.do_handshake()
            self.done.set()
        except OpenSSL.SSL.WantReadError:
            pass
        self.flush(addr)

    def flush(self, addr):
        try:
            while data := self.connection.bio_read(1500):
                hellos.append(data[:13].hex())
                self.transport.sendto(data, addr)
        except OpenSSL.SSL.WantReadError:
            pass


async def main(sim, client, server):
    loop = asyncio.get_running_loop()
    with server:
        there = OpenSSL.SSL.Connection(context)
        there.set_accept_state()
        await loop.create_datagram_endpoint(lambda: End(there), local_addr=("0.0.0.0", 5))
    with client:
        here = OpenSSL.SSL.Connection(context)
        here.set_connect_state()
        _, end = await loop.create_datagram_endpoint(lambda: End(here), local_addr=("0.0.0.0", 6))
        sim.link(client, loss=1.0)
        end.go_on((server.address, 5))
        while not end.done.is_set():
            if sim.now >= 1:
                sim.link(client, loss=0.0)
            try:
                async with asyncio.timeout(here.DTLSv1_get_timeout()):
                    await end.done.wait()
            except TimeoutError:
                here.DTLSv1_handle_timeout()
                end.flush((server.address, 5))
    return sim.now


sim = Simulation(1)
print(round(sim.run(main(sim, sim.host("client"), sim.host("server"))), 3), len(set(hellos[:3])))
