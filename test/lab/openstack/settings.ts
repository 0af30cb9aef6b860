// The configuration files of the lab's services, as data.
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inside, ports, url } from "./place.ts";

type Value = string | number | boolean;
/** Sections of an INI file; a list is the same setting several times. */
type Ini = Readonly<Record<string, Readonly<Record<string, Value | readonly Value[]>>>>;

function ini(sections: Ini): string {
  const lines = Object.entries(sections).flatMap(([section, settings]) => [
    `[${section}]`,
    ...Object.entries(settings).flatMap(([name, value]) =>
      (Array.isArray(value) ? (value as readonly Value[]) : [value as Value]).map(
        (each) => `${name} = ${String(each)}`,
      ),
    ),
    "",
  ]);
  return lines.join("\n");
}

const messages = "rabbit://guest:guest@127.0.0.1:5672/";

/** Address of a database, by the socket of the lab's own server. */
export function databaseUrl(name: string): string {
  return `mysql+pymysql://root@localhost/${name}?unix_socket=${join(inside.state, "mariadb.sock")}&charset=utf8mb4`;
}

function database(name: string): Ini[string] {
  return { connection: databaseUrl(name), max_pool_size: 3, max_overflow: 10 };
}

/** How a service logs in at the others. */
function login(password: string): Ini[string] {
  return {
    auth_type: "password",
    auth_url: url("keystone"),
    username: "service",
    password,
    project_name: "service",
    user_domain_name: "Default",
    project_domain_name: "Default",
    region_name: "lab",
  };
}

/** How a service checks the tokens that it is called with. */
function tokens(password: string): Ini[string] {
  return {
    ...login(password),
    www_authenticate_uri: url("keystone"),
    service_token_roles_required: true,
    service_token_roles: "service",
  };
}

function keystone(): Ini {
  return {
    DEFAULT: { log_file: join(inside.state, "log", "keystone.log") },
    database: database("keystone"),
    identity: { password_hash_rounds: 4 },
    token: { provider: "fernet" },
    fernet_tokens: { key_repository: join(inside.state, "etc", "keystone", "fernet-keys") },
    credential: { key_repository: join(inside.state, "etc", "keystone", "credential-keys") },
    cache: { enabled: true, backend: "oslo_cache.dict" },
  };
}

function glance(password: string): Ini {
  const store = (name: string): Ini[string] => ({ filesystem_store_datadir: join(inside.state, "images", name) });
  return {
    DEFAULT: {
      log_file: join(inside.state, "log", "glance.log"),
      enabled_backends: "file:file",
      node_staging_uri: `file://${join(inside.state, "images", "staging")}`,
    },
    database: database("glance"),
    keystone_authtoken: tokens(password),
    paste_deploy: {
      flavor: "keystone",
      config_file: join(inside.packages, "venv", "etc", "glance", "glance-api-paste.ini"),
    },
    glance_store: { default_backend: "file" },
    file: store("store"),
    os_glance_staging_store: store("staging"),
    os_glance_tasks_store: store("tasks"),
  };
}

function placement(password: string): Ini {
  return {
    DEFAULT: { log_file: join(inside.state, "log", "placement.log") },
    placement_database: database("placement"),
    api: { auth_strategy: "keystone" },
    keystone_authtoken: tokens(password),
  };
}

/** The devices that flavors may ask for, by the lab's alias. */
const alias =
  '{"vendor_id":"10de","product_id":"2330","device_type":"type-PCI","name":"h100","numa_policy":"preferred"}';

interface NovaHost {
  readonly host: string;
  readonly driver: string;
  /** Whether it reaches the databases: a compute must not. */
  readonly databases?: boolean;
  readonly gpus?: boolean;
}

