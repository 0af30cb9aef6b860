"""Is nova/virt/underlay_lab.py: Nova's own fake hypervisor, on a machine with eight GPUs and two NUMA nodes."""

from nova import conf, objects
from nova.virt import fake, node
from oslo_serialization import jsonutils
from underlay_lab.guest import Guest

CONF = conf.CONF
GIB_IN_KIB = 1024 * 1024


class GpuDriver(fake.FakeDriver):
    """What placement and the scheduler decide on is real; what is started is a small guest, or nothing."""

    capabilities = {**fake.FakeDriver.capabilities, "supports_pcpus": True}
    vcpus = 64
    memory_mb = 262144
    local_gb = 4096
    gpus = 8
    numa_nodes = 2

    def __init__(self, virtapi, read_only=False):
        """Knows of no guest yet."""
        super().__init__(virtapi, read_only)
        self._guests = {}

    def spawn(self, context, instance, *args, network_info=None, **kwargs):
        """Boots a guest, as far as the lab can."""
        super().spawn(context, instance, *args, network_info=network_info, **kwargs)
        guest = Guest(instance, CONF.state_path)
        guest.start(network_info)
        self._guests[instance.uuid] = guest

    def destroy(self, context, instance, *args, **kwargs):
        """Ends it."""
        guest = self._guests.pop(instance.uuid, None)
        if guest is not None:
            guest.end()
        super().destroy(context, instance, *args, **kwargs)

    def get_nodenames_by_uuid(self, refresh=False):
        """Keeps the machine's identity in its state folder, as drivers of real machines do."""
        return {node.get_local_node_uuid(): self.get_available_nodes()[0]}

    def _numa_topology(self):
        cpus, memory = self.vcpus // self.numa_nodes, self.memory_mb // self.numa_nodes
        return objects.NUMATopology(
            cells=[
                objects.NUMACell(
                    id=cell,
                    socket=cell,
                    cpuset=set(),
                    pcpuset=set(range(cell * cpus, (cell + 1) * cpus)),
                    memory=memory,
                    cpu_usage=0,
                    memory_usage=0,
                    pinned_cpus=set(),
                    siblings=[{cpu} for cpu in range(cell * cpus, (cell + 1) * cpus)],
                    mempages=[
                        objects.NUMAPagesTopology(size_kb=4, total=memory * 1024 // 8, used=0),
                        objects.NUMAPagesTopology(size_kb=GIB_IN_KIB, total=memory * 7 // 8192, used=0),
                    ],
                )
                for cell in range(self.numa_nodes)
            ]
        )

    def get_available_resource(self, nodename):
        """Adds the GPUs and the NUMA nodes."""
        resources = super().get_available_resource(nodename)
        resources["numa_topology"] = self._numa_topology()._to_json()
        resources["pci_passthrough_devices"] = jsonutils.dumps(
            [
                {
                    "address": f"0000:{0x10 + number:02x}:00.0",
                    "vendor_id": "10de",
                    "product_id": "2330",
                    "status": "available",
                    "dev_type": "type-PCI",
                    "parent_addr": None,
                    "numa_node": number * self.numa_nodes // self.gpus,
                    "label": "label_10de_2330",
                }
                for number in range(self.gpus)
            ]
        )
        return resources

    def update_provider_tree(self, provider_tree, nodename, allocations=None):
        """Offers its CPUs for pinning too."""
        super().update_provider_tree(provider_tree, nodename, allocations)
        inventory = provider_tree.data(nodename).inventory
        whole = {"total": self.vcpus, "min_unit": 1, "max_unit": self.vcpus, "step_size": 1}
        pinned = {"PCPU": {**whole, "allocation_ratio": 1.0, "reserved": 0}}
        provider_tree.update_inventory(nodename, {**inventory, **pinned})
