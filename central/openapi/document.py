"""The OpenAPI document, served at `/openapi.json`."""

from importlib.metadata import version
from typing import Any

from central.openapi.operations import BEARER, PATHS, SIGNATURE
from central.openapi.schemas import SCHEMAS


def openapi_document() -> dict[str, Any]:
    """Return the description of every resource."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "scan-terminal centre",
            "version": version("scan-terminal"),
            "description": "Terminals bring their journals, operators' programs read. The wire"
            " contract in words: docs/protocol.md.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": PATHS,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                SIGNATURE: {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Signature",
                    "description": "RFC 9421, Ed25519, by the terminal's key: OpenAPI has no word"
                    " for it. st=:<base64 of 64 octets>:, together with Signature-Input.",
                },
                BEARER: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "scan-central token make",
                },
            },
        },
    }
