// The processes of the lab, as they are started inside of it.
import { join } from "node:path";
import type { Service } from "../first-program.ts";
import { type Api, inside, ports } from "./place.ts";

const etc = (...names: string[]): string => join(inside.state, "etc", ...names);

/** The database server, without a port. */
export const mariadb: Service = {
  name: "mariadb",
  argv: [
    ...["/usr/sbin/mariadbd", "--no-defaults", "--user=root", `--datadir=${join(inside.state, "mariadb")}`],
    ...[`--socket=${join(inside.state, "mariadb.sock")}`, `--pid-file=${join(inside.state, "mariadb.pid")}`],
    ...["--skip-networking", "--skip-name-resolve", "--performance-schema=OFF", "--max-connections=400"],
    // What the lab holds goes with it: it need not survive a loss of power.
    ...["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-flush-method=nosync"],
    ...["--sync-binlog=0", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M"],
  ],
};

/** The message broker, on the lab's own loopback. Debian's wrapper would change the user. */
export const rabbit: Service = {
  name: "rabbit",
  argv: ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
  env: {
    HOME: join(inside.state, "rabbit"),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_NODENAME: "lab@localhost",
    RABBITMQ_CONFIG_FILE: etc("rabbitmq.conf"),
    RABBITMQ_ADVANCED_CONFIG_FILE: etc("rabbitmq-advanced.config"),
    RABBITMQ_ENABLED_PLUGINS_FILE: etc("rabbitmq-plugins"),
    RABBITMQ_MNESIA_BASE: join(inside.state, "rabbit"),
    RABBITMQ_LOG_BASE: join(inside.state, "log"),
    RABBITMQ_PID_FILE: join(inside.state, "rabbit", "pid"),
    // One scheduler that does not spin while it waits.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none",
  },
};

interface Web {
  readonly threads?: number;
  readonly arguments?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A service that uwsgi serves. */
function web(name: string, api: Api, application: string, { threads = 6, ...rest }: Web): Service {
  return {
    name,
    argv: [
      ...["uwsgi", "--http-socket", `0.0.0.0:${String(ports[api])}`, "--module", application],
      ...["--processes", "1", "--threads", String(threads), "--enable-threads", "--die-on-term", "--need-app"],
      ...["--buffer-size", "65535", "--http-chunked-input", "--add-header", "Connection: close", "--disable-logging"],
      ...["--virtualenv", join(inside.packages, "venv")],
      ...(rest.arguments === undefined ? [] : ["--pyargv", rest.arguments]),
    ],
    ...(rest.env === undefined ? {} : { env: rest.env }),
  };
}

const configured = (file: string): string => `--config-file ${etc(file)}`;

/** Those that the others log in with: they come first. */
export const first: readonly Service[] = [
  web("keystone", "keystone", "keystone.wsgi.api:application", {
    arguments: configured("keystone/keystone.conf"),
    env: { OS_KEYSTONE_CONFIG_DIR: etc("keystone") },
  }),
  web("placement", "placement", "placement.wsgi.api:application", {
    env: { OS_PLACEMENT_CONFIG_DIR: etc("placement") },
  }),
];

const nova = (name: string, program: string, file = "nova/nova.conf"): Service => ({
  name,
  argv: [program, "--config-file", etc(file)],
});

/** All others; each waits for what it needs by itself, once there is a user that it can log in as. */
export const rest: readonly Service[] = [
  { name: "ironic", argv: ["ironic", "--config-file", etc("ironic/ironic.conf")] },
  web("neutron", "neutron", "neutron.wsgi.api:application", {
    // Its policy engine is filled by the first requests, and not for several threads at once.
    threads: 1,
    env: { OS_NEUTRON_CONFIG_FILES: `${etc("neutron/neutron.conf")};${etc("neutron/ml2.conf")}` },
  }),
  nova("nova-conductor", "nova-conductor"),
  nova("nova-scheduler", "nova-scheduler"),
  web("nova-api", "nova", "nova.wsgi.osapi_compute:application", {
    env: {
      OS_NOVA_CONFIG_DIR: etc("nova"),
      OS_NOVA_CONFIG_FILES: `${join(inside.packages, "venv", "etc", "nova", "api-paste.ini")};nova.conf`,
    },
  }),
  nova("nova-compute-gpu", "nova-compute", "nova-gpu/nova.conf"),
  web("glance", "glance", "glance.wsgi.api:application", { env: { OS_GLANCE_CONFIG_DIR: etc("glance") } }),
  nova("nova-compute-metal", "nova-compute", "nova-metal/nova.conf"),
  web("magnum", "magnum", "magnum.wsgi.api:application", { arguments: configured("magnum/magnum.conf") }),
  { name: "magnum-conductor", argv: ["magnum-conductor", "--config-file", etc("magnum/magnum.conf")] },
];
