"""python3 -m unittest discover -s sharding/clients/python"""

import copy
import json
import unittest
import uuid
from pathlib import Path

from shard_router import NoRoute, ShardMap

HERE = Path(__file__).resolve().parent
DOCUMENT = json.loads((HERE / "../../shard-map.json").read_text(encoding="utf-8"))
VECTORS = json.loads((HERE / "../vectors.json").read_text(encoding="utf-8"))


class Vectors(unittest.TestCase):
    def setUp(self) -> None:
        self.map = ShardMap.load(HERE / "../../shard-map.json")

    def test_buckets(self) -> None:
        for vector in VECTORS["buckets"]:
            self.assertEqual(self.map.bucket_of(vector["key"]), vector["bucket"], vector)

    def test_uuids_are_made_canonical(self) -> None:
        for vector in VECTORS["uuids"]:
            self.assertEqual(self.map.bucket_of(uuid.UUID(vector["uuid"])), vector["bucket"], vector)

    def test_routes(self) -> None:
        for vector in VECTORS["routes"]:
            self.assertEqual(self.map.route(vector["keyspace"], vector["key"], vector.get("region")), vector["shard"], vector)

    def test_no_route(self) -> None:
        for vector in VECTORS["no_route"]:
            with self.assertRaises(NoRoute, msg=str(vector)):
                self.map.route(vector["keyspace"], vector["key"], vector.get("region"))

    def test_refused(self) -> None:
        for key in [*VECTORS["refused"], True, 1.0, 2**63, "\ud800"]:
            with self.assertRaises(NoRoute, msg=repr(key)):
                self.map.bucket_of(key)

    def test_epoch(self) -> None:
        self.assertEqual(self.map.epoch, VECTORS["epoch"])
        self.assertEqual(self.map.epoch_statement, VECTORS["epoch_statement"])


class Maps(unittest.TestCase):
    def test_a_hole_or_two_owners(self) -> None:
        for name, keyspace in DOCUMENT["keyspaces"].items():
            runs_of = "ranges" if keyspace["strategy"] == "range" else "buckets"
            if keyspace["strategy"] == "functional":
                continue
            for runs in ([], [[1, 1]], [*keyspace["shards"][0][runs_of], [0, 0]]):
                broken = copy.deepcopy(DOCUMENT)
                broken["keyspaces"][name]["shards"][0][runs_of] = runs
                with self.assertRaises(ValueError, msg=f"{name} {runs}"):
                    ShardMap(broken)

    def test_another_version_or_hash(self) -> None:
        for change in ({"version": 2}, {"hash": {"function": "md5", "buckets": 4096}}, {"hash": {"function": "sha256", "buckets": 1000}}):
            with self.assertRaises(ValueError, msg=str(change)):
                ShardMap({**DOCUMENT, **change})


if __name__ == "__main__":
    unittest.main()
