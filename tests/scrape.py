"""What `/metrics` says, by name and labels."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True)
class Series:
    """One series: its name, labels and value."""

    name: str
    labels: Mapping[str, str]
    value: float


def series(text: str) -> list[Series]:
    """Read the form of Prometheus as it does."""
    families = text_string_to_metric_families(text)
    return [Series(one.name, one.labels, one.value) for family in families for one in family.samples]


def value(found: list[Series], name: str, **labels: str) -> float | None:
    """Return the value of the one series with these labels; None when there is none."""
    values = [one.value for one in found if one.name == name and labels.items() <= one.labels.items()]
    assert len(values) <= 1, f"{name} {labels} is not one series"
    return values[0] if values else None


async def scraped(port: int) -> list[Series]:
    """Ask a process."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        answer = (await client.get(f"http://127.0.0.1:{port}/metrics")).raise_for_status()
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return series(answer.text)
