import type { provider } from "@pulumi/pulumi";
import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { unknownValue } from "../measure/planned/resource.ts";
import { functionFrontHandler } from "./function-front.ts";
import { functionPackageHandler } from "./function-package.ts";
import { enrolmentHandler } from "./ironic/enrolment.ts";
import { batchJobHandler } from "./batch-job.ts";
import { epochTrainingHandler } from "./batch/epoch-training.ts";
import { containerImageHandler } from "./image/container-image.ts";
import { hostPreparationHandler } from "./remote/preparation.ts";
import { remoteContainerHandler } from "./remote/container.ts";
import { podAccessHandler } from "./kubernetes/pod-access.ts";
import { queuedMeasurementHandler } from "./kubernetes/queued-measurement.ts";
import { measurementHandler } from "./measurement.ts";
import { imagePushHandler } from "./model-service/image-push.ts";
import { serviceContainerHandler } from "./model-service/service-container.ts";
import { serviceFunctionHandler } from "./model-service/service-function.ts";
import { serviceImageHandler } from "./model-service/service-image.ts";
import { networkHandler } from "./network.ts";
import { computePassthroughHandler } from "./passthrough/compute.ts";
import type { Progress } from "./progress.ts";
import { PartialFailure, type Operation, type ResourceHandler, type State } from "./resource-handler.ts";
import { resourceTypes } from "./resource-types.ts";
import { runHandler } from "./run.ts";
import { conceal, reveal, secretNames } from "./secrets.ts";
import { sandboxHandler } from "./sandbox.ts";
import { sshHostHandler } from "./ssh-host.ts";
import { sshKeyHandler } from "./ssh-key.ts";
import { slurmHandler } from "./slurm.ts";

type AnyHandler = ResourceHandler<Record<string, unknown>>;

/** Forgets the input type of a handler: its schema brings it back. */
function erased<I>(handler: ResourceHandler<I>): AnyHandler {
  return handler as unknown as AnyHandler;
}

const handlers = new Map<string, AnyHandler>([
  [resourceTypes.run, erased(runHandler)],
  [resourceTypes.network, erased(networkHandler)],
  [resourceTypes.sandbox, erased(sandboxHandler)],
  [resourceTypes.slurm, erased(slurmHandler)],
  [resourceTypes.batchJob, erased(batchJobHandler)],
  [resourceTypes.containerImage, erased(containerImageHandler)],
  [resourceTypes.epochTraining, erased(epochTrainingHandler)],
  [resourceTypes.measurement, erased(measurementHandler)],
  [resourceTypes.podAccess, erased(podAccessHandler)],
  [resourceTypes.queuedMeasurement, erased(queuedMeasurementHandler)],
  [resourceTypes.sshHost, erased(sshHostHandler)],
  [resourceTypes.hostPreparation, erased(hostPreparationHandler)],
  [resourceTypes.remoteContainer, erased(remoteContainerHandler)],
  [resourceTypes.sshKey, erased(sshKeyHandler)],
  [resourceTypes.ironicNodeEnrolment, erased(enrolmentHandler)],
  [resourceTypes.computePassthrough, erased(computePassthroughHandler)],
  [resourceTypes.functionPackage, erased(functionPackageHandler)],
  [resourceTypes.functionFront, erased(functionFrontHandler)],
  [resourceTypes.serviceImage, erased(serviceImageHandler)],
  [resourceTypes.serviceFunction, erased(serviceFunctionHandler)],
  [resourceTypes.serviceContainer, erased(serviceContainerHandler)],
  [resourceTypes.imagePush, erased(imagePushHandler)],
]);

function handlerOf(urn: string): AnyHandler {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const handler = handlers.get(type);
  if (handler === undefined) {
    throw new UnderlayError(
      "unknown-resource",
      `The provider has no resource "${type}".`,
      `It has ${[...handlers.keys()].join(", ")}.`,
    );
  }
  return handler;
}

