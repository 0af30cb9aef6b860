"""Predicts by a function of the model's own source."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

from model_server.description import Service


class Function:
    """The function, called once for each input."""

    def __init__(self, service: Service) -> None:
        """Import its module, which loads the model; files are found from the source's folder."""
        os.chdir(service.folder)
        sys.path.insert(0, str(service.folder))
        module = importlib.import_module(service.entry["module"])
        self.function = getattr(module, service.entry["function"])
        self.parameters = set(service.entry["parameters"])

    def call(self, instance: Any) -> Any:
        """Call it with one input; an object that has its parameters' names is taken apart."""
        if len(self.parameters) > 1 and isinstance(instance, dict) and set(instance) <= self.parameters:
            return self.function(**instance)
        return self.function(instance)


def load(service: Service) -> Function:
    """Load what predicts."""
    return Function(service)
