"""The files for Prometheus and Grafana: each query can be read, each alert says what to do, limits are of status."""

import re
from typing import Any

import promql_parser
import pytest
import yaml

from deploy.status import problems
from shared.readings.rows import READ_WITHIN
from tests.monitoring import ADDED, FOLDER, alerts, panels, queries, selectors

ROOT = FOLDER.parent.parent
LIMITS = {
    "AlongsideStepsWait": problems.BACKLOG_SECONDS,
    "AlongsideOutboxNotDraining": problems.OUTBOX_AGE.total_seconds(),
    "AlongsideEventsNotHeard": problems.LAG,
    "AlongsideMailboxFailing": problems.TAKEN_IN.total_seconds(),
    "AlongsideEmailsInFolder": problems.TAKEN_IN.total_seconds(),
    "AlongsideMailsUnread": READ_WITHIN,
    "AlongsideDiskNearlyFull": problems.FREE_PERCENT,
    "AlongsideBackupOld": problems.BACKUP_AGE.total_seconds(),
}


@pytest.mark.parametrize(("where", "query"), queries().items(), ids=[*queries()])
def test_every_query_can_be_read_and_names_a_metric(where: str, query: str) -> None:
    assert selectors(query), where


@pytest.mark.parametrize("query", ["sum by (", "rate(alongside_requests_total)", "alongside_ready{", "nothing(1)"])
def test_a_query_that_prometheus_refuses_is_refused_here(query: str) -> None:
    with pytest.raises(ValueError):
        selectors(query)


@pytest.mark.parametrize("rule", alerts(), ids=[one["alert"] for one in alerts()])
def test_every_alert_says_what_to_do_and_where_it_is_written(rule: dict[str, Any]) -> None:
    said = rule["annotations"]
    assert rule["labels"]["severity"] in ("page", "ticket") and re.fullmatch(r"\d+[mh]", rule["for"])
    assert said["summary"].strip() and said["description"].strip()
    file, _, section = said["runbook"].partition("#")
    titles = re.findall(r"^## (.+)$", (ROOT / file).read_text(), re.M)
    assert section in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    labels = {name for one in selectors(rule["expr"]) for name in one.labels} | ADDED
    assert set(re.findall(r"\$labels\.(\w+)", str(said))) <= labels
    commands = re.findall(r"`alongside ([a-z-]+)", str(said))
    assert all((ROOT / "deploy" / "cli" / f"{name.replace('-', '_')}.py").is_file() for name in commands)


@pytest.mark.parametrize(("alert", "limit"), LIMITS.items())
def test_an_alert_has_the_limit_of_status(alert: str, limit: float) -> None:
    [rule] = [one for one in alerts() if one["alert"] == alert]
    numbers: list[float] = []

    def note(node: Any) -> None:
        if isinstance(node, promql_parser.NumberLiteral):
            numbers.append(node.val)

    promql_parser.walk(promql_parser.parse(rule["expr"]), pre_visit=note)
    assert limit in numbers
    if alert == "AlongsideDiskNearlyFull":
        assert problems.FREE_BYTES in numbers


def test_no_alert_and_no_panel_stands_twice() -> None:
    assert len({one["alert"] for one in alerts()}) == len(alerts()) >= 30
    assert len({one["id"] for one in panels()}) == len(panels()) >= 25
    assert {one["datasource"]["uid"] for one in panels()} == {"${datasource}"}


def test_prometheus_asks_each_process_where_the_containers_answer() -> None:
    asked = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    jobs = {one["job_name"]: one["static_configs"][0]["targets"] for one in asked["scrape_configs"]}
    assert jobs.keys() == {"console", "intake", "casework", "referrals", "worker"}
    for name, [target] in jobs.items():
        host, _, port = target.partition(":")
        environment = compose[name]["environment"]
        assert (environment["ALONGSIDE_METRICS_HOST"], environment["ALONGSIDE_METRICS_PORT"]) == (host, int(port))
        # The name leads to the inner network alone, and the port is not published.
        assert [net for net, how in compose[name]["networks"].items() if host in how.get("aliases", ())] == ["back"]
        assert not any(port in published for published in compose[name].get("ports", ()))
    assert asked["rule_files"] == ["alerts.yml"]
