// The hourly peak of prod: the objectives hold with the usual number of pods. Reasons: loadpath explain <quantity>
import { at, mix, objectives, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    baseline: {
      executor: "constant-arrival-rate",
      // the busiest hour
      rate: at(198),
      timeUnit: "1s",
      duration: "30m",
      // Little: 198/s × 400 ms
      preAllocatedVUs: 80,
      // five times over for slow answers
      maxVUs: 410,
      gracefulStop: "30s",
    },
  },
  thresholds: objectives,
};

export default mix;
