"""The manifests fit Kubernetes' own schemas, and guard what they run."""

from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from signals.config import load_config
from signals.pack.compile import open_pack
from tests.deploy.places import DEPLOY, MANIFESTS

FOLDER = DEPLOY / "kubernetes"
KUSTOMIZATION: dict[str, Any] = yaml.safe_load((FOLDER / "kustomization.yaml").read_text("utf-8"))


def resources() -> list[dict[str, Any]]:
    files = [FOLDER / name for name in KUSTOMIZATION["resources"]]
    return [document for file in files for document in yaml.safe_load_all(file.read_text("utf-8"))]


def pods() -> Iterator[dict[str, Any]]:
    for resource in resources():
        if "template" in resource.get("spec", {}):
            yield resource["spec"]["template"]["spec"]


@pytest.mark.parametrize("version", ["1.30", "1.37"])
@pytest.mark.parametrize(
    "resource", resources(), ids=lambda resource: f"{resource['kind']} {resource['metadata']['name']}"
)
def test_the_resource_fits_the_schema(resource: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(resource, version, strict=True)


def test_every_manifest_is_applied() -> None:
    generated = {name for one in KUSTOMIZATION["configMapGenerator"] for name in one["files"]}
    assert {path.name for path in MANIFESTS} == {*KUSTOMIZATION["resources"], *generated, "kustomization.yaml"}


def test_containers_may_do_nothing_that_they_need_not() -> None:
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not pod["automountServiceAccountToken"]
        for container in pod["containers"]:
            context = container["securityContext"]
            assert (context["allowPrivilegeEscalation"], context["readOnlyRootFilesystem"]) == (False, True)
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert "memory" in container["resources"]["limits"]


def test_what_serves_has_probes_on_paths_that_are_answered(source: str) -> None:
    for pod in pods():
        if pod.get("restartPolicy") == "OnFailure":
            continue
        for container in pod["containers"]:
            for probe in ("livenessProbe", "readinessProbe"):
                assert f'"{container[probe]["httpGet"]["path"]}"' in source


@pytest.fixture
def source() -> str:
    """The program's text where it answers probes."""
    streams = DEPLOY.parent / "streams"
    return (streams / "cluster" / "web.py").read_text() + (streams / "api" / "health.py").read_text()


def test_no_secret_is_in_a_manifest() -> None:
    assert not [resource for resource in resources() if resource["kind"] == "Secret"]
    secret = ("PASSWORD", "TOKEN", "KEYS", "REDIS_URL")
    for pod in pods():
        for variable in (one for container in pod["containers"] for one in container.get("env", [])):
            assert not variable["name"].endswith(secret), variable["name"]


def test_workers_never_outnumber_partitions() -> None:
    by_name = {(one["kind"], one["metadata"]["name"]): one for one in resources()}
    partitions = int(by_name["ConfigMap", "signals-settings"]["data"]["SIGNALS_PARTITIONS"])
    assert by_name["HorizontalPodAutoscaler", "worker"]["spec"]["maxReplicas"] <= partitions


def test_who_compares_packs_has_the_workers_configuration() -> None:
    kubernetes = (DEPLOY / "kubernetes" / "api.yaml").read_text()
    unit = (DEPLOY / "systemd" / "signals-api.service").read_text()
    compose = (DEPLOY / "compose.yaml").read_text()
    assert "[api, --config, /etc/signals/config.yaml]" in kubernetes
    assert "[api, --config, /etc/signals/config.yaml]" in compose
    assert "signals api --config /etc/signals/config.yaml" in unit


def test_the_configuration_and_its_pack_can_be_used() -> None:
    assert open_pack(load_config(FOLDER / "config.yaml")).triggers


def test_how_many_there_are_is_said_by_who_scales_them_alone() -> None:
    """``kubectl apply`` would set the number back each time."""
    scaled = {one["spec"]["scaleTargetRef"]["name"] for one in resources() if one["kind"] == "HorizontalPodAutoscaler"}
    assert scaled == {"worker", "api"}
    told = {one["metadata"]["name"] for one in resources() if "replicas" in one.get("spec", {})}
    assert not scaled & told
