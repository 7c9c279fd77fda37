"""Gives each connection to the next of some addresses, or to the one after it where nobody listens.

usage: front.py PORT ADDRESS:PORT…
"""

import itertools
import socket
import sys
import threading


def relay(one, other):
    try:
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(user, turn):
    for place in sys.argv[2:][turn:] + sys.argv[2:][:turn]:
        host, port = place.split(":")
        try:
            behind = socket.create_connection((host, int(port)), 1)
        except OSError:
            continue
        with user, behind:
            back = threading.Thread(target=relay, args=(behind, user))
            back.start()
            relay(user, behind)
            back.join()
        return
    user.close()


listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
turns = itertools.cycle(range(len(sys.argv) - 2))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0], next(turns)), daemon=True).start()
