// node --test sharding/clients/typescript/    (Node.js before 22.18: node --experimental-strip-types --test …)
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { NoRoute, ShardMap, uuid } from "./shard-router.ts";

const MAP = new URL("../../shard-map.json", import.meta.url);
const document = JSON.parse(readFileSync(MAP, "utf8"));
const vectors = JSON.parse(readFileSync(new URL("../vectors.json", import.meta.url), "utf8"));
const map = ShardMap.load(MAP);

test("buckets", () => {
  for (const { key, bucket } of vectors.buckets) assert.equal(map.bucketOf(key), bucket, key);
});

test("UUIDs are made canonical", () => {
  for (const vector of vectors.uuids) assert.equal(map.bucketOf(uuid(vector.uuid)), vector.bucket, vector.uuid);
  assert.throws(() => uuid("f47ac10b58cc4372a5670e02b2c3d479"), NoRoute);
});

test("routes", () => {
  for (const { keyspace, key, region, shard } of vectors.routes) assert.equal(map.route(keyspace, key, region), shard);
});

test("no route", () => {
  for (const { keyspace, key, region } of vectors.no_route) assert.throws(() => map.route(keyspace, key, region), NoRoute, keyspace);
  assert.throws(() => map.route("constructor", "1"), NoRoute);
});

test("refused", () => {
  for (const key of [...vectors.refused, true, 1.5, 2 ** 53, 2n ** 63n, "\ud800"]) assert.throws(() => map.bucketOf(key), NoRoute, String(key));
});

test("epoch", () => {
  assert.equal(map.epoch, vectors.epoch);
  assert.equal(map.epochStatement, vectors.epoch_statement);
});

test("a map with a hole or two owners", () => {
  for (const [name, { strategy, shards }] of Object.entries<any>(document.keyspaces)) {
    if (strategy === "functional") continue;
    const runsOf = strategy === "range" ? "ranges" : "buckets";
    for (const runs of [[], [[1, 1]], [...shards[0][runsOf], [0, 0]]]) {
      const broken = structuredClone(document);
      broken.keyspaces[name].shards[0][runsOf] = runs;
      assert.throws(() => new ShardMap(broken), name);
    }
  }
});

test("a map of another version or hash", () => {
  for (const change of [{ version: 2 }, { hash: { function: "md5", buckets: 4096 } }, { hash: { function: "sha256", buckets: 1000 } }]) {
    assert.throws(() => new ShardMap({ ...document, ...change }));
  }
});
