# SPDX-License-Identifier: Apache-2.0
"""The fixtures of the integration tests, for a service of its own."""

import importlib.util
import pathlib
import sys

INTEGRATION = pathlib.Path(__file__).resolve().parents[1] / "integration"
sys.path.append(str(INTEGRATION))
SPEC = importlib.util.spec_from_file_location("integration_fixtures",
                                              INTEGRATION / "conftest.py")
fixtures = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(fixtures)

service = fixtures.service
fresh = fixtures.fresh
api = fixtures.api
other = fixtures.other
quiet_log = fixtures.quiet_log
