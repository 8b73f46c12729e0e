"""What a cluster is given: complete, closed, and saying only what the programs understand."""

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate.utils import SchemaNotFoundError
from manifest_world import (
    OVERLAYS,
    SERVERS,
    SERVICES,
    WITH_DATABASE,
    chain,
    containers,
    decoded,
    given,
    matches,
    of_kind,
    pods,
    project_version,
    rendered,
    service_of,
)
from settings_world import PACKAGES, read_by, variables, without_default

from loa import manifests
from loa.front_door.doors import DOORS
from loa.place import ROOT

pytestmark = pytest.mark.parametrize("overlay", OVERLAYS)

# Without a default, and yet not for everybody.
NOT_NEEDED = {
    "org": {"LOA_STORAGE_URL"},  # keeps no files
    # Nor gives out passports; what a release is computed from is kept by nobody who did not decide to.
    "survey": {"LOA_STORAGE_URL", "LOA_PASSPORT_PRIVATE_KEY", "LOA_INTERNAL_KEY", "LOA_RELEASE_WORKINGS"},
    # Files from a host of their own (components/files-origin), and a scanner of files, are for who has them.
    "media-archive": {"LOA_PASSPORT_PRIVATE_KEY", "LOA_INTERNAL_KEY", "LOA_FILES_URL", "LOA_CLAMD_ADDRESS"},
    # Said by the provider's discovery document; the system's certificate authorities; every document is served.
    "gateway": {
        "LOA_OIDC_JWKS_URL",
        "LOA_OIDC_TOKEN_URL",
        "LOA_OIDC_AUTHORIZE_URL",
        "LOA_OIDC_CA_FILE",
        "LOA_TRUSTED_DOCUMENTS",
    },
}
# The object store's own variables.
STORAGE = {"AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
# Told to everybody, understood by those who verify passports.
SHARED = {"LOA_PASSPORT_PUBLIC_KEY"}
PASSWORD = "x" * 40


def ours(overlay: str) -> dict[str, dict[str, object]]:
    return {name: pod for name, pod in pods(overlay).items() if name not in SERVERS}


def test_every_object_fits_the_schema_of_its_kind(overlay):
    unknown = set()
    for each in rendered(overlay):
        try:
            kubernetes_validate.validate(each, manifests.API_VERSION, strict=True)
        except SchemaNotFoundError:
            unknown.add((each["apiVersion"], each["kind"]))
    assert unknown == {("traefik.io/v1alpha1", "Middleware")}


def test_everything_that_exists_runs(overlay):
    webs = {f"{service}-web" for service in SERVICES}
    workers = {f"{service}-worker" for service in WITH_DATABASE}
    assert set(of_kind(overlay, "Deployment")) == webs | workers
    assert set(of_kind(overlay, "Job")) == {f"{service}-migrate" for service in WITH_DATABASE}
    assert set(of_kind(overlay, "Service")) - set(SERVERS) == webs
    assert set(of_kind(overlay, "HorizontalPodAutoscaler")) == webs
    assert set(of_kind(overlay, "PodDisruptionBudget")) == webs
    assert set(of_kind(overlay, "ServiceAccount")) == {f"{service}-pods" for service in SERVICES}


def test_every_container_does_what_its_name_says(overlay):
    for name, container in containers(overlay):
        if name not in SERVERS:
            role = name.rpartition("-")[2]
            assert (container["name"], container["args"], container.get("command")) == (role, [role], None)


def test_all_is_in_one_namespace_that_admits_only_restricted_pods(overlay):
    (namespace,) = of_kind(overlay, "Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    others = [each for each in rendered(overlay) if each["kind"] != "Namespace"]
    assert {each["metadata"]["namespace"] for each in others} == {namespace["metadata"]["name"]}


def test_no_pod_runs_as_root_or_holds_a_key_to_the_cluster(overlay):
    for name, pod in pods(overlay).items():
        user = 999 if name in SERVERS else 10001
        assert pod["spec"]["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": user,
            "fsGroup": user,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        }, name
        assert pod["spec"]["automountServiceAccountToken"] is False, name
        assert pod["spec"]["enableServiceLinks"] is False, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod["spec"].keys(), name
    for account in of_kind(overlay, "ServiceAccount").values():
        assert account["automountServiceAccountToken"] is False


def test_no_container_can_gain_rights_or_write_to_its_own_files(overlay):
    for name, container in containers(overlay):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name


def test_every_container_has_requests_and_limits(overlay):
    for name, container in containers(overlay):
        for bound in ("requests", "limits"):
            assert {"cpu", "memory"} <= container["resources"][bound].keys(), (name, bound)


def test_scratch_space_is_bounded(overlay):
    for name, pod in pods(overlay).items():
        for volume in pod["spec"].get("volumes", []):
            if "emptyDir" in volume:
                assert volume["emptyDir"].get("sizeLimit"), (name, volume["name"])


def test_every_web_is_probed_and_ends_in_order(overlay):
    for service in SERVICES:
        pod = pods(overlay)[f"{service}-web"]
        (web,) = pod["spec"]["containers"]
        asked = {probe: web[f"{probe}Probe"]["httpGet"] for probe in ("startup", "liveness", "readiness")}
        assert asked == {
            "startup": {"path": "/healthz", "port": "http"},
            "liveness": {"path": "/healthz", "port": "http"},
            "readiness": {"path": "/readyz", "port": "http"},
        }
        assert web["ports"] == [{"name": "http", "containerPort": 8000}]
        assert web["lifecycle"] == {"preStop": {"sleep": {"seconds": 5}}}
        # What deploy/container/run gives requests that are under way, after the pause.
        assert pod["spec"]["terminationGracePeriodSeconds"] > 5 + 20


def test_pods_of_one_part_are_spread(overlay):
    for name, deployment in of_kind(overlay, "Deployment").items():
        pod = deployment["spec"]["template"]
        rules = pod["spec"]["topologySpreadConstraints"]
        assert [rule["topologyKey"] for rule in rules] == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
        assert all(
            rule["labelSelector"]["matchLabels"] == deployment["spec"]["selector"]["matchLabels"] for rule in rules
        ), name


def test_images_are_named_by_version(overlay):
    folders = {"org": "org", "survey": "survey", "media-archive": "media_archive", "gateway": "gateway"}
    for name, container in containers(overlay):
        image, _, tag = container["image"].rpartition(":")
        if name in SERVERS:
            assert image, name
            assert tag not in ("", "latest"), name
        else:
            service = service_of(pods(overlay)[name])
            assert image.rpartition("loa/")[2] == service
            assert tag == project_version(PACKAGES[folders[service]])


def test_every_reference_leads_somewhere(overlay):
    for name, pod in pods(overlay).items():
        for source in pod["spec"]["containers"][0].get("envFrom", []):
            kind = "ConfigMap" if "configMapRef" in source else "Secret"
            (reference,) = source.values()
            assert reference["name"] in of_kind(overlay, kind), name
        if "serviceAccountName" in pod["spec"]:
            assert pod["spec"]["serviceAccountName"] in of_kind(overlay, "ServiceAccount")
        for volume in pod["spec"].get("volumes", []):
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in of_kind(overlay, "PersistentVolumeClaim")
            if "configMap" in volume:
                assert volume["configMap"]["name"] in of_kind(overlay, "ConfigMap")
    for ingress in of_kind(overlay, "Ingress").values():
        for path in ingress["spec"]["rules"][0]["http"]["paths"]:
            assert path["backend"]["service"]["name"] in of_kind(overlay, "Service")
    for scaler in of_kind(overlay, "HorizontalPodAutoscaler").values():
        assert scaler["spec"]["scaleTargetRef"]["name"] in of_kind(overlay, "Deployment")


def test_services_and_budgets_select_their_own_web_and_nothing_else(overlay):
    for service in SERVICES:
        name = f"{service}-web"
        reached = of_kind(overlay, "Service")[name]["spec"]["selector"]
        guarded = of_kind(overlay, "PodDisruptionBudget")[name]["spec"]["selector"]["matchLabels"]
        for selector in (reached, guarded):
            assert [each for each, pod in pods(overlay).items() if matches(selector, pod)] == [name]


def test_every_pod_is_closed_both_ways_but_for_what_it_needs(overlay):
    policies = of_kind(overlay, "NetworkPolicy")
    for name, pod in ours(overlay).items():
        closed = policies[f"{service_of(pod)}-closed"]["spec"]
        assert matches(closed["podSelector"]["matchLabels"], pod), name
        assert (closed["policyTypes"], closed.get("ingress", [])) == (["Ingress", "Egress"], [])
        assert [entry["port"] for rule in closed["egress"] for entry in rule["ports"]] == [53, 53, 5432, 6379]
    for service in SERVICES:
        opened = policies[f"{service}-web"]["spec"]
        assert [each for each, pod in pods(overlay).items() if matches(opened["podSelector"]["matchLabels"], pod)] == [
            f"{service}-web"
        ]
        assert opened["ingress"] == [
            {
                "from": [
                    {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "traefik"}}},
                    {
                        "podSelector": {
                            "matchExpressions": [
                                {"key": "app.kubernetes.io/name", "operator": "In", "values": ["gateway"]}
                            ]
                        }
                    },
                ],
                "ports": [{"protocol": "TCP", "port": "http"}],
            }
        ]


