import { messageOf, UnderlayError } from "../../measure/error.ts";
import type { Finding } from "../machine.ts";
import { logIn, loginFrom } from "./keystone.ts";

/** Types of the services that components of OpenStack need, by what needs them. */
const needed = { compute: "servers", network: "networks", image: "images" } as const;
const useful = {
  baremetal: "enrolment",
  "container-infra": "clusters",
  placement: "waiting for the scheduler",
} as const;

/**
 * Whether the cloud that the variables of an openrc file or `OS_CLOUD` name lets us in and has what the components need.
 *
 * @param variables Of the environment.
 */
export async function cloudFinding(variables: Readonly<Record<string, string | undefined>>): Promise<Finding> {
  const base = { id: "openstack", title: "OpenStack" };
  try {
    const login = loginFrom(variables, "project");
    const { endpoint } = await logIn(login, { signal: AbortSignal.timeout(30_000), retries: 1 });
    const lacking = (types: Readonly<Record<string, string>>): string[] =>
      Object.entries(types).flatMap(([type, what]) => (endpoint(type) === null ? [`${type} (${what})`] : []));
    const [missing, less] = [lacking(needed), lacking(useful)];
    const without = [...missing, ...less].join(", ");
    return {
      ...base,
      status: missing.length > 0 ? "missing" : less.length > 0 ? "degraded" : "ok",
      detail: `${login.authUrl} lets us in${without === "" ? "" : `; its catalogue has no ${without}`}`,
      remedy: without === "" ? null : "Check OS_REGION_NAME and OS_INTERFACE, or ask the cloud's operator.",
    };
  } catch (thrown) {
    const remedy = thrown instanceof UnderlayError ? thrown.hint : null;
    return { ...base, status: "missing", detail: messageOf(thrown).split("\n")[0] ?? "", remedy };
  }
}
