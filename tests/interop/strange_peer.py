"""A program of its own that nobody has told of any lab: a stock aiortc or libwebrtc peer.

usage: strange_peer.py aiortc|libwebrtc offer|answer STUN_URL

It writes its description as one line of JSON, reads the other's from its input, and ends well when
a message has come over the data channel and, from whoever offered, gone back.
"""

import asyncio
import json
import sys

PATIENCE = 20.0


def tell(description):
    print(json.dumps({"type": description.type, "sdp": description.sdp}), flush=True)


async def hear():
    loop = asyncio.get_running_loop()
    return json.loads(await loop.run_in_executor(None, sys.stdin.readline))


class Aiortc:
    """aiortc as it is; its description has all candidates when it is set."""

    def __init__(self, url):
        import aiortc

        self.rtc = aiortc
        servers = [aiortc.RTCIceServer(url)]
        self.pc = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(servers))

    def open(self, heard, greeting):
        channel = self.pc.createDataChannel("chat")
        channel.on("open", lambda: channel.send(greeting))
        channel.on("message", heard.set_result)

    def echo(self, heard):
        def answer(channel):
            def echo(message):
                channel.send(message)
                heard.set_result(message)

            channel.on("message", echo)

        self.pc.on("datachannel", answer)

    async def describe(self, kind):
        make = self.pc.createOffer if kind == "offer" else self.pc.createAnswer
        await self.pc.setLocalDescription(await make())
        return self.pc.localDescription

    async def accept(self, kind, sdp):
        await self.pc.setRemoteDescription(self.rtc.RTCSessionDescription(sdp, kind))

    async def close(self):
        await self.pc.close()


class Libwebrtc:
    """libwebrtc, the engine of Chromium; it is waited for until it has all candidates."""

    def __init__(self, url):
        import webrtc

        self.rtc = webrtc
        configuration = webrtc.RTCConfiguration(ice_servers=[webrtc.RTCIceServer(url)])
        self.pc = webrtc.RTCPeerConnection(configuration)
        self.gathered = asyncio.Event()
        self.pc.on("icecandidate", lambda event: event.candidate or self.gathered.set())

    def open(self, heard, greeting):
        channel = self.pc.create_data_channel("chat")
        channel.on("open", lambda *_: channel.send(greeting))
        channel.on("message", lambda event: heard.set_result(event.data))

    def echo(self, heard):
        def answer(event):
            def echo(message):
                event.channel.send(message.data)
                heard.set_result(message.data)

            event.channel.on("message", echo)

        self.pc.on("datachannel", answer)

    async def describe(self, kind):
        make = self.pc.create_offer if kind == "offer" else self.pc.create_answer
        await self.pc.set_local_description(await make())
        await self.gathered.wait()
        return self.pc.local_description

    async def accept(self, kind, sdp):
        await self.pc.set_remote_description(self.rtc.RTCSessionDescriptionInit(kind, sdp))

    async def close(self):
        self.pc.close()


async def main(engine, role, url):
    peer = {"aiortc": Aiortc, "libwebrtc": Libwebrtc}[engine](url)
    heard = asyncio.get_running_loop().create_future()
    async with asyncio.timeout(PATIENCE):
        if role == "offer":
            peer.open(heard, "hello")
            tell(await peer.describe("offer"))
            await peer.accept(**rename(await hear()))
        else:
            peer.echo(heard)
            await peer.accept(**rename(await hear()))
            tell(await peer.describe("answer"))
        assert await heard == "hello"
        await asyncio.sleep(0.2)  # what was sent last leaves, too
        await peer.close()


def rename(description):
    return {"kind": description["type"], "sdp": description["sdp"]}


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
