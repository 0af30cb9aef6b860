"""Magnum driver that completes each operation at the next look at its cluster."""

from magnum.drivers.common import driver
from magnum.objects import fields
from oslo_utils import uuidutils

Status = fields.ClusterStatus
FOLLOWING = {
    Status.CREATE_IN_PROGRESS: Status.CREATE_COMPLETE,
    Status.UPDATE_IN_PROGRESS: Status.UPDATE_COMPLETE,
    Status.DELETE_IN_PROGRESS: Status.DELETE_COMPLETE,
}
# Clusters with this label fail: how a failure is reported is tested by it.
FAILURE = "underlay_lab_failure"
# Addresses for documentation (RFC 5737): no node stands behind them.
ADDRESSES = "192.0.2."


class LabDriver(driver.Driver):
    """Keeps records of clusters, and makes no servers."""

    @property
    def provides(self):
        """Every kind of server with the systems that Kubernetes images usually have."""
        return [
            {"server_type": server, "os": system, "coe": "kubernetes"}
            for server in ("vm", "bm")
            for system in ("ubuntu", "fedora-coreos")
        ]

    def _enter(self, cluster, status):
        cluster.status = status
        for group in cluster.nodegroups:
            group.status = status
            group.save()

    def create_cluster(self, context, cluster, cluster_create_timeout):
        """Begins a cluster."""
        cluster.stack_id = uuidutils.generate_uuid()
        self._enter(cluster, Status.CREATE_IN_PROGRESS)

    def update_cluster(self, context, cluster, scale_manager=None, rollback=False):
        """Begins a change."""
        self._enter(cluster, Status.UPDATE_IN_PROGRESS)

    def delete_cluster(self, context, cluster):
        """Begins the end."""
        self._enter(cluster, Status.DELETE_IN_PROGRESS)

    def resize_cluster(self, context, cluster, resize_manager, node_count, nodes_to_remove, nodegroup=None):
        """Begins another number of nodes, which Magnum has written down."""
        self._enter(cluster, Status.UPDATE_IN_PROGRESS)

    def upgrade_cluster(
        self, context, cluster, cluster_template, max_batch_size, nodegroup, scale_manager=None, rollback=False
    ):
        """Begins another template, which Magnum has written down."""
        self._enter(cluster, Status.UPDATE_IN_PROGRESS)

    def update_cluster_status(self, context, cluster, use_admin_ctx=False):
        """Completes what was begun."""
        following = FOLLOWING.get(cluster.status)
        if following is None:
            return
        failure = (cluster.labels or {}).get(FAILURE)
        if failure and following == Status.CREATE_COMPLETE:
            self._enter(cluster, Status.CREATE_FAILED)
            cluster.status_reason = failure
            cluster.save()
            return
        for number, group in enumerate(cluster.nodegroups):
            group.status = FOLLOWING.get(group.status, group.status)
            group.node_addresses = [f"{ADDRESSES}{10 + 20 * number + node}" for node in range(group.node_count)]
            group.save()
        cluster.status = following
        cluster.status_reason = None
        cluster.api_address = f"https://{ADDRESSES}10:6443"
        if cluster.coe_version is None:
            cluster.coe_version = (cluster.labels or {}).get("kube_tag")
        cluster.save()

    def create_nodegroup(self, context, cluster, nodegroup):
        """Begins a group of nodes."""
        nodegroup.stack_id = cluster.stack_id
        nodegroup.status = Status.CREATE_IN_PROGRESS
        nodegroup.save()
        cluster.status = Status.UPDATE_IN_PROGRESS

    def update_nodegroup(self, context, cluster, nodegroup):
        """Begins another number of its nodes."""
        cluster.status = Status.UPDATE_IN_PROGRESS

    def delete_nodegroup(self, context, cluster, nodegroup):
        """Removes a group of nodes."""
        nodegroup.destroy()
        cluster.status = Status.UPDATE_IN_PROGRESS

    def create_federation(self, context, federation):
        """Refuses: federations are no part of the lab."""
        raise NotImplementedError

    update_federation = delete_federation = create_federation
