"""A User-Mode Linux guest for a server: its address, its keys and its kernel are real, its size is the lab's own."""

import base64
import io
import json
import pathlib
import shutil
import subprocess
import tarfile

# Written by the lab when this machine has a kernel for guests; without it servers are records only.
MACHINE = pathlib.Path("/mnt/state/guest.json")
BRIDGE = "guests"
# What a training of small batches needs; flavors of GPU machines name more than this machine has.
MOST_MEMORY_MIB = 3072


def _run(*command):
    subprocess.run(command, check=True, capture_output=True, timeout=30)


def _tar(path, members):
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o700 if name == "init" else 0o600
            archive.addfile(member, io.BytesIO(content))
        folder = tarfile.TarInfo("modules")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o700
        archive.addfile(folder)


def _host_key(user_data):
    text = base64.b64decode(user_data or "").decode()
    if not text.startswith("#cloud-config\n"):
        return None
    return json.loads(text.partition("\n")[2]).get("ssh_keys", {}).get("ed25519_private")


class Guest:
    """The guest of one instance."""

    def __init__(self, instance, folder):
        """Starts nothing yet."""
        self._instance = instance
        self._folder = pathlib.Path(folder) / instance.uuid
        self._tap = f"g{instance.uuid[:12]}"
        self._process = None

    def start(self, network_info):
        """Boots, where the lab has a kernel for guests and the server has an address and a key to show."""
        key = _host_key(self._instance.user_data)
        if not MACHINE.exists() or not network_info or key is None:
            return
        machine = json.loads(MACHINE.read_text())
        subnet = network_info[0]["network"]["subnets"][0]
        prefix, gateway = subnet["cidr"].partition("/")[2], subnet["gateway"]["address"]
        settings = {
            "HOSTNAME": self._instance.hostname,
            "ADDRESS": f"{subnet['ips'][0]['address']}/{prefix}",
            "INTERFACE": "vec0",
            "GATEWAY": gateway,
        }
        self._folder.mkdir(parents=True)
        members = {
            "settings": "".join(f"{name}={value}\n" for name, value in settings.items()).encode(),
            "volumes": b"",
            "init": pathlib.Path(machine["init"]).read_bytes(),
            "host-key": key.encode(),
            "authorized-keys": f"{self._instance.key_data or ''}\n".encode(),
        }
        _tar(self._folder / "drive.tar", members)
        # The router's own end: the lab has no agent that would make it.
        _run("ip", "address", "replace", f"{gateway}/{prefix}", "dev", BRIDGE)
        _run("ip", "tuntap", "add", self._tap, "mode", "tap")
        _run("ip", "link", "set", self._tap, "master", BRIDGE, "up")
        memory = min(self._instance.flavor.memory_mb, MOST_MEMORY_MIB)
        command = [
            machine["command"],
            *(f"mem={memory}M", "umid=guest", f"uml_dir={self._folder}", "seccomp=auto"),
            *(f"ubd0={self._folder / 'scratch'},{machine['blockImage']}", f"ubd1r={self._folder / 'drive.tar'}"),
            *("root=/dev/ubda", "rw", "init=/usr/local/sbin/underlay-init", "underlay.drive=/dev/ubdb"),
            f"vec0:transport=tap,ifname={self._tap},depth=128,gro=1,mac={network_info[0]['address']}",
            *("con=null", "con0=null,fd:1", "quiet", "panic=-1"),
        ]
        with (self._folder / "console").open("wb") as console:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True
            )

    def end(self):
        """Ends it, and leaves nothing."""
        if self._process is not None:
            subprocess.run(["pkill", "-KILL", "-s", str(self._process.pid)], check=False, timeout=30)
            self._process.wait(30)
            _run("ip", "link", "delete", self._tap)
        shutil.rmtree(self._folder, ignore_errors=True)
