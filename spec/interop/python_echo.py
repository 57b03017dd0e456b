"""An echo server on python-websockets: prints its port, serves until it is killed."""
import asyncio
import websockets


async def echo(socket, *_):
    async for message in socket:
        await socket.send(message)


async def main():
    async with websockets.serve(echo, '127.0.0.1', 0, max_size=2**25, subprotocols=['chat'], compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()

asyncio.run(main())
