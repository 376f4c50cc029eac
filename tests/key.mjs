// Runs a function of CloudFront as the edge would: node key.mjs SCRIPT METHOD URL... prints what each URL becomes.
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

const [script, method, ...urls] = process.argv.slice(2);
const handler = runInNewContext(`${readFileSync(script, "utf8")}; handler`);
for (const url of urls) {
  const [uri, search = ""] = url.split("?");
  const querystring = {};
  for (const pair of search.split("&").filter(Boolean)) {
    const [name, value = ""] = pair.split("=");
    const known = querystring[name];
    if (known === undefined) querystring[name] = { value };
    else (known.multiValue ??= [{ value: known.value }]).push({ value });
  }
  const request = handler({ request: { method, uri, querystring, headers: {}, cookies: {} } });
  const query = typeof request.querystring === "string" ? request.querystring : "as it was";
  console.log(`${request.uri} ${query}`);
}