def test_every_variable_is_a_known_setting(overlay):
    for name, pod in ours(overlay).items():
        service = service_of(pod)
        known = variables(read_by(service)).keys() | SHARED | (STORAGE if service == "media-archive" else set())
        assert given(overlay, pod).keys() - known == set(), name


def test_every_setting_without_default_is_given(overlay):
    for name, pod in ours(overlay).items():
        needed = without_default(read_by(service_of(pod))) - NOT_NEEDED[service_of(pod)]
        assert needed - given(overlay, pod).keys() == set(), name


def test_what_need_not_be_given_is_not_given(overlay):
    for name, pod in ours(overlay).items():
        assert given(overlay, pod).keys() & NOT_NEEDED[service_of(pod)] == set(), name


def test_the_programs_accept_what_they_are_told(overlay, monkeypatch):
    for pod in ours(overlay).values():
        with monkeypatch.context() as world:
            for variable, (_, value) in given(overlay, pod).items():
                world.setenv(variable, value.replace("SET_ME", PASSWORD))
            for each in read_by(service_of(pod)):
                told = each()
                assert told.environment == "production"
                if "public_url" in each.model_fields:
                    host = of_kind(overlay, "Ingress")["passport"]["spec"]["rules"][0]["host"]
                    assert told.public_url == f"https://{host}"


