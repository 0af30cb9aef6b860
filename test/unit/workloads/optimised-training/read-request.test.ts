import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { readRequest } from "../../../../workloads/optimised-training/read-request.ts";
import { errorOf } from "../../../support/expect-error.ts";
import { sodaliteInputs } from "./sodalite.ts";

type Part = Record<string, unknown>;

/** The paper's listing 1, in a job around it. */
function listing(): { job: { job_options: Part; application: Part; target?: Part; optimisation: Part } } {
  return {
    job: {
      job_options: { job_name: "listing", node_count: 1 },
      application: { executable: "python3 train.py" },
      optimisation: {
        enable_opt_build: true,
        app_type: "ai_training",
        opt_build: { cpu_type: "x86", acc_type: "Nvidia" },
        ai_training: { tensorflow: { version: "1.1", xla: true } },
      },
    },
  };
}

/** The lines in which a request is refused, after one change to the listing. */
function refusal(change: (request: ReturnType<typeof listing>) => void): string[] {
  const request = listing();
  change(request);
  const { message, code } = errorOf(() => readRequest(JSON.stringify(request), "request.json"));
  expect(code).to.equal("request-invalid");
  return message
    .split("\n")
    .slice(1, -1)
    .map((line) => line.trim());
}

describe("readRequest", () => {
  const schemaFile = new URL("../../../../docs/schemas/optimisation-request.schema.json", import.meta.url);
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(schemaFile, "utf8")) as object);

  it("reads the paper's listing", () => {
    const { optimisation } = readRequest(JSON.stringify(listing()), "request.json").job;
    expect(optimisation?.ai_training?.tensorflow).to.deep.equal({ version: "1.1", xla: true });
  });

  for (const [name, text] of Object.entries(sodaliteInputs)) {
    it(`reads SODALITE's input ${name}, as the published schema does`, () => {
      expect(readRequest(text, name).job).to.deep.equal((JSON.parse(text) as Part)["job"]);
      expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).to.equal(true);
    });
  }

  it("names an unknown key with its value, the nearest and all that there are", () => {
    const [line] = refusal(({ job }) => (job.job_options["node_cuont"] = 2));
    expect(line).to.match(
      /^job\.job_options\.node_cuont is 2, but there is no such key\. Did you mean node_count\? The keys are job_name, /,
    );
  });

  it("names the nearest key of a nested part", () => {
    const [line] = refusal(({ job }) => (job.optimisation["ai_training"] = { tensorflow: { versoin: "2.1" } }));
    expect(line).to.equal(
      'job.optimisation.ai_training.tensorflow.versoin is "2.1", but there is no such key. Did you mean version? ' +
        "The keys are version, xla, ngraph, onednn.",
    );
  });

  it("names a wrong value with what is allowed and the nearest", () => {
    expect(refusal(({ job }) => (job.target = { job_scheduler_type: "slrum" }))).to.deep.equal([
      'job.target.job_scheduler_type is "slrum", but must be one of slurm, torque, pbs, bash. Did you mean slurm?',
    ]);
    expect(refusal(({ job }) => (job.job_options["node_count"] = 0))).to.deep.equal([
      "job.job_options.node_count is 0, but must be at least 1.",
    ]);
    expect(refusal(({ job }) => (job.job_options["wall_time_limit"] = "12h"))).to.deep.equal([
      'job.job_options.wall_time_limit is "12h", but must be hours:minutes:seconds, such as `12:00:00`.',
    ]);
  });

  it("names all that is wrong at once", () => {
    const lines = refusal(({ job }) => {
      job.job_options["node_count"] = "two";
      job.application["executable"] = 7;
    });
    expect(lines).to.deep.equal([
      'job.job_options.node_count is "two", but must be a whole number from 1.',
      "job.application.executable is 7, but must be text.",
    ]);
  });

  it("lets nothing into a header that ends a line or a word", () => {
    const values = ["a\n#SBATCH --wrap=x", "a b", "a;b", "$(id)", "`id`", 'a"b', "a'b", "a\\b", "a#b"];
    for (const key of ["queue", "account", "qos", "request_specific_nodes", "standard_output_file"]) {
      for (const value of values) {
        expect(
          refusal(({ job }) => (job.job_options[key] = value)),
          `${key} ${value}`,
        ).to.have.lengthOf(1);
      }
    }
  });

  it("names what only goes together", () => {
    expect(refusal(({ job }) => delete job.optimisation["opt_build"])).to.deep.equal([
      "job.optimisation.opt_build is missing, but enable_opt_build is true: say cpu_type.",
    ]);
    expect(refusal(({ job }) => (job.optimisation["ai_training"] = { tensorflow: {}, pytorch: {} }))).to.deep.equal([
      "job.optimisation.ai_training names tensorflow and pytorch, but must name one framework.",
    ]);
    expect(refusal(({ job }) => delete job.optimisation["ai_training"])).to.deep.equal([
      "job.optimisation.app_type-ai_training is missing, but app_type is ai_training.",
    ]);
    expect(refusal(({ job }) => (job.optimisation["app_type"] = "hpc"))).to.deep.equal([
      "job.optimisation.app_type-hpc is missing, but app_type is hpc.",
    ]);
    expect(refusal(({ job }) => (job.target = { name: "daint" }))).to.deep.equal([
      "job.target.job_scheduler_type is missing: a target's name does not say it.",
    ]);
    expect(refusal(({ job }) => (job.job_options["request_event_notification"] = "abe"))).to.deep.equal([
      "job.job_options.email_address is missing, but request_event_notification asks for mail.",
    ]);
  });

  it("says when a framework's part is missing, in the published form", () => {
    const lines = refusal(({ job }) => {
      delete job.optimisation["ai_training"];
      job.optimisation["app_type-ai_training"] = { config: { ai_framework: "pytorch" } };
    });
    expect(lines).to.deep.equal([
      "job.optimisation.app_type-ai_training.ai_framework-pytorch is missing, but config.ai_framework asks for it.",
    ]);
  });

  it("refuses a list of alternatives as the published documentation prints them", () => {
    const lines = refusal(({ job }) => (job.optimisation["app_type"] = "ai_training/hpc/ai_inference"));
    expect(lines[0]).to.match(/^job\.optimisation\.app_type is "ai_training\/hpc\/ai_inference", but must be one of /);
  });

  it("says where text that is no JSON is from", () => {
    const error = errorOf(() => readRequest("{", "request.json"));
    expect(error.message).to.match(/^request\.json is no JSON: /);
  });
});
