"""Users are answered by the version that stands in a file: 1 and 3 well, all others with errors.

usage: front.py PORT FILE
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        with open(sys.argv[2]) as file:
            version = file.read().strip()
        self.send_response(200 if version in ("1", "3") else 500)
        self.send_header("X-Version", version)
        self.send_header("Content-Length", "0")
        self.end_headers()


ThreadingHTTPServer.daemon_threads = True
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
