"""The comments of one change, as the servers of GitHub and GitLab keep them: list, add, change. Prints its port, then serves."""

import json
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, HTTPServer

comments = [{"id": 7, "body": "looks good"}]


class Handler(BaseHTTPRequestHandler):
    def answer(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def is_known(self):
        token = self.headers.get("PRIVATE-TOKEN") or self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token != "s3cret":
            self.answer({"message": "401 Unauthorized"}, 401)
            return False
        return True

    def body(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if text.startswith("{"):
            return json.loads(text)["body"]
        return urllib.parse.parse_qs(text, strict_parsing=True)["body"][0]

    def do_GET(self):
        if self.is_known():
            self.answer(comments)

    def do_POST(self):
        if self.is_known():
            comments.append({"id": 8 + len(comments), "body": self.body()})
            self.answer(comments[-1], 201)

    def change(self):
        if self.is_known():
            number = int(self.path.split("?")[0].rsplit("/", 1)[1])
            comment = next(comment for comment in comments if comment["id"] == number)
            comment["body"] = self.body()
            self.answer(comment)

    do_PUT = do_PATCH = change

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port)
sys.stdout.flush()
server.serve_forever()