function nova(password: string, { host, driver, databases = false, gpus = false }: NovaHost): Ini {
  const own = join(inside.state, "nova", host);
  const peers = ["placement", "glance", "neutron", "cinder", "ironic", "keystone"] as const;
  return {
    DEFAULT: {
      host,
      my_ip: "127.0.0.1",
      compute_driver: driver,
      concurrency_backend: "threading",
      log_file: join(inside.state, "log", `nova-${host}.log`),
      state_path: own,
      transport_url: messages,
      ram_allocation_ratio: 1.0,
      vif_plugging_is_fatal: false,
      vif_plugging_timeout: 0,
      osapi_compute_workers: 1,
      sync_power_state_interval: -1,
      service_down_time: 120,
      update_resources_interval: 10,
      report_interval: 20,
    },
    ...(databases ? { database: database("nova"), api_database: database("nova_api") } : {}),
    api: { auth_strategy: "keystone" },
    keystone_authtoken: tokens(password),
    service_user: { send_service_user_token: true, ...login(password) },
    ...Object.fromEntries(peers.map((peer) => [peer, login(password)])),
    conductor: { workers: 1 },
    scheduler: { workers: 1, discover_hosts_in_cells_interval: 5 },
    filter_scheduler: {
      enabled_filters: [
        ...["ComputeFilter", "ComputeCapabilitiesFilter", "ImagePropertiesFilter", "NUMATopologyFilter"],
        ...["ServerGroupAntiAffinityFilter", "ServerGroupAffinityFilter", "PciPassthroughFilter"],
      ].join(","),
      track_instance_changes: false,
      pci_in_placement: true,
    },
    // Placement counts the devices too, so that its API tells whose they are.
    pci: {
      alias,
      ...(gpus ? { report_in_placement: true, device_spec: '{"vendor_id":"10de","product_id":"2330"}' } : {}),
    },
    compute: { consecutive_build_service_disable_threshold: 0 },
    oslo_concurrency: { lock_path: join(own, "lock") },
    oslo_messaging_rabbit: { heartbeat_in_pthread: false },
    workarounds: { skip_cpu_compare_at_startup: true },
    vnc: { enabled: false },
  };
}

function neutron(password: string): Ini {
  return {
    DEFAULT: {
      log_file: join(inside.state, "log", "neutron.log"),
      state_path: join(inside.state, "neutron"),
      core_plugin: "ml2",
      service_plugins: "router",
      api_paste_config: join(inside.packages, "venv", "etc", "neutron", "api-paste.ini"),
      transport_url: messages,
      notify_nova_on_port_status_changes: false,
      notify_nova_on_port_data_changes: false,
      api_workers: 0,
      rpc_workers: 0,
      rpc_state_report_workers: 0,
      dhcp_agent_notification: false,
    },
    database: database("neutron"),
    keystone_authtoken: tokens(password),
    placement: login(password),
    nova: login(password),
    oslo_concurrency: { lock_path: join(inside.state, "neutron", "lock") },
  };
}

const modularLayer2: Ini = {
  ml2: {
    type_drivers: "flat,vlan,local",
    tenant_network_types: "local",
    mechanism_drivers: "underlay_lab",
    extension_drivers: "port_security",
  },
  ml2_type_flat: { flat_networks: "*" },
  securitygroup: { enable_security_group: true },
};

/**
 * Interfaces of the hardware: Ironic's own fakes, which go through every state and touch nothing, but for the deployment,
 * which starts the lab's idea of a machine.
 */
function fakeHardware(): Ini[string] {
  const fakes = ["boot", "inspect", "management", "power"];
  const none = ["bios", "console", "firmware", "raid", "rescue", "vendor"];
  return Object.fromEntries([
    ["enabled_hardware_types", "fake-hardware"],
    ...fakes.map((kind) => [`enabled_${kind}_interfaces`, "fake"]),
    ...none.map((kind) => [`enabled_${kind}_interfaces`, `no-${kind}`]),
    ["enabled_deploy_interfaces", "underlay_lab"],
    ["default_deploy_interface", "underlay_lab"],
    ["enabled_network_interfaces", "noop"],
    ["enabled_storage_interfaces", "noop"],
    ["default_network_interface", "noop"],
  ]) as Ini[string];
}

