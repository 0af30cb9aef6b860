// Where the lab is: its folders, its addresses and its ports.

/** Its folders as its own processes see them: the same wherever they are on the machine. */
export const inside = { packages: "/mnt/packages", state: "/mnt/state", drivers: "/mnt/drivers" } as const;

/** Name of its network namespace. */
export const namespace = "underlay-lab-openstack";

/** The machine's end of the link into the namespace, and the lab's; addresses are those for benchmarks (RFC 2544). */
export const link = {
  outside: { device: "underlay-lab0", address: "198.19.255.1" },
  inside: { device: "lab0", address: "198.19.255.2" },
  prefix: 30,
} as const;

/** Bridge of the guests inside, and the addresses that the machine reaches there. */
export const guests = { bridge: "guests", range: "10.77.0.0/16" } as const;

/** Ports of the services, which are the usual ones: the addresses are the lab's own. */
export const ports = {
  keystone: 5000,
  glance: 9292,
  placement: 8778,
  nova: 8774,
  neutron: 9696,
  ironic: 6385,
  magnum: 9511,
} as const;

/** A service with an API. */
export type Api = keyof typeof ports;

/** Types of the services in the catalogue, and the paths of their APIs. */
export const apis: Readonly<Record<Api, { readonly type: string; readonly path: string }>> = {
  keystone: { type: "identity", path: "/v3" },
  glance: { type: "image", path: "" },
  placement: { type: "placement", path: "" },
  nova: { type: "compute", path: "/v2.1" },
  neutron: { type: "network", path: "" },
  ironic: { type: "baremetal", path: "" },
  magnum: { type: "container-infra", path: "/v1" },
};

/** Address of a service's API, the same from inside the lab and from the machine. */
export function url(api: Api): string {
  return `http://${link.inside.address}:${String(ports[api])}${apis[api].path}`;
}
