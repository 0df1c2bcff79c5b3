# SPDX-License-Identifier: Apache-2.0
"""Answers of the database that are not what they should be.

Damage     changes what the server says of the statements that read a table;
           a Trouble of the proxy
Column     a column as its definition describes it
split_row  the values of a row of a prepared statement, and back
"""

import collections
import dataclasses
import struct

from packets import EXECUTE, PREPARE, command, is_ok, statement, text
from rogue import packet

SIZES = {1: 1, 2: 2, 3: 4, 4: 4, 5: 8, 8: 8, 9: 4, 13: 2}
TIMES = (7, 10, 11, 12)


@dataclasses.dataclass
class Column:
    name: str
    type: int

    @classmethod
    def of(cls, definition):
        """Its names are catalogue, schema, table, table, column, column."""
        body, names = definition[4:], []
        while len(names) < 6:
            names.append(body[1:1 + body[0]].decode())
            body = body[1 + body[0]:]
        return cls(names[4], definition[-6])

    @property
    def has_length(self):
        return self.type not in SIZES


def length_of(data):
    """A length-encoded number, and how many bytes it takes."""
    more = {0xfc: 2, 0xfd: 3, 0xfe: 8}.get(data[0])
    if more is None:
        return data[0], 1
    return int.from_bytes(data[1:1 + more], "little"), 1 + more


def with_length(value, length=None):
    """Bytes with the length before them, or with another one."""
    length = len(value) if length is None else length
    if length < 251:
        return bytes([length]) + value
    return b"\xfe" + length.to_bytes(8, "little") + value


def split_row(row, columns):
    """What stands in a row for each column, None for NULL; with its length,
    where it has one."""
    body = row[4:]
    nulls = int.from_bytes(body[1:1 + (len(columns) + 9) // 8], "little") >> 2
    data, values = body[1 + (len(columns) + 9) // 8:], []
    for place, column in enumerate(columns):
        if nulls >> place & 1:
            values.append(None)
            continue
        size = (SIZES[column.type] if not column.has_length
                else sum(length_of(data)))
        values.append(data[:size])
        data = data[size:]
    return values


def join_row(row, values):
    nulls = sum(4 << place for place, value in enumerate(values)
                if value is None)
    size = (len(values) + 9) // 8
    return packet(row[3], b"\0" + nulls.to_bytes(size, "little") + b"".join(
        value for value in values if value is not None))


def retyped(definition, kind):
    return definition[:-6] + bytes([kind]) + definition[-5:]


@dataclasses.dataclass
class State:
    """What is known of one session."""

    # number of a statement -> its columns
    statements: dict = dataclasses.field(default_factory=dict)
    aimed: bool = False  # its command is for one of them
    inserted: int = 0    # packets in the answer to that command
    params: int = 0
    fields: int = 0
    columns: list = dataclasses.field(default_factory=list)


class Damage:
    """For the statements that have these words in their text.

    prepare, count, definition and row change what their name says; each is a
    function of the packet and, of a definition, its place, of a row, its
    columns. What returns a list inserts packets.
    """

    def __init__(self, words, **changes):
        self.words = words.upper()
        self.changes = changes
        self.states = collections.defaultdict(State)
        self.done = 0

    def trouble(self):
        return {"rewrite": self.from_server,
                "rewrite_client": self.from_client}

    def from_client(self, session, data):
        state, kind = self.states[session], command(data)
        state.inserted = 0
        state.aimed = session.ready and (
            kind == PREPARE and self.words in text(data)
            or kind == EXECUTE and statement(data) in state.statements)
        if state.aimed and kind == EXECUTE:
            state.columns = state.statements[statement(data)]
        return data

    def from_server(self, session, data):
        state = self.states[session]
        if not state.aimed:
            return data
        if session.last == PREPARE:
            name, argument = self.part_of_prepare(state, session.place, data)
        else:
            name, argument = self.part_of_execute(state, session.place, data)
        changed = self.change(name, argument, data)
        first = data[3] + state.inserted
        state.inserted += len(changed) - 1
        return b"".join(one[:3] + bytes([(first + i) % 256]) + one[4:]
                        for i, one in enumerate(changed))

    def change(self, name, argument, data):
        changed = data
        if name in self.changes:
            changed = self.changes[name](data, argument)
            self.done += changed != data
        return changed if isinstance(changed, list) else [changed]

    def part_of_prepare(self, state, place, data):
        """The head, the parameters and their end, the columns and theirs."""
        if place == 1:
            assert is_ok(data), data
            state.columns = state.statements[statement(data)] = []
            state.fields, state.params = struct.unpack("<HH", data[9:13])
            return "prepare", None
        first = 2 + state.params + bool(state.params)
        if 0 <= place - first < state.fields:
            state.columns.append(Column.of(data))
            return "definition", place - first
        return "", None

    def part_of_execute(self, state, place, data):
        """The number of columns, the columns unless they are known from the
        prepare, the end of the columns, the rows."""
        if place == 1:
            is_count = data[4] not in (0, 0xff)
            state.fields = data[4] if is_count and data[5:6] != b"\0" else 0
            return "count" if is_count else "", None
        if place <= state.fields + 1:
            return "definition", place - 2
        if place > state.fields + 2 and data[4] == 0:
            return "row", state.columns
        return "", None
