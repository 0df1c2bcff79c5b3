# SPDX-License-Identifier: Apache-2.0
"""A pytest plugin: every service of the integration tests made another way,
as FAULTS_VARIANT says."""

import os
import pathlib

from harness import Service
from site_under_test import put_between

PLAIN_INIT, PLAIN_START, PLAIN_CLEAN = (
    Service.__init__, Service.start, Service.clean)


def small(self, folder, extra_conf="", *more, **named):
    PLAIN_INIT(self, folder, "ContactInfoDBPool max=1 wait=5s\n" + extra_conf,
               *more, **named)


def swapped(self):
    """Start; the first time, put a swapping proxy before the database."""
    PLAIN_START(self)
    if not hasattr(self, "proxy"):
        self.proxy = put_between(self)
        self.proxy.set(swap=True)
        self.kill("HTTPD", 15)
        PLAIN_START(self)
    return self


def clean(self):
    PLAIN_CLEAN(self)
    assert self.proxy.swaps > 0
    self.proxy.close()


def attached(self, folder, *_, **__):
    """Not one of its own: the one that is there."""
    PLAIN_INIT(self, folder, port=int(os.environ["FAULTS_PORT"]), kind="")
    self.run_dir = pathlib.Path(os.environ["FAULTS_RUN_DIR"])


def join(self):
    """What was logged before is nobody's business."""
    self.attach()
    self.log.new_lines()
    return self


VARIANT = os.environ["FAULTS_VARIANT"]
if VARIANT == "one_connection":
    Service.__init__ = small
elif VARIANT == "swapped":
    Service.start = swapped
    Service.clean = clean
else:
    assert VARIANT == "attached"
    Service.__init__ = attached
    Service.start = join
    Service.clean = Service.complaints
