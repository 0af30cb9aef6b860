"""The service's description in OpenAPI 3.1."""

from __future__ import annotations

from typing import Any, Final

from .description import Service, Tensor
from .inputs import NPY, PICTURES

NUMBERS: Final = ("float", "double", "bfloat", "half")


def _of_tensor(tensor: Tensor) -> dict[str, Any]:
    """One input without its batch, as JSON Schema."""
    kind = tensor.type or ""
    item = "number" if not kind or kind.startswith(NUMBERS) else "string" if kind in ("string", "str") else "integer"
    schema: dict[str, Any] = {"type": "boolean" if kind == "bool" else item}
    if tensor.shape is None:
        return {}
    for size in reversed(tensor.shape[1:]):
        schema = {"type": "array", "items": schema, **({} if size is None else {"minItems": size, "maxItems": size})}
    return schema


def _input_schema(service: Service) -> dict[str, Any]:
    if len(service.inputs) > 1:
        names = {each.name: _of_tensor(each) for each in service.inputs}
        return {"type": "object", "properties": names, "required": list(names), "additionalProperties": False}
    return _of_tensor(service.inputs[0]) if service.inputs else {}


def _error(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }


def document(service: Service) -> dict[str, Any]:
    """Return the document."""
    instances = {
        "type": "array",
        "items": _input_schema(service),
        "minItems": 1,
        "maxItems": service.limits.instances,
    }
    binary = {"schema": {"type": "string", "format": "binary"}}
    request = {
        "application/json": {
            "schema": {"type": "object", "properties": {"instances": instances}, "required": ["instances"]}
        },
        **dict.fromkeys((*PICTURES, NPY), binary),
    }
    answer = {
        "type": "object",
        "properties": {
            "predictions": {"type": "array"},
            "model": {"type": "string"},
            "version": {"type": "string"},
            "seconds": {"type": "number"},
        },
        "required": ["predictions", "model", "version", "seconds"],
    }
    predict = {
        "summary": "Predict, one answer for each input",
        "operationId": "predict",
        "requestBody": {"required": True, "content": request},
        "responses": {
            "200": {"description": "Predictions", "content": {"application/json": {"schema": answer}, NPY: binary}},
            "400": _error("The body cannot be read, or the model refuses it"),
            "413": _error(f"The body is over {service.limits.body_bytes} bytes, or has too many inputs"),
            "415": _error("The content type is none of these"),
            "503": _error("The model is not loaded yet, or too many requests are under way"),
            "504": _error(f"The prediction took longer than {service.limits.predict_sec:g} s"),
        },
    }
    told = {"200": {"description": "It is"}, "503": _error("It is not")}
    error = {
        "type": "object",
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        "required": ["code", "message"],
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": service.name, "version": service.version},
        "paths": {
            "/predict": {"post": predict},
            "/healthz": {"get": {"summary": "Whether the process is alive", "responses": told}},
            "/readyz": {"get": {"summary": "Whether the model is loaded", "responses": told}},
            "/metrics": {
                "get": {"summary": "Metrics for Prometheus", "responses": {"200": {"description": "Metrics"}}}
            },
        },
        "components": {"schemas": {"Error": {"type": "object", "properties": {"error": error}, "required": ["error"]}}},
    }
