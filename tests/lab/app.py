"""The lab's service. usage: app.py PORT VERSION FAILS [HEALTH]

FAILS is the share of requests that it answers with 500, from 0 to 1; HEALTH is what
/healthz answers with (200). Every answer says in X-Version who gave it, so that an error
of the service can be told from one of whatever stands before it.
"""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, version, fails = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
health = int(sys.argv[4]) if len(sys.argv) > 4 else 200
counted = {200: 0, 500: 0}
lock = threading.Lock()
owed = 0.0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, code, text):
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Version", version)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        global owed
        if self.path == "/healthz":
            return self.answer(health, f"{version}\n")
        if self.path == "/metrics":
            with lock:
                lines = [
                    f'http_requests_total{{version="{version}",code="{code}"}} {n}\n'
                    for code, n in counted.items()
                ]
            return self.answer(200, "# TYPE http_requests_total counter\n" + "".join(lines))
        # Failures are spread evenly and are the same in every run.
        with lock:
            owed += fails
            code = 500 if owed >= 1 else 200
            owed -= code == 500
            counted[code] += 1
        self.answer(code, f"{version}\n")


ThreadingHTTPServer.daemon_threads = True
ThreadingHTTPServer.request_queue_size = 128
ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
