// Jobs as prod has them in its busiest hour, then twice as many, then none: what waits by then is done within its deadline too.
// A job is answered with 202 and its `id`; GET on its path and id says its `state`. Reasons: loadpath explain <quantity>
import { sleep } from "k6";
import { Rate, Trend } from "k6/metrics";
import { at, jobs, objectives, send, smoke } from "./lib.js";

const done = new Rate("jobs_done");
const seconds = new Trend("jobs_seconds");

// of the jobs of a topic, the share that is followed to its end
const topics = {
  // of 2.43 a second, for at most 120 s each: 200 users at a time
  "publication": { followed: 0.684, deadlineS: 120, pollS: 2 },
};

export const options = smoke || {
  scenarios: {
    "publication": {
      executor: "ramping-arrival-rate",
      exec: "job",
      env: { TOPIC: "publication" },
      tags: { topic: "publication" },
      // a minute: 1.2 a second in the busiest hour
      startRate: at(73),
      timeUnit: "1m",
      stages: [
        { target: at(73), duration: "10m" },
        // twice the busiest hour: what its workers cannot take at once waits
        { target: at(146), duration: "0s" },
        { target: at(146), duration: "2m" },
      ],
      // Little: five times the latency objective for each, the deadline for those that are followed
      preAllocatedVUs: 213,
      // the last ones are followed until their deadline
      gracefulStop: "120s",
    },
  },
  thresholds: {
    "http_req_failed{expected:yes}": objectives["http_req_failed{expected:yes}"],
    dropped_iterations: objectives.dropped_iterations,
    "jobs_done{topic:publication}": ["rate>0.999"],
    "jobs_seconds{topic:publication}": ["p(99)<120"],
  },
};

export function job() {
  const name = __ENV.TOPIC || Object.keys(topics)[0];
  const topic = topics[name];
  const request = jobs.find((one) => one.path.endsWith(`/v1/${name}`));
  const began = Date.now();
  const waited = () => (Date.now() - began) / 1000;
  const answer = send(request, "text");
  if (Math.random() >= topic.followed) return;
  const id = answer.status === 202 ? answer.json("id") : undefined;
  const look = { class: "state", method: "GET", path: `${request.path}/${id}`, name: `GET ${request.path}/ID`, body: null };
  /** @type {unknown} */
  let state = "lost";
  while (id !== undefined && state !== "done" && waited() < topic.deadlineS) {
    sleep(topic.pollS);
    const found = send(look, "text");
    if (found.status === 200) state = found.json("state");
  }
  done.add(state === "done");
  if (state === "done") seconds.add(waited());
}

export default job;
