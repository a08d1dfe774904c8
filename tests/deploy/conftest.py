"""What tests of the deployment start, starts on folders in memory, which are gone with the test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.folders import new_folder


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In place of pytest's own, which lies on the disk: there a new cluster waits for all that others have written."""
    folder = new_folder("alongside-deploy-")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
