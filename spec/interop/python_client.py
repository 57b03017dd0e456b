"""A client on python-websockets: sends the messages it reads as JSON, prints what came back and how it ended."""
import asyncio
import base64
import json
import sys
import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory


def extensions(choice):
    if choice is None:
        return None
    return [ClientPerMessageDeflateFactory(
        server_no_context_takeover=choice['serverNoContextTakeover'], client_no_context_takeover=choice['clientNoContextTakeover'],
        server_max_window_bits=choice['serverMaxWindowBits'], client_max_window_bits=choice['clientMaxWindowBits'])]


async def main():
    messages = [m['text'] if 'text' in m else base64.b64decode(m['binary']) for m in json.load(sys.stdin)]
    socket = await websockets.connect(sys.argv[1], max_size=2**25, subprotocols=['chat'], compression=None,
                                      extensions=extensions(json.loads(sys.argv[2])))
    received = []
    for message in messages:
        await socket.send(message)
        back = await socket.recv()
        received.append({'text': back} if isinstance(back, str) else {'binary': base64.b64encode(back).decode()})
    await socket.ping()
    await socket.close(4321, 'Grüße')
    print(json.dumps({'received': received, 'code': socket.close_code, 'clean': socket.close_code == 4321, 'protocol': socket.subprotocol}))

asyncio.run(main())