def test_each_service_gets_its_own_secrets_and_no_other(overlay):
    for name, pod in ours(overlay).items():
        (source,) = {source for source, _ in given(overlay, pod).values() if source.endswith("-secrets")}
        assert source == f"{service_of(pod)}-secrets", name
    holders = {
        variable: sorted(
            name.rpartition("-secrets")[0]
            for name, each in of_kind(overlay, "Secret").items()
            if variable in each["data"]
        )
        for variable in (
            "LOA_PASSPORT_PRIVATE_KEY",
            "LOA_INTERNAL_KEY",
            "LOA_FILE_URL_KEY",
            "LOA_CREDENTIAL_SECRET",
            "LOA_OIDC_CLIENT_SECRET",
        )
    }
    assert holders == {
        "LOA_PASSPORT_PRIVATE_KEY": ["org"],
        "LOA_INTERNAL_KEY": ["gateway", "org"],
        "LOA_FILE_URL_KEY": ["media-archive"],
        "LOA_CREDENTIAL_SECRET": ["survey"],
        "LOA_OIDC_CLIENT_SECRET": ["gateway"],
    }


def test_no_secret_is_in_the_repository(overlay):
    for name, secret in of_kind(overlay, "Secret").items():
        for variable, value in decoded(secret).items():
            # The small namespace's own Valkey has no password: nobody but its neighbours can reach it.
            assert "SET_ME" in value or value == "redis://valkey:6379/0", (name, variable)
    for each in rendered(overlay):
        assert each["kind"] != "ConfigMap" or "LOA_PASSPORT_PRIVATE_KEY" not in each["data"]


