"""The process of a service knows every table of it, though no list names them."""

import subprocess
import sys

CODE = """
from importlib import import_module
for service in ("intake", "casework", "referrals", "console"):
    import_module(f"services.{service}.app")
    known = set(import_module(f"services.{service}.base").Base.metadata.tables)
    from tests.tables import base_of
    assert known and known == set(base_of(service).metadata.tables), service
"""


def test_a_process_imports_every_table_of_its_service() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
