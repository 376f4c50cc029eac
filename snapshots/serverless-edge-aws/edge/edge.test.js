// node --test edge/*.test.js
import assert from "node:assert/strict";
import test from "node:test";
import { cacheKey, normalise } from "./key.js";
import { isFresh, jittered } from "./layers.js";
import { signature } from "./origin.js";
import { fromEdge } from "./verify.js";
import { Edge, mayBeShared, sharing } from "./worker.js";

const SECRET = "a key of the test";
const SETTINGS = {
  shared_url: "https://shared.example.com", timeout_ms: 150, browser_ttl_s: 0, colo_ttl_s: 60, shared_ttl_s: 300,
  stale_s: 86400, negative_ttl_s: 10, jitter: 0.1, early_beta: 1,
};

/** An edge with an origin and a shared cache in memory; `time` moves by hand. */
function world(answer, settings = SETTINGS, wait = () => {}) {
  const [colo, redis, asked] = [new Map(), new Map(), []];
  const time = { now: 1_000_000 };
  const env = {
    SETTINGS: settings,
    CONFIG: { get: async () => null },
    SHARED_TOKEN: { get: async () => "token" },
    ORIGIN_SIGNATURE: { get: async () => SECRET },
  };
  const cache = { match: async (url) => colo.get(url)?.clone(), put: async (url, response) => void colo.set(url, response) };
  const run = ([word, key, value, ...more]) => {
    if (word === "GET") return redis.get(key) ?? null;
    if (word === "DEL") return redis.delete(key) ? 1 : 0;
    if (more.includes("NX") && redis.has(key)) return null;
    redis.set(key, value);
    return "OK";
  };
  globalThis.fetch = async (input, init) => {
    if (input === settings.shared_url) return Response.json({ result: run(JSON.parse(init.body)) });
    asked.push(input);
    assert.equal(init.cache, "no-store"); // the zone's own cache is no layer of ours
    return answer(input, time);
  };
  const edge = new Edge(env, { cache, now: () => time.now, wait: async () => wait(redis) });
  const get = async (path, init) => {
    const work = [];
    const response = await edge.answer(new Request(`https://www.example.com${path}`, init), (one) => work.push(one));
    await Promise.all(work);
    return { how: response.headers.get("cache-status"), text: await response.text(), response };
  };
  return { get, asked, time, colo, redis, env };
}

const page = () => new Response("page", { headers: { "cache-control": "public, s-maxage=60" } });

test("requests that mean the same have one key", async () => {
  const [a, b] = ["https://x.example/a/?b=2&utm_source=mail&a=1#top", "https://x.example/a?a=1&b=2"];
  assert.equal(String(normalise(a)), String(normalise(b)));
  assert.equal(await cacheKey(a, "1"), await cacheKey(b, "1"));
  assert.notEqual(await cacheKey(a, "1"), await cacheKey(a, "2"));
  assert.notEqual(await cacheKey(a, "1"), await cacheKey("https://x.example/a?a=1&b=3", "1"));
  assert.match(await cacheKey(a, "1"), /^[0-9a-f]{64}$/);
});

test("lifetimes differ, and an entry is made anew before it ends", () => {
  assert.equal(jittered(100, 0.1, 0), 90);
  assert.equal(jittered(100, 0.1, 0.5), 100);
  const entry = { expires: 1000, cost: 100 };
  assert.ok(isFresh(entry, 500, 1, 0.5));
  assert.ok(!isFresh(entry, 950, 1, 0.5));
  assert.ok(!isFresh(entry, 1001, 1, 0.999999));
});

test("what is of one user is never shared", async () => {
  assert.ok(!mayBeShared(new Request("https://x.example/", { headers: { authorization: "Bearer x" } })));
  assert.ok(!mayBeShared(new Request("https://x.example/", { method: "POST" })));
  for (const headers of [{}, { "cache-control": "private" }, { "cache-control": "public", "set-cookie": "a=1" }, { "cache-control": "public", vary: "cookie" }]) {
    assert.ok(!sharing(new Response("x", { headers })).may, JSON.stringify(headers));
  }
  const { get, asked } = world(() => new Response("mine", { headers: { "cache-control": "private" } }));
  await get("/me");
  await get("/me");
  assert.equal(asked.length, 2);
});

test("the origin is asked once, and again in the background when the answer is old", async () => {
  const { get, asked, time } = world(page);
  assert.equal((await get("/")).how, "edge; fwd=miss; stored");
  assert.equal((await get("/?utm_source=mail")).how, "edge; hit");
  assert.equal(asked.length, 1);
  time.now += 100_000;
  const stale = await get("/");
  assert.deepEqual([stale.how, stale.text, asked.length], ["edge; hit; detail=stale", "page", 2]);
  assert.equal((await get("/")).how, "edge; hit");
  assert.equal(asked.length, 2);
});

test("a data centre that has nothing finds it in the shared cache", async () => {
  const { get, asked, colo } = world(page);
  await get("/");
  colo.clear();
  const found = await get("/");
  assert.deepEqual([found.how, found.text, asked.length], ["edge; hit; detail=shared", "page", 1]);
});

