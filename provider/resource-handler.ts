import type { z } from "zod";
import type { Progress } from "./progress.ts";

/** What a resource's operation is given beside its inputs. */
export interface Operation {
  readonly urn: string;
  /** Ends the operation early: the user pressed Ctrl-C, or the engine is gone. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Outputs of a resource, as the engine keeps them. */
export type State = Record<string, unknown>;

/** What a resource takes: an object whose properties are its inputs. */
type InputsSchema<I> = z.ZodType<I> & Pick<z.ZodObject, "shape">;

/** How one resource type is made, compared, read and removed. */
export interface ResourceHandler<I> {
  readonly schema: InputsSchema<I>;
  /** Reads the inputs back from a state: what they name may be gone by now. @default schema */
  readonly stateSchema?: InputsSchema<I>;
  /** Fills in inputs that the provider knows better than the program. */
  complete?(inputs: I): I;
  /** Inputs whose change can be made without a new resource. */
  readonly updates: readonly (keyof I & string)[];
  /** Parts of the inputs whose change is none; takes them out before a comparison. */
  comparable?(inputs: I): unknown;
  /** Whether what stands can stay, from its outputs; a reason when it cannot. */
  broken?(state: State): string | null;
  /** Whether what stands is to be brought further by an update though no input has changed, from its outputs. */
  unfinished?(state: State): boolean;
  create(inputs: I, operation: Operation): Promise<{ id: string; outputs: State }>;
  update?(id: string, inputs: I, state: State, operation: Operation): Promise<State>;
  /** The resource as it is now; null when it is gone. */
  read(id: string, inputs: I, state: State, operation: Operation): Promise<State | null>;
  delete(id: string, inputs: I, state: State, operation: Operation): Promise<void>;
}

/** An operation that made its resource, but not whole: the engine keeps its outputs and says why it failed. */
export class PartialFailure extends Error {
  /** Read by the provider's server, as are the two below: they make this an initialisation failure. */
  readonly id: string;
  readonly properties: State;
  readonly reasons: readonly string[];

  constructor(id: string, properties: State, reasons: readonly string[]) {
    super(reasons.join("\n"));
    this.name = "PartialFailure";
    this.id = id;
    this.properties = properties;
    this.reasons = reasons;
  }
}
