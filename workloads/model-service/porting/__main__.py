"""Ports a model to ONNX: `python3 DIRECTORY REQUEST.json`, see `port_model`."""

from port_model import main

main()
