// Puts jobs into QStash (Node.js), which calls the topic's consumer until it answers 2xx. How often, how far apart and how many at
// a time stands in the service's environment, from the sizing sheet: QSTASH_TOPICS.

/** What QStash is told with a message. `topic` is an entry of QSTASH_TOPICS. */
export function headers(topic, token, { delayS = 0, id } = {}) {
  const told = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    "upstash-retries": String(topic.retries),
    // in milliseconds: doubled each time, up to the longest pause
    "upstash-retry-delay": `min(${topic.retry_max_s * 1000}, ${topic.retry_min_s * 1000} * pow(2, retried))`,
    "upstash-timeout": `${topic.timeout_s}s`,
    // no more at a time than the consumer may have instances, and no more a period than it is held to: the others wait at QStash
    "upstash-flow-control-key": topic.name,
    "upstash-flow-control-value": `parallelism=${topic.parallelism}${topic.rate ? `,rate=${topic.rate},period=${topic.period_s}s` : ""}`,
  };
  if (delayS > 0) told["upstash-delay"] = `${delayS}s`;
  if (id !== undefined) told["upstash-deduplication-id"] = id;
  return told;
}

/**
 * Puts one job into a topic and returns QStash's answer. `secret` is the value of the secret QSTASH_SECRET: `{ url, token }`.
 * @param {{ delayS?: number, id?: string }} options deliver later; the same id within ten minutes is one job
 */
export async function publish(name, job, secret, options = {}) {
  const topic = JSON.parse(process.env.QSTASH_TOPICS)[name];
  if (!topic) throw new Error(`this service puts nothing into \`${name}\``);
  const answer = await fetch(`${secret.url}/v2/publish/${topic.name}`, {
    method: "POST",
    headers: headers(topic, secret.token, options),
    body: JSON.stringify(job),
    signal: AbortSignal.timeout(5000),
  });
  if (!answer.ok) throw new Error(`QStash answers ${answer.status}`);
  return answer.json();
}
