// The surge of prod, as steep as it is expected, and back. One machine makes a few thousand requests a second:
// testrun.yaml spreads the run over 4 pods. Reasons: loadpath explain <quantity>
import { at, mix, objectives, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    spike: {
      executor: "ramping-arrival-rate",
      // the busiest hour
      startRate: at(1700),
      timeUnit: "1s",
      stages: [
        { target: at(1700), duration: "2m" },
        // × 10 of the busiest minute
        { target: at(17000), duration: "600s" },
        { target: at(17000), duration: "10m" },
        { target: at(1700), duration: "2m" },
      ],
      // Little: 17 000/s × 200 ms
      preAllocatedVUs: 3400,
      // five times over for slow answers
      maxVUs: 17010,
      gracefulStop: "30s",
    },
  },
  thresholds: {
    ...objectives,
    // ten times the objective while pods come up
    "http_req_failed{expected:yes}": ["rate<0.01"],
  },
};

export default mix;
