// npm install && node --test
import assert from "node:assert/strict";
import test from "node:test";
import middleware from "./middleware.js";
import { fromEdge } from "./verify.js";

test("the origin gets one address for requests that mean the same, and a signature that holds", async () => {
  Object.assign(process.env, { ORIGIN: "origin.www.example.com", ORIGIN_SIGNATURE: "a key of the test" });
  const answer = await middleware(new Request("https://www.example.com/a/?b=2&utm_source=mail&a=1", { headers: { "x-edge-signature": "forged" } }));
  const url = new URL(answer.headers.get("x-middleware-rewrite"));
  assert.equal(String(url), "https://origin.www.example.com/a?a=1&b=2");
  const sent = (name) => answer.headers.get(`x-middleware-request-${name}`);
  const headers = Object.fromEntries(["x-edge-timestamp", "x-edge-signature"].map((name) => [name, sent(name)]));
  const request = { method: "GET", host: url.host, path: url.pathname + url.search, headers };
  assert.ok(fromEdge(request, "a key of the test", 300));
  assert.ok(!fromEdge({ ...request, path: "/other" }, "a key of the test", 300));
});
