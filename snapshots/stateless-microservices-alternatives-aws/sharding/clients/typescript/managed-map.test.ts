// node --test sharding/clients/typescript/    (Node.js before 22.18: node --experimental-strip-types --test …)
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import test from "node:test";
import { ManagedMap } from "./managed-map.ts";
import { ShardMap } from "./shard-router.ts";

interface Step {
  what: string;
  refused: boolean;
  asked_with?: number;
  status: number;
  map?: number;
  then: number;
}

const MAP = new URL("../../shard-map.json", import.meta.url);
const document = JSON.parse(readFileSync(MAP, "utf8"));
const { steps }: { steps: Step[] } = JSON.parse(readFileSync(new URL("../manager.json", import.meta.url), "utf8"));

test("the manager, step by step", async () => {
  let step = steps[0]!;
  let asked: IncomingMessage | undefined;
  const server = createServer((request, response) => {
    asked = request;
    if (step.map === undefined) {
      response.writeHead(step.status).end(step.status === 200 ? "no map" : undefined);
      return;
    }
    const epoch = document.epoch + step.map;
    response.writeHead(step.status, { ETag: `"${epoch}"` }).end(JSON.stringify({ ...document, epoch }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref(); // a failure ends the test
  const managed = new ManagedMap(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, ShardMap.load(MAP));
  for (step of steps) {
    assert.equal((await managed.refresh(step.refused)).epoch, document.epoch + step.then, step.what);
    assert.equal(asked?.url, "/v1/map");
    assert.equal(asked?.headers["if-none-match"], step.asked_with === undefined ? undefined : `"${document.epoch + step.asked_with}"`, step.what);
    assert.equal(asked?.headers["cache-control"] === "no-cache", step.refused, step.what);
  }
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  // nobody there: what we have holds
  assert.equal((await managed.refresh(true)).epoch, document.epoch + step.then);
  assert.equal(await managed.refresh(), managed.current);
});
