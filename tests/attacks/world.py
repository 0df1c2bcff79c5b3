# SPDX-License-Identifier: Apache-2.0
"""What an attacked service has, and what an attack may not change."""

import os
import pathlib
import re

import table
from harness import envelope
from images import TYPE, form, part, png

TICK = os.sysconf("SC_CLK_TCK")


class World:
    """A service with the contacts that the marks of the tables stand for."""

    def __init__(self, service):
        self.service = service
        self.api = service.api().login_with_key()
        self.other = service.api("OTHER_").login_with_key()
        self.values = {table.TOKEN: self.api.token,
                       table.LOW: self.other.token}
        self.make_contacts()
        self.secrets = [self.api.token, self.other.token,
                        service.env["API_KEY"], service.env["OTHER_API_KEY"],
                        database_password(service)]
        self.tables = [row["name"] for row in service.db.rows(
            "SELECT table_name AS name FROM information_schema.tables WHERE"
            " table_schema = 'contactinfo' AND table_type = 'BASE TABLE'")]
        self.checksums = self.sums()
        self.children = self.pids()
        self.log_end = self.log_size()

    def make_contacts(self):
        plain = self.made(self.api)
        pictured, photo, element = self.with_photo(self.api)
        uploaded = self.with_photo(self.api)[0]
        foreign, foreign_photo, foreign_element = self.with_photo(self.other)
        twins = plain[::-1]
        for _ in range(2):
            self.made(self.api, demographics={"id_number": twins})
        self.values.update({
            table.PLAIN: plain, table.TWINS: twins, table.PICTURED: pictured,
            table.UPLOADED: uploaded, table.FILE: photo,
            table.ELEMENT: element, table.FOREIGN: foreign,
            table.FOREIGN_FILE: foreign_photo,
            table.FOREIGN_ELEMENT: foreign_element})
        assert set(self.values) == set(table.MARKS)
        assert {len(value) for value in self.values.values()} == {32}

    @staticmethod
    def made(api, **more):
        body = table.person(**more)
        return envelope(api.post("contact_information/create", body))["id"]

    def with_photo(self, api):
        contact = self.made(api, address_set=[
            {"type": "HOME", "street_name": "A"}])
        answer = api.http.post(
            "contact_information/profile_photo/add", headers={
                "Content-Type": TYPE}, content=form(
                    part("token", api.token),
                    part(table.WHICH, f"id={contact}"),
                    part("file", png(1000), "a.png")))
        photo = envelope(answer)["file_content_url"].partition("id=")[2]
        return contact, photo, api.show(contact)["addresses_set"][0]["id"]

    def put_in(self, data):
        for mark, value in self.values.items():
            data = data.replace(mark.encode(), value.encode())
        return data

    def is_pictured(self, data):
        """The contact PICTURED is what it was."""
        assert data["id"] == self.values[table.PICTURED]
        assert (data["name"], data["life_cycle_state"]) == ("At Tack",
                                                            "MARKETING")
        log = data["log_information"]
        assert log["created_date"] > "2000" and data["notes"] is None

    # --- what is looked at after each row ----------------------------------

    def sums(self):
        return self.service.db.rows("CHECKSUM TABLE "
                                    + ", ".join(self.tables))

    def changed(self):
        """The tables that are not what they were when last asked."""
        before, self.checksums = self.checksums, self.sums()
        return {new["Table"].partition(".")[2] for old, new
                in zip(before, self.checksums) if old != new}

    def forget(self):
        """Do not hold against the next row what this one has done."""
        self.changed()
        self.log_lines()
        self.children = self.pids()

    def pids(self):
        return set(self.service.children())

    def seconds(self):
        """Processor time of all children."""
        ticks = 0
        for pid in self.children:
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
            ticks += sum(map(int, stat.rpartition(")")[2].split()[11:13]))
        return ticks / TICK

    def memory(self):
        """Resident memory of all children, in KiB."""
        return sum(int(re.search(
            r"VmRSS:\s+(\d+)",
            pathlib.Path(f"/proc/{pid}/status").read_text())[1])
            for pid in self.children)

    def log_size(self):
        return self.service.log.path.stat().st_size

    def log_lines(self):
        """New bytes of the error log, without the line ends."""
        with self.service.log.path.open("rb") as file:
            file.seek(self.log_end)
            text = file.read()
        self.log_end += len(text)
        return text.split(b"\n")[:-1]


def database_password(service):
    text = pathlib.Path(service.env["DB_OPTION_FILE"]).read_text()
    return re.search(r"^password=(.+)$", text, re.M)[1]
