// For the services that read the cache near users (Node.js): how often it had what was asked for. The alarm on its hit ratio is made
// from these lines (edge-cache.tf).

/** What a service writes to its log for a request: counts of what was found, and of what was not. */
export function line(hits, misses, namespace = `jor-${process.env.ENVIRONMENT}`, now = Date.now()) {
  // CloudWatch makes metrics of it (embedded metric format): it costs no call
  const metrics = [{ Name: "EdgeCacheHits", Unit: "Count" }, { Name: "EdgeCacheMisses", Unit: "Count" }];
  const directive = { Namespace: namespace, Dimensions: [[]], Metrics: metrics };
  return JSON.stringify({ _aws: { Timestamp: now, CloudWatchMetrics: [directive] }, EdgeCacheHits: hits, EdgeCacheMisses: misses });
}

export function report(hits, misses) {
  process.stdout.write(`${line(hits, misses)}\n`);
}
