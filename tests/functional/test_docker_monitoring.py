"""Alerts, targets and dashboard of docker/: every series, label and reason that they name exists."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from exchange.clocks.metrics import DueMetrics
from exchange.metrics import CallMetrics, CommitMetrics, LogMetrics, ProcessMetrics, PublicMetrics, PublisherMetrics
from exchange.publishing.metrics import LagMetrics, WitnessMetrics
from exchange.reasons import Reason
from tests.fakes.docker_files import COMPOSE, DOCKER, ENVOY_METRICS, service, sources


def exported() -> dict[str, set[str]]:
    """Every series that a hub exports, with its labels."""
    registry = CollectorRegistry()
    CallMetrics(registry, ["m"])
    CommitMetrics(registry)
    LogMetrics(registry)
    LagMetrics(registry)
    WitnessMetrics(registry)
    ProcessMetrics(registry)
    PublisherMetrics(registry, ["t"])
    PublisherMetrics(registry, ["t"], "events")
    DueMetrics(registry)
    PublicMetrics(registry, ["p"])
    found = {"up": {"service", "instance"}}
    for collector in {*registry._names_to_collectors.values()}:
        (family,) = collector.collect()
        suffixes = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}[family.type]
        for suffix in suffixes:
            labels = {*collector._labelnames, "service", "instance"} | ({"le"} if suffix == "_bucket" else set())
            found[f"{family.name}{suffix}"] = labels
    return found | {name: {"envoy_cluster_name"} for name in ENVOY_METRICS}


def expressions() -> Iterator[tuple[str, str]]:
    for group in yaml.safe_load((DOCKER / "prometheus" / "alerts.yml").read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCKER / "grafana" / "dashboards" / "onceonly.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize(("place", "expression"), [pytest.param(*each, id=each[0]) for each in expressions()])
def test_every_metric_label_and_reason_exists(place: str, expression: str) -> None:
    series = exported()
    names = set(re.findall(r"\b(?:onceonly|envoy)_[a-z_]+|\bup\b", re.sub(r'"[^"]*"|\{[^}]*\}', "", expression)))
    assert names, place
    assert names <= series.keys(), names - series.keys()
    grouped = {label.strip() for by in re.findall(r"by \(([^)]*)\)", expression) for label in by.split(",")}
    matched = re.findall(r'([a-z_]+)(=~|!=|!~|=)"([^"]*)"', expression)
    allowed = set.union(*(series[name] for name in names))
    assert grouped | {label for label, _, _ in matched} <= allowed, place
    for label, _, value in matched:
        if label == "reason":
            assert set(value.split("|")) <= {*(each.value for each in Reason), "OK", "other"}, value
    opened = [expression.count(bracket) for bracket in "()[]{}"]
    assert opened[::2] == opened[1::2]


def test_alerts_have_names_severities_and_sentences() -> None:
    rules = [
        rule
        for group in yaml.safe_load((DOCKER / "prometheus" / "alerts.yml").read_text("utf-8"))["groups"]
        for rule in group["rules"]
    ]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"].keys() == {"severity"}
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"].endswith(".")
        labels = set(re.findall(r"\$labels\.([a-z_]+)", rule["annotations"]["summary"]))
        by = {each.strip() for found in re.findall(r"by \(([^)]*)\)", rule["expr"]) for each in found.split(",")}
        assert labels <= (by or {"instance", "service"})


@pytest.mark.parametrize("file", COMPOSE)
def test_prometheus_reads_every_hub(file: str) -> None:
    content = COMPOSE[file]
    mounted = {
        Path(content["configs"][each]["file"]).name for each in sources(content["services"]["prometheus"]["configs"])
    }
    (targets,) = mounted & {"one.yml", "several.yml"}
    lines = yaml.safe_load((DOCKER / "prometheus" / "targets" / targets).read_text("utf-8"))
    hubs = {name for name in content["services"] if name.startswith("hub")}
    others = {"envoy"} & set(content["services"])
    assert {target.split(":")[0] for each in lines for target in each["targets"]} == hubs | others
    for name in hubs | others:
        assert "monitoring" in content["services"][name]["networks"]


def test_the_dashboard_is_whole() -> None:
    found = dashboard()
    assert (found["uid"], found["editable"]) == ("onceonly", False)
    panels = found["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    places = set()
    for panel in panels:
        assert panel["title"]
        assert panel["description"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "prometheus"}
        assert all(target["expr"] and target["refId"] for target in panel["targets"])
        at = panel["gridPos"]
        cells = set(itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])))
        assert at["x"] + at["w"] <= 24
        assert places.isdisjoint(cells)
        places |= cells
    drawn = "".join(target["expr"] for panel in panels for target in panel["targets"])
    missing = {name for name in exported() if name.startswith("onceonly_") and not name.endswith(("_sum", "_count"))}
    assert {name for name in missing if name not in drawn} == set()
    provisioning = DOCKER / "grafana" / "provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text("utf-8"))["datasources"]
    assert (source["uid"], source["url"]) == ("prometheus", "http://prometheus:9090")
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "onceonly.yml").read_text("utf-8"))["providers"]
    targets = {each["target"] for each in service("compose.yaml", "grafana")["configs"]}
    assert f"{provider['options']['path']}/onceonly.json" in targets
