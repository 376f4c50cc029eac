// Runs a script that mongosh would run against stand-ins that record what is asked of them: node collections.mjs SCRIPT KIND
// KIND is new, there, or sharded. Prints what was asked, one line each.
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

const [script, kind] = process.argv.slice(2);
const asked = [];
const ask = (what) => (...args) => void asked.push(`${what} ${JSON.stringify(args)}`);
const known = kind === "new" ? [] : ["messages"];
const database = (name) => ({
  getCollectionNames: () => known,
  createCollection: ask(`${name}.create`),
  runCommand: ask(`${name}.run`),
  messages: { createIndex: ask(`${name}.index`) },
  collections: { findOne: () => (kind === "there" ? { _id: "chat.messages" } : null) },
});
const db = { getSiblingDB: database, hello: () => (kind === "new" ? { isWritablePrimary: true } : { msg: "isdbgrid" }) };
runInNewContext(readFileSync(script, "utf8"), { db, sh: { shardCollection: ask("shard") } });
console.log(asked.join("\n"));