def test_the_doors_are_those_of_the_front_door(overlay):
    open_doors = {
        path["path"]: (path["backend"]["service"]["name"].removesuffix("-web"), name)
        for name, ingress in of_kind(overlay, "Ingress").items()
        for path in ingress["spec"]["rules"][0]["http"]["paths"]
    }
    signing_in = {f"/auth/{page}": ("gateway", "credentials") for page in ("login", "callback", "logout", "me")}
    others = {f"/{segment}": (door.service, door.rule) for segment, door in DOORS.items() if segment != "auth"}
    # Neither /internal nor /auth/check, which tells passports, can be reached from outside.
    assert open_doors == signing_in | others
    exact = {
        path["path"]
        for ingress in of_kind(overlay, "Ingress").values()
        for path in ingress["spec"]["rules"][0]["http"]["paths"]
        if path["pathType"] == "Exact"
    }
    assert exact == signing_in.keys() | {"/graphql"}


def test_a_passport_from_outside_gets_through_no_door(overlay):
    for name, ingress in of_kind(overlay, "Ingress").items():
        first = chain(overlay, ingress)[0]["headers"]
        assert first["customRequestHeaders"]["Loa-Passport"] == "", name
        assert first["customResponseHeaders"]["Loa-Passport"] == "", name


def test_credentials_are_exchanged_for_a_passport_before_a_page_sees_the_request(overlay):
    (namespace,) = of_kind(overlay, "Namespace")
    strip, check, after = chain(overlay, of_kind(overlay, "Ingress")["passport"])
    assert strip["headers"]["customRequestHeaders"] == {"Loa-Passport": ""}
    assert check == {
        "forwardAuth": {
            "address": f"http://gateway-web.{namespace}.svc/auth/check",
            "trustForwardHeader": False,
            # Not X-Original-Method: the gateway would believe it.
            "authRequestHeaders": ["Accept", "Accept-Language", "Authorization", "Cookie", "Origin", "Sec-Fetch-Site"],
            "authResponseHeaders": ["Loa-Passport"],
        }
    }
    assert after["headers"]["customRequestHeaders"] == {"Authorization": ""}


def test_nothing_that_tells_who_it_is_reaches_a_form(overlay):
    ingress = of_kind(overlay, "Ingress")["anonymous"]
    (nobody,) = chain(overlay, ingress)
    assert nobody["headers"]["customRequestHeaders"] == dict.fromkeys(
        ["Authorization", "Cookie", "Loa-Passport", "Referer", "User-Agent", "X-Real-Ip"], ""
    )
    assert nobody["headers"]["customResponseHeaders"] == {"Loa-Passport": "", "Set-Cookie": ""}
    annotations = ingress["metadata"]["annotations"]
    assert annotations["traefik.ingress.kubernetes.io/router.observability.accesslogs"] == "false"
    assert annotations["traefik.ingress.kubernetes.io/router.observability.tracing"] == "false"


def test_every_ingress_speaks_tls_for_its_one_host(overlay):
    hosts = set()
    for ingress in of_kind(overlay, "Ingress").values():
        (rule,), (tls,) = ingress["spec"]["rules"], ingress["spec"]["tls"]
        assert tls == {"hosts": [rule["host"]], "secretName": "loa-tls"}
        assert ingress["metadata"]["annotations"]["traefik.ingress.kubernetes.io/router.entrypoints"] == "websecure"
        hosts.add(rule["host"])
    assert len(hosts) == 1
    assert hosts != {"loa.invalid"}


def test_compose_opens_the_same_doors_by_the_same_rules(overlay):
    origin = yaml.safe_load((ROOT / "deploy/compose/origin.yaml").read_text(encoding="utf-8"))["http"]
    here = {name: each["spec"] for name, each in of_kind(overlay, "Middleware").items() if "headers" in each["spec"]}
    there = {name: each for name, each in origin["middlewares"].items() if "headers" in each}
    assert there == here
    check = of_kind(overlay, "Middleware")["check"]["spec"]["forwardAuth"]
    assert origin["middlewares"]["check"]["forwardAuth"] == check | {"address": "http://gateway:8000/auth/check"}
    links = of_kind(overlay, "Middleware")["passport-for-credentials"]["spec"]["chain"]["middlewares"]
    passport = [link["name"] for link in links]
    assert {name: (router["service"], router["middlewares"]) for name, router in origin["routers"].items()} == {
        "credentials": ("gateway", ["no-passport"]),
        "org": ("org", passport),
        "results": ("survey", passport),
        "archive": ("media-archive", passport),
        "anonymous": ("survey", ["nobody"]),
    }
