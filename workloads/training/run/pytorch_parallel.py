"""Training by PyTorch over several hosts: `DistributedDataParallel`, which averages gradients by gloo."""

import fcntl
import os
import socket
import struct
from typing import Any

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from backend import finite
from data_set import Batch
from options import CHIEF, Cluster, Options
from pytorch_train import Devices, loss_of, make_parameters

SIOCGIFADDR = 0x8915
"""Asks for the IPv4 address of a network device, see netdevice(7)."""


class ParallelTrainer:
    """A model in training, as one of several workers; the device is the first GPU, or else the CPU."""

    def __init__(self, options: Options, devices: Devices, cluster: Cluster) -> None:
        """Join the other workers and make the parameters, which the seed makes equal. Waits for all of them."""
        join(cluster, options.worker)
        self._learning_rate = options.learning_rate
        parameters = make_parameters(options, devices.all[0])
        self._trained = parameters.trained
        module = torch.nn.Module()
        module.trained = torch.nn.ParameterList(self._trained)
        module.forward = lambda images, labels: loss_of(options.model, parameters, images, labels)
        self._loss = DistributedDataParallel(module, init_sync=False, gradient_as_bucket_view=True)
        self._count = parameters.count()

    def parameters(self) -> int:
        """Count the trained parameters."""
        return self._count

    def step(self, batch: Batch) -> float:
        """Train on one batch, together with all other workers; return its loss. Raises `DivergedError`."""
        (images,), (labels,) = batch
        loss = self._loss(images, labels)
        loss.backward()
        with torch.no_grad():
            torch._foreach_add_(self._trained, [tensor.grad for tensor in self._trained], alpha=-self._learning_rate)
        self._loss.zero_grad()
        return finite(loss.item(), self._learning_rate)


def join(cluster: Cluster, worker: int) -> None:
    """Make the group of all workers. They find each other at the chief's port, and talk at ports that are free."""
    device = device_of(socket.gethostbyname(cluster.peers[cluster.role].host))
    if device is not None:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", device)  # Or gloo takes what the host's own name leads to.
    chief = cluster.peers[CHIEF]
    workers = len(cluster.workers)
    store = distributed.TCPStore(chief.host, chief.port, workers, is_master=cluster.role == CHIEF)
    distributed.init_process_group("gloo", store=store, rank=worker, world_size=workers)


def device_of(address: str) -> str | None:
    """Return the network device that has an IPv4 address; None where none has, as behind a translation of addresses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for _, name in socket.if_nameindex():
            request: Any = struct.pack("256s", name.encode())
            try:
                answer = fcntl.ioctl(any_socket, SIOCGIFADDR, request)
            except OSError:  # It has no address.
                continue
            if socket.inet_ntoa(answer[20:24]) == address:
                return name
    return None
