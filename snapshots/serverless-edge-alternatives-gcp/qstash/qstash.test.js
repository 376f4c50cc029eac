import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";

import { headers, publish } from "./publish.js";
import { fromQstash } from "./receive.js";

const keys = { current: "the-current-key", next: "the-next-key" };
const url = "https://consumer.example.com/";
const body = '{"user":7}';
const now = Date.UTC(2026, 0, 1);

const base64 = (value) => Buffer.from(value).toString("base64url");

function signed(key, changes = {}, header = { alg: "HS256", typ: "JWT" }) {
  const said = {
    iss: "Upstash",
    sub: url,
    exp: now / 1000 + 300,
    nbf: now / 1000 - 1,
    body: createHash("sha256").update(body).digest("base64url"),
    ...changes,
  };
  const text = `${base64(JSON.stringify(header))}.${base64(JSON.stringify(said))}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}

const accepted = (signature, call = {}) => fromQstash({ signature, url, body, ...call }, keys, now);

test("what QStash signs with the current or the next key is taken", () => {
  assert.equal(accepted(signed(keys.current)), true);
  assert.equal(accepted(signed(keys.next)), true);
  assert.equal(accepted(signed(keys.current, { body: `${createHash("sha256").update(body).digest("base64url")}=` })), true);
});

test("everything else is refused", () => {
  assert.equal(accepted(undefined), false);
  assert.equal(accepted("a.b"), false);
  assert.equal(accepted(`${signed(keys.current)}.more`), false);
  assert.equal(accepted(signed("another key")), false);
  assert.equal(accepted(signed(keys.current), { body: '{"user":8}' }), false);
  assert.equal(accepted(signed(keys.current), { url: "https://other.example.com/" }), false);
  assert.equal(accepted(signed(keys.current, { iss: "somebody" })), false);
  assert.equal(accepted(signed(keys.current, { exp: now / 1000 - 60 })), false);
  assert.equal(accepted(signed(keys.current, { nbf: now / 1000 + 60 })), false);
  assert.equal(accepted(signed(keys.current, {}, { alg: "none" })), false);
});

const topic = { name: "shop-prod-mail", retries: 4, retry_min_s: 10, retry_max_s: 600, timeout_s: 30, parallelism: 14 };

test("a message says how it is to be delivered", () => {
  const told = headers(topic, "token", { delayS: 60, id: "order-7" });
  assert.equal(told["upstash-retries"], "4");
  assert.equal(told["upstash-retry-delay"], "min(600000, 10000 * pow(2, retried))");
  assert.equal(told["upstash-timeout"], "30s");
  assert.equal(told["upstash-flow-control-value"], "parallelism=14");
  const held = headers({ ...topic, rate: 11, period_s: 4 }, "token");
  assert.equal(held["upstash-flow-control-value"], "parallelism=14,rate=11,period=4s");
  assert.equal(told["upstash-delay"], "60s");
  assert.equal(told["upstash-deduplication-id"], "order-7");
  assert.equal("upstash-delay" in headers(topic, "token"), false);
});

test("a job goes to its topic, and a failure is told", async (context) => {
  process.env.QSTASH_TOPICS = JSON.stringify({ mail: topic });
  const calls = [];
  let status = 201;
  context.mock.method(globalThis, "fetch", async (address, request) => {
    calls.push({ address, request });
    return new Response('{"messageId":"1"}', { status });
  });
  const secret = { url: "https://qstash.example.com", token: "token" };
  assert.deepEqual(await publish("mail", { user: 7 }, secret), { messageId: "1" });
  assert.equal(calls[0].address, "https://qstash.example.com/v2/publish/shop-prod-mail");
  assert.equal(calls[0].request.headers.authorization, "Bearer token");
  assert.equal(calls[0].request.body, body);
  status = 429;
  await assert.rejects(publish("mail", {}, secret), /429/);
  await assert.rejects(publish("other", {}, secret), /other/);
});
