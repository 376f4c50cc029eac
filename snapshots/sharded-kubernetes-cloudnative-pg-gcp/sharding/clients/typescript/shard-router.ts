// Routes a key to its shard by the shard map. No dependency; Node.js 22.18 or later runs it as it is, 20 after `tsc`.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export type Key = string | number | bigint;

export interface Shard {
  name: string;
  ordinal: number;
  region?: string;
  /** First and last bucket of each run. */
  buckets?: [number, number][];
  /** First and last id of each run; null: open. */
  ranges?: [number, number | null][];
}

export interface Keyspace {
  strategy: "hash" | "range" | "region" | "directory" | "functional";
  key?: string;
  hash_key?: string;
  tables: string[];
  regions?: string[];
  directory?: Record<string, string>;
  shards: Shard[];
}

export interface ShardMapDocument {
  version: number;
  epoch: number;
  epoch_setting: string;
  id_step: number;
  hash: { function: string; buckets: number };
  keyspaces: Record<string, Keyspace>;
}

/** The key is not routable, or the map has no such keyspace or region. */
export class NoRoute extends Error {}

const MAX_BIGINT = 2n ** 63n - 1n;

/** Integers as bigint or safe number, in decimal; text unchanged: a UUID goes through `uuid` first. */
export function canonical(key: Key): string {
  if (typeof key === "number" && !Number.isSafeInteger(key)) throw new NoRoute(`${key} is no exact integer: pass a bigint`);
  if (typeof key !== "string" && typeof key !== "number" && typeof key !== "bigint") throw new NoRoute(`a key is text or an integer, not ${typeof key}`);
  if (typeof key !== "string" && (key < 0 || BigInt(key) > MAX_BIGINT)) throw new NoRoute(`${key} is negative or no bigint of PostgreSQL`);
  const text = String(key);
  if (text === "") throw new NoRoute("the empty text is no key");
  // Node would replace a lone surrogate by U+FFFD and route it somewhere
  if (/\p{Surrogate}/u.test(text)) throw new NoRoute("a lone surrogate has no UTF-8");
  return text;
}

/** The canonical text of a UUID in any case. */
export function uuid(text: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw new NoRoute(`${text} is no UUID`);
  return text.toLowerCase();
}

interface Run {
  lo: number;
  hi: number | null;
  shard: string;
}

/**
 * Which shard owns a key. Run `epochStatement` first in every writing transaction; it survives transaction pooling.
 * On SQLSTATE SH001 or SH002 load the map again and retry, on SH003 the shard is closed for a cutover: retry later.
 */
export class ShardMap {
  readonly epoch: number;
  readonly epochStatement: string;
  private readonly buckets: number;
  private readonly keyspaces: Map<string, Keyspace>;
  private readonly runs = new Map<string, Run[]>();

  constructor(document: ShardMapDocument) {
    const { version, hash, epoch, epoch_setting, keyspaces } = document;
    if (version !== 1 || hash.function !== "sha256") throw new Error("a shard map of another version or hash");
    if (!(hash.buckets >= 1 && hash.buckets <= 32768) || (hash.buckets & (hash.buckets - 1)) !== 0) {
      throw new Error(`${hash.buckets} buckets are not a power of two up to 32768`);
    }
    this.epoch = epoch;
    this.epochStatement = `SET LOCAL ${epoch_setting} = '${epoch}'`;
    this.buckets = hash.buckets;
    this.keyspaces = new Map(Object.entries(keyspaces));
    for (const [name, keyspace] of this.keyspaces) {
      for (const region of keyspace.regions ?? [undefined]) this.runs.set(place(name, region), this.ownersOf(name, keyspace, region));
    }
  }

  static load(path: string | URL): ShardMap {
    return new ShardMap(JSON.parse(readFileSync(path, "utf8")));
  }

  private ownersOf(name: string, keyspace: Keyspace, region: string | undefined): Run[] {
    const [only] = keyspace.shards;
    if (keyspace.strategy === "functional" && only !== undefined) return [{ lo: 0, hi: null, shard: only.name }];
    const ranges = keyspace.strategy === "range";
    const runs = keyspace.shards
      .filter((shard) => shard.region === region)
      .flatMap((shard) => ((ranges ? shard.ranges : shard.buckets) ?? []).map(([lo, hi]) => ({ lo, hi, shard: shard.name })))
      .sort((a, b) => a.lo - b.lo);
    let expected: number | null = 0;
    for (const { lo, hi } of runs) {
      if (lo !== expected || (hi !== null && hi < lo)) throw new Error(`${name}/${region}: ${expected} has no owner or two`);
      expected = hi === null ? null : hi + 1;
    }
    if (expected !== (ranges ? null : this.buckets)) throw new Error(`${name}/${region}: ${expected} has no owner or two`);
    return runs;
  }

  /** Bytes 6 and 7 of SHA-256 of the canonical text, big-endian, modulo the bucket count. */
  bucketOf(key: Key): number {
    const digest = createHash("sha256").update(canonical(key), "utf8").digest();
    return digest.readUInt16BE(6) & (this.buckets - 1);
  }

  /** The name of the shard; a region keyspace wants the region of the row. */
  route(keyspace: string, key: Key, region?: string): string {
    const found = this.keyspaces.get(keyspace);
    const runs = this.runs.get(place(keyspace, region));
    if (found === undefined || runs === undefined) throw new NoRoute(`no shard for keyspace ${keyspace}, region ${region}`);
    const text = canonical(key);
    const { directory = {} } = found;
    if (Object.hasOwn(directory, text)) return directory[text]!;
    const at = found.strategy === "range" ? idOf(text) : BigInt(found.strategy === "functional" ? 0 : this.bucketOf(key));
    const run = runs.findLast(({ lo }) => lo <= at);
    if (run === undefined) throw new NoRoute(`nobody owns ${text}`);
    return run.shard;
  }
}

const place = (keyspace: string, region: string | undefined) => JSON.stringify([keyspace, region ?? null]);

/** 007 and 7 must not be two keys. */
function idOf(text: string): bigint {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text) || BigInt(text) > MAX_BIGINT) throw new NoRoute(`${text} is not an integer, which a range keyspace is ordered by`);
  return BigInt(text);
}