function holdsUnknown(value: unknown): boolean {
  return typeof value === "object" && value !== null ? Object.values(value).some(holdsUnknown) : value === unknownValue;
}

/** Takes out what the engine adds, and what is not set. */
function clean(properties: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).filter(([key, value]) => !key.startsWith("__") && value !== undefined && value !== null),
  );
}

/** Properties with the values of their secrets: handlers need them, and the engine is given them back as secrets. */
function revealed(properties: State): State {
  return reveal(properties) as State;
}

/** Passes an error on, with what it keeps of a resource as secret as it was. */
function concealing(secrets: ReadonlySet<string>): (thrown: unknown) => never {
  return (thrown) => {
    throw thrown instanceof PartialFailure
      ? new PartialFailure(thrown.id, conceal(thrown.properties, secrets), thrown.reasons)
      : thrown;
  };
}

function failures(issues: readonly z.core.$ZodIssue[], inputs: unknown): provider.CheckFailure[] {
  return issues
    .filter((issue) => !holdsUnknown(valueAt(inputs, issue.path)))
    .flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => ({ property: [...issue.path, key].join("."), reason: "is not a property" }))
        : [{ property: issue.path.join("."), reason: issue.message }],
    );
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : inner,
    value,
  );
}

/** The provider `underlay`: the only code that touches machines. */
export class UnderlayProvider implements provider.Provider {
  readonly version: string;
  readonly #progressOf: (urn: string) => Progress;
  readonly #cancelled = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(version: string, progressOf: (urn: string) => Progress) {
    this.version = version;
    this.#progressOf = progressOf;
  }

  check(urn: string, _olds: unknown, news: Record<string, unknown>): Promise<provider.CheckResult> {
    const handler = handlerOf(urn);
    const inputs = clean(revealed(news));
    const parsed = handler.schema.safeParse(inputs);
    if (parsed.success) {
      const completed = handler.complete?.(parsed.data) ?? parsed.data;
      return Promise.resolve({ inputs: conceal(completed, secretNames(news)) });
    }
    const found = failures(parsed.error.issues, inputs);
    return Promise.resolve({ inputs: clean(news), ...(found.length > 0 ? { failures: found } : {}) });
  }

  async diff(_id: string, urn: string, before: State, after: State): Promise<provider.DiffResult> {
    const handler = handlerOf(urn);
    const [olds, news] = [revealed(before), revealed(after)];
    const broken = handler.broken?.(olds) ?? null;
    if (holdsUnknown(news)) {
      // What is not known may turn out to be the same; a preview tells the most that can happen.
      const changed = Object.keys(news).filter(
        (key) => holdsUnknown(news[key]) || !isDeepStrictEqual(olds[key], news[key]),
      );
      return { changes: true, replaces: this.#replacing(handler, changed), deleteBeforeReplace: true };
    }
    const changed = this.#changed(handler, olds, news);
    const replaces = this.#replacing(handler, changed);
    if (broken !== null) {
      const progress = this.#progressOf(urn);
      progress.warn(`It is made again: ${broken}.`);
      await progress.delivered();
      return { changes: true, replaces: ["name"], deleteBeforeReplace: true };
    }
    const unfinished = handler.unfinished?.(olds) ?? false;
    return { changes: changed.length > 0 || unfinished, replaces, deleteBeforeReplace: true };
  }

  create(urn: string, inputs: Record<string, unknown>): Promise<provider.CreateResult> {
    return this.#operate(urn, async (operation) => {
      const handler = handlerOf(urn);
      const secrets = secretNames(inputs);
      const made = handler.create(handler.schema.parse(clean(revealed(inputs))), operation);
      const { id, outputs } = await made.catch(concealing(secrets));
      return { id, outs: conceal(outputs, secrets) };
    });
  }

  read(id: string, urn: string, state?: State): Promise<provider.ReadResult> {
    return this.#operate(urn, async (operation) => {
      const handler = handlerOf(urn);
      const known = revealed(state ?? {});
      const inputs = this.#inputsIn(handler, known);
      if (inputs === null) {
        throw new UnderlayError(
          "import-unsupported",
          `${urn} cannot be imported: a machine's sandboxes belong to the run that made them.`,
        );
      }
      const now = await handler.read(id, inputs, known, operation);
      return now === null ? { id: "", props: {} } : { id, props: conceal(now, secretNames(state ?? {})) };
    });
  }

  update(id: string, urn: string, olds: State, news: Record<string, unknown>): Promise<provider.UpdateResult> {
    return this.#operate(urn, async (operation) => {
      const handler = handlerOf(urn);
      const inputs = handler.schema.parse(clean(revealed(news)));
      const [state, secrets] = [revealed(olds), secretNames({ ...olds, ...news })];
      const outputs = await handler.update?.(id, inputs, state, operation).catch(concealing(secrets));
      return { outs: conceal(outputs ?? { ...state, ...inputs }, secrets) };
    });
  }

  async delete(id: string, urn: string, recorded: State): Promise<void> {
    await this.#operate(urn, async (operation) => {
      const handler = handlerOf(urn);
      const state = revealed(recorded);
      const inputs = this.#inputsIn(handler, state);
      if (inputs !== null) {
        // A deletion under way is finished, whatever was pressed meanwhile: half a deletion is what leaves things behind.
        await handler.delete(id, inputs, state, { ...operation, signal: new AbortController().signal });
      } else {
        operation.progress.warn("Its state is of another version of underlay: what it made is removed with its run.");
      }
    });
  }

  /** Ends all operations under way, and waits until they have cleaned up. */
  async cancel(): Promise<void> {
    this.#cancelled.abort(new UnderlayError("cancelled", "The operation was cancelled."));
    await Promise.allSettled([...this.#running]);
  }

  #changed(handler: AnyHandler, olds: State, news: Record<string, unknown>): string[] {
    const before = this.#comparable(handler, olds);
    const after = this.#comparable(handler, news);
    if (before === null || after === null) {
      return Object.keys(news).filter((key) => !isDeepStrictEqual(olds[key], news[key]));
    }
    // An input that is not there any more is a change too.
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].filter((key) => !isDeepStrictEqual(before[key], after[key]));
  }

  #comparable(handler: AnyHandler, properties: Record<string, unknown>): Record<string, unknown> | null {
    const inputs = this.#inputsIn(handler, properties);
    return inputs === null ? null : ((handler.comparable?.(inputs) ?? inputs) as Record<string, unknown>);
  }

  #replacing(handler: AnyHandler, changed: readonly string[]): string[] {
    return changed.filter((key) => !handler.updates.includes(key));
  }

  /** The inputs within a resource's state, which has its outputs beside them; null when another version wrote it. */
  #inputsIn(handler: AnyHandler, state: State): Record<string, unknown> | null {
    const schema = handler.stateSchema ?? handler.schema;
    const inputs = Object.entries(clean(state)).filter(([name]) => Object.hasOwn(schema.shape, name));
    const parsed = schema.safeParse(Object.fromEntries(inputs));
    return parsed.success ? parsed.data : null;
  }

  async #operate<T>(urn: string, work: (operation: Operation) => Promise<T>): Promise<T> {
    const progress = this.#progressOf(urn);
    const running = work({ urn, signal: this.#cancelled.signal, progress })
      .catch((thrown: unknown) => {
        if (thrown instanceof UnderlayError) {
          // The engine prints the message; a stack of ours would only hide it.
          throw Object.assign(new Error(thrown.message), { stack: "" });
        }
        throw thrown instanceof PartialFailure
          ? thrown
          : new Error(`${messageOf(thrown)}\n${thrown instanceof Error ? (thrown.stack ?? "") : ""}`);
      })
      .finally(() => progress.delivered());
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }
}
