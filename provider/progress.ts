import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";

const { LogRequest, LogSeverity } = enginePb;

/** Tells the engine, and so the user, how a resource's operation goes. */
export interface Progress {
  /** A line that the next one replaces. */
  status(message: string): void;
  /** A line that stays. */
  info(message: string): void;
  warn(message: string): void;
  /** Waits until the engine has what was said so far: an engine that ends takes what is still under way with it. */
  delivered(): Promise<void>;
}

/** How long the engine may take for one line, in milliseconds. */
const deliveryLimitMs = 5000;

/** Opens the engine's log for the operations of this provider. */
export function openProgress(engineAddress: string): (urn: string) => Progress {
  const client = new EngineClient(engineAddress, grpc.credentials.createInsecure());
  const underWay = new Set<Promise<void>>();
  const send = (urn: string, severity: 1 | 2, ephemeral: boolean, message: string): void => {
    const request = new LogRequest();
    request.setSeverity(severity === 1 ? LogSeverity.INFO : LogSeverity.WARNING);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(ephemeral);
    const delivery = new Promise<void>((resolve) => {
      // An engine that is gone is noticed by the watch on it, not here.
      client.log(request, new grpc.Metadata(), { deadline: Date.now() + deliveryLimitMs }, () => {
        resolve();
      });
    }).finally(() => underWay.delete(delivery));
    underWay.add(delivery);
  };
  return (urn) => ({
    status: (message) => {
      send(urn, 1, true, message);
    },
    info: (message) => {
      send(urn, 1, false, message);
    },
    warn: (message) => {
      send(urn, 2, false, message);
    },
    delivered: async () => {
      await Promise.all(underWay);
    },
  });
}
