// The mean of prod for hours: leaks, full disks, expiring credentials. Reasons: loadpath explain <quantity>
import { at, mix, objectives, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    soak: {
      executor: "constant-arrival-rate",
      // the mean of the week
      rate: at(4167),
      timeUnit: "1s",
      // DURATION: where who runs it has less time
      duration: __ENV.DURATION || "8h",
      // Little: 4 167/s × 300 ms
      preAllocatedVUs: 1251,
      // five times over for slow answers
      maxVUs: 6265,
      gracefulStop: "30s",
    },
  },
  thresholds: objectives,
};

export default mix;
