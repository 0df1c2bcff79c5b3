# SPDX-License-Identifier: Apache-2.0
"""Answers against the served OpenAPI document.

The document says what clients may rely on; the tests know more. An answer must
have no member that its schema does not name, and without fields_set it must
have all of them.
"""

import json
import re

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match


class Document:
    """One OpenAPI document with its validators, made when they are needed."""

    known = {}

    def __init__(self, text):
        self.json = json.loads(text)
        self.base = self.json["servers"][0]["url"]
        self.schemas = self.json["components"]["schemas"]
        self.paths = {self.full_path(path, item): item
                      for path, item in self.json["paths"].items()}
        self.validators = {}

    @classmethod
    def of(cls, text):
        """The document that a text is; the same one for the same text."""
        if text not in cls.known:
            cls.known[text] = cls(text)
        return cls.known[text]

    def full_path(self, path, item):
        return path if "servers" in item else self.base + path

    def pointer(self, ref):
        value = self.json
        for name in ref.removeprefix("#/").split("/"):
            value = value[name]
        return value

    def schema(self, schema, whole):
        """A schema without references and open ends; whole: what fields_set
        may leave out must be there."""
        if isinstance(schema, list):
            return [self.schema(one, whole) for one in schema]
        if not isinstance(schema, dict):
            return schema
        found = {}
        if isinstance(schema.get("$ref"), str):
            found = self.schema(self.pointer(schema["$ref"]), whole)
        found.update((name, self.schema(value, whole))
                     for name, value in schema.items() if name != "$ref")
        if isinstance(found.get("properties"), dict):
            found.setdefault("additionalProperties", False)
            if whole and found.get("required") == []:
                found["required"] = list(found["properties"])
        return found

    def validator(self, key, schema, whole):
        key = (*key, whole)
        if key not in self.validators:
            self.validators[key] = Draft202012Validator(
                self.schema(schema, whole))
        return self.validators[key]

    def request_validator(self, path):
        """Of the JSON body of a POST; more members than it names may come."""
        operation = self.json["paths"]["/" + path]["post"]
        content = operation["requestBody"]["content"]["application/json"]
        return Draft202012Validator({**content["schema"],
                                     "components": self.json["components"]})

    def response_validator(self, path, method, status, whole=True):
        """Of the JSON of an answer; AssertionError if the document has no such
        answer. path is the whole path of the URL."""
        operation = self.paths.get(path, {}).get(method)
        if operation is None:
            return self.validator((status,), {
                "$ref": f"#/components/schemas/Error{status}"}, whole)
        assert status in operation["responses"], \
            f"{method} {path} has no {status} in the document"
        response = operation["responses"][status]
        if "$ref" in response:
            response = self.pointer(response["$ref"])
        content = response["content"]["application/json"]
        return self.validator((path, method, status), content["schema"], whole)

    def check(self, response):
        """Assert that a JSON answer of httpx is one that the document has."""
        path = re.sub("/+", "/", response.request.url.path).rstrip("/")
        method = response.request.method.lower()
        if (response.extensions.get("conforms") or method in ("head", "options")
                or not path.startswith(self.base + "/")
                and path not in self.paths):
            return
        status = str(response.status_code)
        if path == self.base + "/openapi.json" and status == "200":
            return
        validator = self.response_validator(path, method, status,
                                            not is_narrowed(response.request))
        problem = best_match(validator.iter_errors(response.json()))
        assert problem is None, (f"{method} {path} {status}: "
                                 f"{problem.json_path}: {problem.message}")
        response.extensions["conforms"] = True


def is_narrowed(request):
    """1 if a request has a fields_set, or nobody can tell."""
    if "fields_set" in request.url.params:
        return True
    try:
        return b"fields_set" in request.read()
    except Exception:  # what was streamed cannot be read again
        return True
