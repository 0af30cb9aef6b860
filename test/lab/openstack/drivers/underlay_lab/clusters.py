"""Magnum driver that completes each operation at the next look at its cluster; a cluster may be asked to be real."""

import json
import pathlib

from magnum.conductor.handlers.common import cert_manager
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
# Clusters with this label are the lab of Kubernetes, with the authority that Magnum made for the cluster: whoever
# watches this folder, outside, brings it up as Heat would its servers, and takes it down.
REAL = "underlay_lab_node"
REQUESTS = pathlib.Path("/mnt/state/clusters")
# Addresses for documentation (RFC 5737): no node stands behind them.
ADDRESSES = "192.0.2."


def _request(cluster):
    """Folder by which a real cluster is asked for; None of the others."""
    return REQUESTS / cluster.uuid if (cluster.labels or {}).get(REAL) else None


def _write(file, value):
    """Writes a file that is there whole or not at all."""
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(value))
    new.rename(file)


class LabDriver(driver.Driver):
    """Keeps records of clusters; makes a node where it is asked for a real one, and no other server."""

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
        request = _request(cluster)
        if request is not None:
            authority = cert_manager.get_cluster_ca_certificate(cluster, context=context)
            key = authority.get_decrypted_private_key()
            request.mkdir(parents=True, mode=0o700)
            as_text = {"certificate": authority.get_certificate(), "key": key}
            _write(
                request / "request.json",
                {name: part.decode() if isinstance(part, bytes) else part for name, part in as_text.items()},
            )
        self._enter(cluster, Status.CREATE_IN_PROGRESS)

    def update_cluster(self, context, cluster, scale_manager=None, rollback=False):
        """Begins a change."""
        self._enter(cluster, Status.UPDATE_IN_PROGRESS)

    def delete_cluster(self, context, cluster):
        """Begins the end."""
        request = _request(cluster)
        if request is not None and request.exists():
            _write(request / "end.json", {})
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
        failure, api = (cluster.labels or {}).get(FAILURE), f"https://{ADDRESSES}10:6443"
        request = _request(cluster)
        if request is not None:
            if following == Status.DELETE_COMPLETE and request.exists():
                return
            if following == Status.CREATE_COMPLETE:
                answer = request / "answer.json"
                if not answer.exists():
                    return
                said = json.loads(answer.read_text())
                failure, api = said.get("failure"), said.get("api")
            else:
                api = cluster.api_address
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
        cluster.api_address = api
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
