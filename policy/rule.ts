import type {
  PolicyConfigSchema,
  PolicyResource,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import { z } from "zod";

/** A resource as the engine is about to make it. Reading what is not known in a preview throws `UnknownValueError`. */
export interface Planned {
  /** Such as `openstack:compute/instance:Instance`. */
  readonly type: string;
  readonly name: string;
  /** Its type has the types of its parents before it, separated by `$`. */
  readonly urn: string;
  readonly props: unknown;
}

/** A resource among the others of its stack. */
export interface PlannedInStack extends Planned {
  /** Resources that each property comes from, as far as the program says so. */
  readonly from: Readonly<Record<string, readonly string[]>>;
  /** Whether a provider makes it; else it is a component or the stack, which only hold others together. */
  readonly custom: boolean;
}

interface RuleOf<Config extends z.ZodObject> {
  /** Words with dashes between them. */
  readonly name: string;
  /** What must hold, in a sentence. */
  readonly description: string;
  /** What to do about a violation. */
  readonly remedy: string;
  /** What users may set; every key has a default. */
  readonly config: Config;
}

/** What must hold of single resources. */
export interface ResourceRule<Config extends z.ZodObject = z.ZodObject> extends RuleOf<Config> {
  /** Types that it is about. */
  readonly types: RegExp;
  /** What is wrong with a resource, each in a clause that its name goes before. */
  readonly check: (resource: Planned, config: z.output<Config>) => readonly string[];
}

/** What must hold of all resources of a stack together. */
export interface StackRule<Config extends z.ZodObject = z.ZodObject> extends RuleOf<Config> {
  /** What is wrong with a stack, each a sentence without its end. */
  readonly checkStack: (resources: readonly PlannedInStack[], config: z.output<Config>) => readonly string[];
}

/** A rule of either kind, whatever it is configured by. */
export type Rule = ResourceRule | StackRule;

/** Gives a rule its type. */
export const resourceRule = <Config extends z.ZodObject>(rule: ResourceRule<Config>): ResourceRule => rule;

/** Gives a rule of a stack its type. */
export const stackRule = <Config extends z.ZodObject>(rule: StackRule<Config>): StackRule => rule;

function configSchema({ config }: Rule): PolicyConfigSchema {
  const { properties } = z.toJSONSchema(config, { io: "input" });
  return { properties: (properties ?? {}) as PolicyConfigSchema["properties"] };
}

/** What every policy says of itself. */
function common(
  rule: Rule,
): Pick<ResourceValidationPolicy, "name" | "description" | "remediationSteps" | "configSchema" | "enforcementLevel"> {
  const { name, description, remedy } = rule;
  return {
    name,
    description,
    remediationSteps: remedy,
    configSchema: configSchema(rule),
    enforcementLevel: "mandatory",
  };
}

const plannedInStack = ({
  type,
  name,
  urn,
  props,
  propertyDependencies,
  provider,
}: PolicyResource): PlannedInStack => ({
  ...{
    type,
    name,
    urn,
    props: props as unknown,
    custom: provider !== undefined || type.startsWith("pulumi:providers:"),
  },
  from: Object.fromEntries(Object.entries(propertyDependencies).map(([key, all]) => [key, all.map((one) => one.urn)])),
});

/** A rule as the engine takes it. */
export function policyOf(rule: Rule): ResourceValidationPolicy | StackValidationPolicy {
  return "check" in rule
    ? {
        ...common(rule),
        validateResource: (args, report) => {
          const { type, name, urn } = args;
          if (!rule.types.test(type)) return;
          const planned = { type, name, urn, props: args.props as unknown };
          rule.check(planned, rule.config.parse(args.getConfig())).forEach((wrong) => {
            report(`${name} ${wrong}. ${rule.remedy}`);
          });
        },
      }
    : {
        ...common(rule),
        validateStack: (args, report) => {
          rule.checkStack(args.resources.map(plannedInStack), rule.config.parse(args.getConfig())).forEach((wrong) => {
            report(`${wrong}. ${rule.remedy}`);
          });
        },
      };
}