function ironic(password: string): Ini {
  return {
    DEFAULT: {
      log_file: join(inside.state, "log", "ironic.log"),
      host: "lab-ironic",
      rpc_transport: "none",
      auth_strategy: "keystone",
      // Nova's user has a project's scope, and still sees every node.
      rbac_service_role_elevated_access: true,
      ...fakeHardware(),
      my_ip: "127.0.0.1",
    },
    database: database("ironic"),
    keystone_authtoken: tokens(password),
    api: { host_ip: "0.0.0.0", port: ports.ironic, api_workers: 1 },
    conductor: {
      ...{ automated_clean: true, workers_pool_size: 64, sync_power_state_interval: 0 },
      // What is on a drive is read by the lab alone.
      disable_configdrive_check: true,
    },
    neutron: login(password),
    glance: login(password),
    nova: login(password),
    service_catalog: login(password),
    oslo_concurrency: { lock_path: join(inside.state, "ironic") },
    fake: { deploy_delay: 0 },
  };
}

function magnum(password: string): Ini {
  return {
    DEFAULT: {
      log_file: join(inside.state, "log", "magnum.log"),
      host: "lab-magnum",
      state_path: join(inside.state, "magnum"),
      transport_url: messages,
    },
    api: {
      host: "0.0.0.0",
      port: ports.magnum,
      workers: 1,
      api_paste_config: join(inside.packages, "venv", "etc", "magnum", "api-paste.ini"),
    },
    conductor: { workers: 1 },
    database: database("magnum"),
    keystone_authtoken: tokens(password),
    keystone_auth: login(password),
    trust: {
      trustee_domain_name: "magnum",
      trustee_domain_admin_name: "magnum_domain_admin",
      trustee_domain_admin_password: password,
      trustee_keystone_interface: "public",
      cluster_user_trust: false,
    },
    certificates: { cert_manager_type: "x509keypair" },
    cluster_template: { kubernetes_allowed_network_drivers: "flannel,calico" },
    oslo_concurrency: { lock_path: join(inside.state, "magnum") },
    oslo_messaging_notifications: { driver: "noop" },
  };
}

const rabbit = [
  "listeners.tcp.default = 127.0.0.1:5672",
  "vm_memory_high_watermark.relative = 0.2",
  "log.file.level = warning",
  "",
].join("\n");

/** A password for all of the lab's users, new each time. */
export function newPassword(): string {
  return randomBytes(18).toString("base64url");
}

/**
 * Writes every service's configuration, readable by its owner only.
 *
 * @param state The lab's state folder.
 * @param password Of all of its users.
 */
export function writeSettings(state: string, password: string): void {
  const files: Readonly<Record<string, string>> = {
    "keystone/keystone.conf": ini(keystone()),
    "glance/glance-api.conf": ini(glance(password)),
    "placement/placement.conf": ini(placement(password)),
    "nova/nova.conf": ini(nova(password, { host: "control", driver: "fake.FakeDriver", databases: true })),
    "nova-gpu/nova.conf": ini(nova(password, { host: "gpu", driver: "underlay_lab.GpuDriver", gpus: true })),
    "nova-metal/nova.conf": ini(nova(password, { host: "metal", driver: "ironic.IronicDriver" })),
    "neutron/neutron.conf": ini(neutron(password)),
    "neutron/ml2.conf": ini(modularLayer2),
    "ironic/ironic.conf": ini(ironic(password)),
    "magnum/magnum.conf": ini(magnum(password)),
    "rabbitmq.conf": rabbit,
    "rabbitmq-advanced.config": "[].\n",
    "rabbitmq-plugins": "[].\n",
  };
  for (const [name, text] of Object.entries(files)) {
    const file = join(state, "etc", name);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, text, { mode: 0o600 });
  }
  const folders = [
    ...["log", "rabbit", "ironic", "magnum", "neutron/lock", "images/store", "images/staging", "images/tasks"],
    ...["control", "gpu", "metal"].flatMap((host) => [`nova/${host}/lock`, `nova/${host}/instances`]),
  ];
  for (const folder of folders) {
    mkdirSync(join(state, folder), { recursive: true });
  }
}
