// Steps over the design rate of prod: where does it bend? Only errors abort: beyond the design rate answers may be slow.
import { at, mix, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    stress: {
      executor: "ramping-arrival-rate",
      // half of the design rate
      startRate: at(130),
      timeUnit: "1s",
      stages: [
        { target: at(130), duration: "5m" },
        // the objectives must hold up to here
        { target: at(260), duration: "5m" },
        { target: at(260), duration: "10m" },
        // twice the design rate: where does it bend
        { target: at(519), duration: "10m" },
        { target: at(519), duration: "5m" },
      ],
      // Little: 519/s × 200 ms
      preAllocatedVUs: 104,
      // five times over for slow answers
      maxVUs: 530,
      gracefulStop: "30s",
    },
  },
  thresholds: {
    // beyond it the test only harms
    "http_req_failed{expected:yes}": [{ threshold: "rate<0.05", abortOnFail: true, delayAbortEval: "60s" }],
  },
};

export default mix;
