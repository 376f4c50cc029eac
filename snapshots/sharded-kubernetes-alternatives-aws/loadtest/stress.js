// Steps over the design rate of prod: where does it bend? Only errors abort: beyond the design rate answers may be slow.
import { at, mix, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    stress: {
      executor: "ramping-arrival-rate",
      // half of the design rate
      startRate: at(129),
      timeUnit: "1s",
      stages: [
        { target: at(129), duration: "5m" },
        // the objectives must hold up to here
        { target: at(258), duration: "5m" },
        { target: at(258), duration: "10m" },
        // twice the design rate: where does it bend
        { target: at(515), duration: "10m" },
        { target: at(515), duration: "5m" },
      ],
      // Little: 515/s × 400 ms
      preAllocatedVUs: 206,
      // five times over for slow answers
      maxVUs: 1040,
      gracefulStop: "30s",
    },
  },
  thresholds: {
    // beyond it the test only harms
    "http_req_failed{expected:yes}": [{ threshold: "rate<0.05", abortOnFail: true, delayAbortEval: "60s" }],
  },
};

export default mix;
