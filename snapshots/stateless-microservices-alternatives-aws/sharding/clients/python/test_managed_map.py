"""python3 -m unittest discover -s sharding/clients/python"""

import json
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from managed_map import ManagedMap
from shard_router import ShardMap

HERE = Path(__file__).resolve().parent
DOCUMENT = json.loads((HERE / "../../shard-map.json").read_text(encoding="utf-8"))
STEPS = json.loads((HERE / "../manager.json").read_text(encoding="utf-8"))["steps"]


class Manager(BaseHTTPRequestHandler):
    """A shard manager that says what the step says."""

    step: dict = {}
    asked: tuple = ()

    def do_GET(self) -> None:
        Manager.asked = (self.path, self.headers.get("If-None-Match"), self.headers.get("Cache-Control"))
        step, body = Manager.step, b""
        self.send_response(step["status"])
        if "map" in step:
            epoch = DOCUMENT["epoch"] + step["map"]
            body = json.dumps({**DOCUMENT, "epoch": epoch}).encode()
            self.send_header("ETag", f'"{epoch}"')
        elif step["status"] == 200:
            body = b"no map"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Managed(unittest.TestCase):
    def test_steps(self) -> None:
        server = HTTPServer(("127.0.0.1", 0), Manager)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        managed = ManagedMap(f"http://127.0.0.1:{server.server_port}/", ShardMap(DOCUMENT))
        for step in STEPS:
            Manager.step = step
            self.assertEqual(managed.refresh(step["refused"]).epoch, DOCUMENT["epoch"] + step["then"], step)
            known = f'"{DOCUMENT["epoch"] + step["asked_with"]}"' if "asked_with" in step else None
            self.assertEqual(Manager.asked, ("/v1/map", known, "no-cache" if step["refused"] else None), step)
        server.shutdown()
        server.server_close()
        # nobody there: what we have holds
        self.assertEqual(managed.refresh(refused=True).epoch, DOCUMENT["epoch"] + STEPS[-1]["then"])
        self.assertIs(managed.refresh(), managed.current)

    def test_the_background_follows(self) -> None:
        server = HTTPServer(("127.0.0.1", 0), Manager)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        Manager.step = {"status": 200, "map": 3}
        managed = ManagedMap(f"http://127.0.0.1:{server.server_port}", ShardMap(DOCUMENT))
        stopped = managed.keep_fresh(every=0.01)
        for _ in range(500):
            if managed.current.epoch == DOCUMENT["epoch"] + 3:
                break
            time.sleep(0.01)
        stopped.set()
        server.shutdown()
        server.server_close()
        self.assertEqual(managed.current.epoch, DOCUMENT["epoch"] + 3)


if __name__ == "__main__":
    unittest.main()
