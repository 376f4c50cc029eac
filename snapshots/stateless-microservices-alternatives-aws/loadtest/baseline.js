// The hourly peak of prod: the objectives hold with the usual number of pods. Reasons: loadpath explain <quantity>
import { at, mix, objectives, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    baseline: {
      executor: "constant-arrival-rate",
      // the busiest hour
      rate: at(241),
      timeUnit: "1s",
      duration: "30m",
      // Little: 241/s × 250 ms
      preAllocatedVUs: 61,
      // five times over for slow answers
      maxVUs: 315,
      gracefulStop: "30s",
    },
  },
  thresholds: objectives,
};

export default mix;
