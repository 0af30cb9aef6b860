"""Ironic's deployment of the lab: a node is a network namespace with the shared root and an SSH server of its own."""

import base64
import gzip
import ipaddress
import json
import pathlib
import shutil
import subprocess
import time

from ironic.common import neutron, states
from ironic.drivers import base
from ironic.drivers.modules import fake

# Written by the lab when this machine has a root for nodes; without it they are records only.
MACHINE = pathlib.Path("/mnt/state/metal.json")
NODES = pathlib.Path("/mnt/state/nodes")
SCRIPT = "/mnt/drivers/node"
BRIDGE = "guests"
PATIENCE_SEC = 20


def _run(*command):
    return subprocess.run(command, check=True, capture_output=True, timeout=30).stdout


def _drive(text, folder):
    """Files of a configuration drive, by their names on it."""
    image = folder / "drive.iso"
    image.write_bytes(gzip.decompress(base64.b64decode(text)))

    def read(name):
        content = _run("isoinfo", "-R", "-i", str(image), "-x", f"/openstack/latest/{name}")
        return content.decode()

    return read


def _address(task):
    """Address with its prefix, and the gateway: what a DHCP server would tell the node, of which the lab has none."""
    with neutron.get_client(context=task.context, auth_from_config=True) as client:
        port = next(iter(client.ports(device_id=task.node.instance_uuid)))
        [fixed, *_] = port.fixed_ips
        subnet = client.get_subnet(fixed["subnet_id"])
    prefix = subnet.cidr.partition("/")[2]
    return ipaddress.ip_interface(f"{fixed['ip_address']}/{prefix}"), subnet.gateway_ip or ""


def _start(folder, name, interface, gateway, device):
    root = json.loads(MACHINE.read_text())["root"]
    (folder / "gateway").write_text(gateway)
    namespaces = ["--net", "--mount", "--uts", "--pid", "--fork", "--kill-child=KILL"]
    with (folder / "console").open("wb") as console:
        process = subprocess.Popen(
            ["unshare", *namespaces, SCRIPT, root, str(folder), name, str(interface)],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            start_new_session=True,
        )
    (folder / "pid").write_text(str(process.pid))
    own = pathlib.Path("/proc/self/ns/net").readlink()
    end = time.monotonic() + PATIENCE_SEC
    while pathlib.Path(f"/proc/{process.pid}/ns/net").readlink() == own and time.monotonic() < end:
        time.sleep(0.05)
    if gateway:
        # The router's own end: the lab has no agent that would make it.
        _run("ip", "address", "replace", f"{gateway}/{interface.network.prefixlen}", "dev", BRIDGE)
    _run("ip", "link", "add", device, "type", "veth", "peer", "name", "eth0", "netns", str(process.pid))
    _run("ip", "link", "set", device, "master", BRIDGE, "up")


class LabDeploy(fake.FakeDeploy):
    """What Ironic decides and writes down is real; what is started is a namespace."""

    def _folder(self, node):
        return NODES / node.uuid

    @base.deploy_step(priority=100)
    def deploy(self, task):
        """Starts the node with what its configuration drive says."""
        text = task.node.instance_info.get("configdrive")
        if not MACHINE.exists() or not text:
            return
        self._end(task.node)
        folder = self._folder(task.node)
        folder.mkdir(parents=True, mode=0o700)
        read = _drive(text, folder)
        meta = json.loads(read("meta_data.json"))
        user_data = read("user_data")
        keys = json.loads(user_data.partition("\n")[2])["ssh_keys"]
        (folder / "host-key").write_text(keys["ed25519_private"])
        (folder / "authorized-keys").write_text("\n".join([*meta.get("public_keys", {}).values(), ""]))
        interface, gateway = _address(task)
        _start(folder, meta["hostname"].partition(".")[0], interface, gateway, f"n{task.node.uuid[:12]}")

    def tear_down(self, task):
        """Ends it, and leaves nothing."""
        self._end(task.node)
        return states.DELETED

    def _end(self, node):
        folder = self._folder(node)
        pid = folder / "pid"
        if pid.exists():
            subprocess.run(["pkill", "-KILL", "-s", pid.read_text()], check=False, timeout=30)
            subprocess.run(["ip", "link", "delete", f"n{node.uuid[:12]}"], check=False, capture_output=True, timeout=30)
        shutil.rmtree(folder, ignore_errors=True)
