"""An echo server on python-websockets: prints its port, serves until it is killed."""
import asyncio
import json
import sys
import websockets
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory


def extensions(choice):
    if choice is None:
        return None
    return [ServerPerMessageDeflateFactory(
        server_no_context_takeover=choice['serverNoContextTakeover'], client_no_context_takeover=choice['clientNoContextTakeover'],
        server_max_window_bits=choice['serverMaxWindowBits'], client_max_window_bits=choice['clientMaxWindowBits'])]


async def echo(socket, *_):
    async for message in socket:
        await socket.send(message)


async def main():
    async with websockets.serve(echo, '127.0.0.1', 0, max_size=2**25, subprotocols=['chat'], compression=None,
                                extensions=extensions(json.loads(sys.argv[1]))) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()

asyncio.run(main())