test("while one asks the origin the others wait for its answer", async () => {
  const first = world(page);
  await first.get("/");
  const [key, value] = [...first.redis].find(([name]) => name.startsWith("page:"));
  const { get, asked, redis } = world(page, SETTINGS, (shared) => shared.set(key, value));
  redis.set(`lock:${key.slice(5)}`, "1");
  const waited = await get("/");
  assert.deepEqual([waited.how, waited.text, asked.length], ["edge; hit; collapsed", "page", 0]);
  // and not for ever
  const { get: alone, asked: asks, redis: locked } = world(page);
  locked.set(`lock:${key.slice(5)}`, "1");
  assert.equal((await alone("/")).text, "page");
  assert.equal(asks.length, 1);
});

test("the nearer layer looks for what the shared one has before it asks the origin", async () => {
  const { get, asked, time } = world(() => new Response("page", { headers: { "cache-control": "public, s-maxage=300" } }));
  await get("/");
  time.now += 100_000;
  assert.equal((await get("/")).how, "edge; hit; detail=stale");
  assert.equal((await get("/")).how, "edge; hit");
  assert.equal(asked.length, 1);
});

test("a HEAD is answered with what a GET has left, without its body", async () => {
  const { get, asked } = world(page);
  await get("/", { method: "HEAD" });
  const head = await get("/", { method: "HEAD" });
  assert.deepEqual([head.how, head.text, asked.length], ["edge; hit", "", 1]);
  assert.equal((await get("/")).text, "page");
});

test("a client that has the answer gets no body, and what is kept has one", async () => {
  const tagged = () => new Response("page", { headers: { "cache-control": "public, s-maxage=60", etag: 'W/"1"' } });
  const { get, asked, time } = world((input) => (input.headers.has("if-none-match") ? new Response(null, { status: 304 }) : tagged()));
  const known = { headers: { "if-none-match": '"0", "1"' } };
  assert.equal((await get("/", known)).response.status, 304);
  assert.deepEqual([(await get("/")).text, asked.length], ["page", 1]);
  time.now += 100_000;
  const stale = await get("/", known);
  assert.deepEqual([stale.response.status, stale.how, asked.length], [304, "edge; hit; detail=stale", 2]);
  assert.deepEqual([(await get("/")).how, asked.length], ["edge; hit", 2]);
  assert.equal((await get("/", { headers: { "if-none-match": '"2"' } })).text, "page");
});

test("each store beside the origin may be away", async () => {
  const { get, asked, env } = world(page);
  await get("/");
  const away = { get: async () => Promise.reject(new Error("away")) };
  Object.assign(env, { CONFIG: away, SHARED_TOKEN: away });
  assert.equal((await get("/")).how, "edge; hit");
  assert.deepEqual([(await get("/b")).text, asked.length], ["page", 2]);
});

test("an origin that is away does not take away what there is", async () => {
  let up = true;
  const { get, time } = world(() => (up ? page() : new Response("no", { status: 503 })));
  await get("/");
  up = false;
  time.now += 3_600_000;
  for (let n = 0; n < 3; n += 1) assert.equal((await get("/")).text, "page");
});

test("without a shared cache the data centre's own is enough", async () => {
  const { get, asked } = world(page, { ...SETTINGS, shared_url: "" });
  await get("/");
  assert.equal((await get("/")).how, "edge; hit");
  assert.equal(asked.length, 1);
});

test("the origin lets through what the edge has signed, and nothing else", async () => {
  const { get, asked } = world(page);
  await get("/a?b=1", { headers: { "x-edge-signature": "forged" } });
  const { method, url, headers } = asked[0];
  const { host, pathname, search } = new URL(url);
  const request = { method, host, path: pathname + search, headers: Object.fromEntries(headers) };
  assert.ok(fromEdge(request, SECRET, 300, 1_000_000));
  assert.ok(!fromEdge({ ...request, path: "/a?b=1&c=2" }, SECRET, 300, 1_000_000));
  assert.ok(!fromEdge(request, "another key", 300, 1_000_000));
  assert.ok(fromEdge(request, ["another key", SECRET], 300, 1_000_000));
  assert.ok(!fromEdge({ ...request, path: "/other" }, SECRET, 300, 1_000_000));
  assert.ok(!fromEdge(request, SECRET, 300, 1_000_000 + 301_000));
  assert.ok(!fromEdge({ ...request, headers: {} }, SECRET, 300, 1_000_000));
  await get("/a?c=2&b=1&c=1", { method: "POST" });
  const posted = { method: "POST", host, path: "/a?b=1&c=1&c=2", headers: Object.fromEntries(asked[1].headers) };
  assert.ok(fromEdge(posted, SECRET, 300, 1_000_000)); // the load balancer's order is its own
  assert.ok(!fromEdge({ ...posted, path: "/a?b=1&c=1" }, SECRET, 300, 1_000_000));
  const [one, two] = await Promise.all([0, 1000].map((ms) => signature("GET", url, SECRET, ms)));
  assert.notEqual(one["x-edge-signature"], two["x-edge-signature"]);
});
