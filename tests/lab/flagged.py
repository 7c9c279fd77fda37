"""A service with a flag of Unleash, asked for twice a second. usage: flagged.py PORT UNLEASH FLAG

While the flag is on, half of the requests fail.
"""

import json
import os
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, unleash, flag = int(sys.argv[1]), sys.argv[2], sys.argv[3]
state = {"on": False, "count": 0}


def ask():
    request = urllib.request.Request(f"{unleash}/api/client/features")
    request.add_header("Authorization", os.environ["UNLEASH_CLIENT_TOKEN"])
    while True:
        # What is known stays while Unleash cannot be reached, as its clients do it.
        try:
            with urllib.request.urlopen(request, timeout=2) as answer:
                features = json.load(answer)["features"]
            state["on"] = any(f["enabled"] for f in features if f["name"] == flag)
        except OSError:
            pass
        time.sleep(0.5)


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        state["count"] += 1
        fails = state["on"] and state["count"] % 2 == 0 and self.path == "/"
        self.send_response(500 if fails else 200)
        self.send_header("X-Version", "with" if state["on"] else "without")
        self.send_header("Content-Length", "0")
        self.end_headers()


threading.Thread(target=ask, daemon=True).start()
ThreadingHTTPServer.daemon_threads = True
ThreadingHTTPServer.request_queue_size = 128
ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
