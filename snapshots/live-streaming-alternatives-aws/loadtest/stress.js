// Steps over the design rate of prod: where does it bend? Only errors abort: beyond the design rate answers may be slow.
import { at, mix, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    stress: {
      executor: "ramping-arrival-rate",
      // half of the design rate
      startRate: at(55),
      timeUnit: "1s",
      stages: [
        { target: at(55), duration: "5m" },
        // the objectives must hold up to here
        { target: at(110), duration: "5m" },
        { target: at(110), duration: "10m" },
        // twice the design rate: where does it bend
        { target: at(220), duration: "10m" },
        { target: at(220), duration: "5m" },
      ],
      // Little: 220/s × 200 ms
      preAllocatedVUs: 44,
      // five times over for slow answers
      maxVUs: 230,
      gracefulStop: "30s",
    },
  },
  thresholds: {
    // beyond it the test only harms
    "http_req_failed{expected:yes}": [{ threshold: "rate<0.05", abortOnFail: true, delayAbortEval: "60s" }],
  },
};

export default mix;
