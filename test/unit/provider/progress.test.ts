import { EventEmitter, once } from "node:events";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import { expect } from "chai";
import { openProgress } from "../../../provider/progress.ts";

interface LogCall {
  readonly request: InstanceType<typeof enginePb.LogRequest>;
}
type Answer = (error: null, value: unknown) => void;

describe("progress", () => {
  let server: grpc.Server;
  let address: string;
  const heard = new EventEmitter();

  before(async () => {
    server = new grpc.Server();
    const log = ({ request }: LogCall, answer: Answer): void => {
      heard.emit("log", {
        urn: request.getUrn(),
        message: request.getMessage(),
        severity: request.getSeverity(),
        ephemeral: request.getEphemeral(),
      });
      answer(null, EngineService.log.responseDeserialize(Buffer.alloc(0)));
    };
    const service = EngineService as unknown as grpc.ServiceDefinition;
    server.addService(service, { log });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) {
          resolve(bound);
        } else {
          reject(error);
        }
      });
    });
    address = `127.0.0.1:${String(port)}`;
  });
  after(() => {
    server.forceShutdown();
  });

  const cases = [
    ["status", enginePb.LogSeverity.INFO, true],
    ["info", enginePb.LogSeverity.INFO, false],
    ["warn", enginePb.LogSeverity.WARNING, false],
  ] as const;
  for (const [kind, severity, ephemeral] of cases) {
    it(`tells the engine a ${kind} of one resource`, async () => {
      const log = once(heard, "log");
      openProgress(address)("urn:pulumi:x")[kind](`a ${kind}`);
      expect(await log).to.deep.equal([{ urn: "urn:pulumi:x", message: `a ${kind}`, severity, ephemeral }]);
    });
  }

  it("waits until the engine has what was said", async () => {
    const said: unknown[] = [];
    const listen = (line: unknown): number => said.push(line);
    heard.on("log", listen);
    const progress = openProgress(address)("urn:pulumi:x");
    progress.info("first");
    progress.info("second");
    await progress.delivered();
    heard.off("log", listen);
    expect(said).to.have.lengthOf(2);
  });

  it("waits for no engine that is gone", async () => {
    const progress = openProgress("127.0.0.1:1")("urn");
    progress.info("into the void");
    await progress.delivered();
  });

  it("does not mind an engine that is gone", () => {
    expect(() => openProgress("127.0.0.1:1")("urn").info("into the void")).not.to.throw();
  });
});
