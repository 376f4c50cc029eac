// For the services that read the cache near users (Node.js): how often it had what was asked for. The alarm on its hit ratio is made
// from these lines (edge_cache.tf).

/** What a service writes to its log for a request: counts of what was found, and of what was not. */
export function line(hits, misses) {
  return JSON.stringify({ severity: "INFO", edge_cache: { hits, misses } });
}

export function report(hits, misses) {
  process.stdout.write(`${line(hits, misses)}\n`);
}
