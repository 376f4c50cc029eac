// Steps over the design rate of prod: where does it bend? Only errors abort: beyond the design rate answers may be slow.
import { at, mix, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    stress: {
      executor: "ramping-arrival-rate",
      // half of the design rate
      startRate: at(3603),
      timeUnit: "1s",
      stages: [
        { target: at(3603), duration: "5m" },
        // the objectives must hold up to here
        { target: at(7206), duration: "5m" },
        { target: at(7206), duration: "10m" },
        // twice the design rate: where does it bend
        { target: at(14411), duration: "10m" },
        { target: at(14411), duration: "5m" },
      ],
      // Little: 14 411/s × 300 ms
      preAllocatedVUs: 4324,
      // five times over for slow answers
      maxVUs: 21630,
      gracefulStop: "30s",
    },
  },
  thresholds: {
    // beyond it the test only harms
    "http_req_failed{expected:yes}": [{ threshold: "rate<0.05", abortOnFail: true, delayAbortEval: "60s" }],
  },
};

export default mix;
