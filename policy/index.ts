// The policy pack: what must hold of a stack before it is made. `pulumi preview --policy-pack policy`.
import { PolicyPack } from "@pulumi/policy";
import { rules } from "./rules.ts";
import { policyOf } from "./rule.ts";

new PolicyPack("underlay", { policies: rules.map(policyOf) });
