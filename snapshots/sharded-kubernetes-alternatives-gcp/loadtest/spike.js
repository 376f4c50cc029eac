// The surge of prod, as steep as it is expected, and back. One machine makes a few thousand requests a second:
// testrun.yaml spreads the run over 1 pods. Reasons: loadpath explain <quantity>
import { at, mix, objectives, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    spike: {
      executor: "ramping-arrival-rate",
      // the busiest hour
      startRate: at(198),
      timeUnit: "1s",
      stages: [
        { target: at(198), duration: "2m" },
        // × 3 of the busiest minute
        { target: at(773), duration: "600s" },
        { target: at(773), duration: "10m" },
        { target: at(198), duration: "2m" },
      ],
      // Little: 773/s × 400 ms
      preAllocatedVUs: 310,
      // five times over for slow answers
      maxVUs: 1560,
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
