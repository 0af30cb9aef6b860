import { aaFalseClaims } from "./aa-false-claims.ts";
import type { Bench } from "./bench.ts";
import { coldSandbox } from "./cold-sandbox.ts";
import { cpuShare } from "./cpu-share.ts";
import { detectionSpeed } from "./detection-speed.ts";
import { detection } from "./detection.ts";
import { distributedFidelity } from "./distributed-fidelity.ts";
import { faultRun } from "./fault-run.ts";
import { fidelity } from "./fidelity.ts";
import { functionLatency } from "./function-latency.ts";
import { guestImport } from "./guest-import.ts";
import { guestThroughput } from "./guest-throughput.ts";
import { imageBuild } from "./image-build.ts";
import { inputPipeline } from "./input-pipeline.ts";
import { intervalCoverage } from "./interval-coverage.ts";
import { kubernetesCycle } from "./kubernetes-cycle.ts";
import { loadGenerator } from "./load-generator.ts";
import { mappingSpeed } from "./mapping-speed.ts";
import { modelError } from "./model-error.ts";
import { networkRate } from "./network-rate.ts";
import { policyMutation, policyOverhead } from "./policies.ts";
import { openstackCycle } from "./openstack-cycle.ts";
import { openstackLabStart } from "./openstack-lab-start.ts";
import { plan64 } from "./plan-64.ts";
import { previewScale } from "./preview-scale.ts";
import { preview } from "./preview.ts";
import { scaleOut } from "./scale-out.ts";
import { servingLatency } from "./serving-latency.ts";
import { sessionOverhead } from "./session-overhead.ts";
import { startCold, startWarm } from "./start.ts";
import { studyQuick } from "./study-quick.ts";
import { tunedSpeedup } from "./tuned-speedup.ts";
import { tunerEfficiency } from "./tuner-efficiency.ts";

/** All benches, in the order in which `--list` prints them. */
export const benches: readonly Bench[] = [
  fidelity,
  sessionOverhead,
  guestImport,
  guestThroughput,
  inputPipeline,
  aaFalseClaims,
  intervalCoverage,
  startWarm,
  startCold,
  preview,
  previewScale,
  faultRun,
  networkRate,
  loadGenerator,
  scaleOut,
  distributedFidelity,
  functionLatency,
  coldSandbox,
  cpuShare,
  studyQuick,
  mappingSpeed,
  policyOverhead,
  policyMutation,
  detection,
  detectionSpeed,
  imageBuild,
  servingLatency,
  openstackLabStart,
  openstackCycle,
  plan64,
  kubernetesCycle,
  modelError,
  tunerEfficiency,
  tunedSpeedup,
];
