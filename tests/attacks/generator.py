# SPDX-License-Identifier: Apache-2.0
"""Values made from the JSON Schemas of an OpenAPI document: what they allow,
and what they nearly allow."""

import random
import re

# What a schema's pattern may ask for; a pattern that none of them fits is
# missed.
TEXTS = ["x", "Ellen", "142536", "2014-05-05T15:49:59", "a@b.example", "7",
         "id=3459F30F71E7477495DF3AA3D278CC7D", "type=HOME", "12.5", "true",
         "name=CYPRUS", "two_character_code=CY", "number=8"]
ODD_TEXTS = ["", " ", "\t", "\u0001", "\u200b", "\U0001f600", "' OR 1=1 --",
             "%s%n", "null", "\ud7ff", "id=", "=", "0000-00-00T00:00:00",
             "9999-12-31T23:59:59", "2015-02-29T00:00:00", "1e999", "-0",
             "é" * 50, "a\r\nb", "\x7f", "<script>"]
NUMBERS = [0, 1, -1, 2, 12, 29, 31, 1900, 2000, 9999, 2**31 - 1, 2**31,
           -2**31, 2**53 + 1, 2**63 - 1, 0.5, -1e-5, 1e15, 1e308]
OTHERS = [None, True, False, 0, 1, -1, 1.5, "", "x", [], {}, [[]], [None],
          {"id": None}, {"": {}}, [1, "2", {"3": []}]]


class Generator:
    """A stream of values that depends on the seed alone.

    oddness: how often a value is not the one that its schema asks for.
    """

    def __init__(self, document, seed, oddness=0.03):
        self.document = document
        self.random = random.Random(seed)
        self.oddness = oddness

    def odd(self):
        return self.random.random() < self.oddness

    def resolve(self, schema):
        """The schema with what it refers to; of alternatives, one."""
        while True:
            if "$ref" in schema:
                rest = {key: value for key, value in schema.items()
                        if key != "$ref"}
                schema = {**self.document.pointer(schema["$ref"]), **rest}
            elif "allOf" in schema:
                schema = self.joined(schema)
            elif "anyOf" in schema:
                rest = {key: value for key, value in schema.items()
                        if key != "anyOf"}
                schema = {**rest, **self.alternative(schema["anyOf"])}
            else:
                return schema

    def alternative(self, schemas):
        """One of them; a list of words rather than the pattern beside it."""
        words = [schema for schema in schemas if "enum" in schema]
        return self.random.choice(schemas if self.odd() or not words
                                  else words)

    def joined(self, schema):
        """A schema and those that it is joined to, but for conditions."""
        found = {"type": "object",
                 "properties": dict(schema.get("properties", {})),
                 "required": list(schema.get("required", []))}
        for one in schema["allOf"]:
            if "if" not in one:
                one = self.resolve(one)
                found["properties"].update(one.get("properties", {}))
                found["required"] += one.get("required", [])
        return found

    def value(self, schema, depth=0):
        """A value that the schema allows, or nearly."""
        if self.odd():
            return self.random.choice(OTHERS)
        schema = self.resolve(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.word(schema["enum"])
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            kind = self.random.choice(kind)
        return getattr(self, "a_" + kind)(schema, depth)

    def word(self, words):
        word = self.random.choice(words)
        if isinstance(word, str) and self.odd():
            return self.random.choice([word.lower(), word + " ", word[:-1],
                                       word.replace("_", " ")])
        return word

    def a_null(self, schema, depth):
        return None

    def a_boolean(self, schema, depth):
        return self.random.choice([True, False])

    def a_integer(self, schema, depth):
        low, high = schema.get("minimum", -5), schema.get("maximum", 5000)
        if self.odd():
            return self.random.choice([low - 1, high + 1, *NUMBERS])
        return self.random.choice([low, high, self.random.randint(low, high)])

    def a_number(self, schema, depth):
        return self.random.choice(NUMBERS)

    def a_string(self, schema, depth):
        if self.odd():
            return self.random.choice(ODD_TEXTS)
        most = schema.get("maxLength", 300)
        if "pattern" in schema:
            fit = [text for text in TEXTS
                   if re.search(schema["pattern"], text)]
            return self.random.choice(fit or TEXTS)
        length = self.random.choice([0, 1, 5, most, most + self.odd()])
        return self.random.choice("aZ9 é€\U0001f600") * min(length, 5000)

    def a_array(self, schema, depth):
        most = schema.get("maxItems", 50)
        count = self.random.choice([0, 1, 1, 2, 3])
        if self.odd():
            count = self.random.choice([most, most + 1])
        return [self.value(schema.get("items", {}), depth + 1)
                for _ in range(count)]

    def a_object(self, schema, depth):
        names = list(schema.get("properties", {}))
        wanted = set(schema.get("required", []))
        if schema.get("maxProperties") == 1:
            wanted = {self.random.choice(names)} if names else wanted
        elif names:
            wanted |= set(self.random.sample(
                names, self.random.randint(0, min(len(names), 12))))
        found = {name: self.value(schema["properties"][name], depth + 1)
                 for name in names if name in wanted and not self.odd()}
        if self.odd():
            name = self.random.choice(["", "x", "__proto__", "type ", "id"])
            found[name] = self.nested(self.random.choice([1, 3, 100]))
        return found

    def nested(self, depth):
        value = self.random.choice(OTHERS)
        for _ in range(depth):
            value = [value] if self.random.random() < 0.5 else {"x": value}
        return value
