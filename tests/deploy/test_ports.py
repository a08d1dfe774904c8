"""Free ports: two stacks that start at the same time never choose the same ones."""

import json
import subprocess
import sys
from dataclasses import asdict

from deploy.ports import Ports, is_free

CHOOSE = """if 1:
    import json, sys
    from dataclasses import asdict
    from deploy.ports import Ports
    print(json.dumps([asdict(Ports.free()) for _ in range(20)]), flush=True)
    sys.stdin.read()
"""


def test_processes_that_choose_at_once_choose_apart() -> None:
    """None of the ports is in use yet: that they are free says nothing."""
    choosing = [
        subprocess.Popen([sys.executable, "-c", CHOOSE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    chosen: list[set[int]] = []
    for process in choosing:
        assert process.stdout is not None
        chosen.append({port for ports in json.loads(process.stdout.readline()) for port in ports.values()})
    chosen.append({port for _ in range(20) for port in asdict(Ports.free()).values()})
    for process in choosing:
        process.communicate()
    assert sum(len(ports) for ports in chosen) == len(set.union(*chosen))


def test_a_process_chooses_the_same_again_only_after_all_its_others() -> None:
    six = [asdict(Ports.free()) for _ in range(6)]
    ports = [port for each in six for port in each.values()]
    assert len(ports) == len(set(ports)) and all(is_free(port) for port in ports)
