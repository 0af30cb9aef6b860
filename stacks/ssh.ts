import { type Host, PreparedHost, RemoteHost } from "../components/index.ts";
import { UnderlayError } from "../measure/error.ts";
import type { Settings } from "./config.ts";
import { loginOf, type MachineKind, type MachineSource, placeOf, preparationOf, remote } from "./remote.ts";
import type { RemoteDemand } from "./remote.ts";
import { machineKeys } from "./remote-config.ts";
import type { StackOutputs } from "./outputs.ts";
import { hostNameOf } from "./stack.ts";

/** Addresses of a kind of machine, one for each role. */
function addressesOf({ settings, roles }: RemoteDemand, kind: MachineKind): readonly string[] {
  const key = machineKeys.ssh[kind];
  const given = settings[key] ?? [];
  if (given.length !== roles.length) {
    throw new UnderlayError(
      "config-invalid",
      `underlay:${key} has ${String(given.length)} addresses (${given.join(", ")}), but a training of the scenario ` +
        `${settings.scenario} has ${String(roles.length)} hosts: ${roles.join(", ")}.`,
      "Name one address for each, in that order, separated by commas.",
    );
  }
  return given;
}

/** Hosts that exist, at the addresses of the configuration. */
function hostsThatExist(demand: RemoteDemand): MachineSource {
  const { settings, roles, cpus } = demand;
  const make = (kind: MachineKind, address: string, index: number): Host => {
    const name = hostNameOf(kind, roles[index] ?? "", roles);
    const preparation = preparationOf(demand, kind);
    // Hosts beside each other are one machine that is named twice, or two of its guests.
    const before = addressesOf(demand, kind).slice(0, index);
    const firstCpu = before.filter((each) => each === address).length * cpus;
    const host = new RemoteHost(preparation === undefined ? name : `${name}-host`, {
      ...{ environment: kind, address, login: loginOf(settings), ...placeOf(demand), firstCpu },
      hostName: name,
    });
    return preparation === undefined ? host : new PreparedHost(name, { on: host, ...preparation });
  };
  return {
    lacks: (kind) =>
      settings[machineKeys.ssh[kind]] === undefined ? `underlay:${machineKeys.ssh[kind]} is not set` : null,
    machines: (kind) => addressesOf(demand, kind).map((address, index) => make(kind, address, index)),
  };
}

/** Trains on hosts that exist, reached over the system's ssh, and in containers on them. */
export function ssh(settings: Settings): StackOutputs {
  return remote(settings, hostsThatExist);
}
