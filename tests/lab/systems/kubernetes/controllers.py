"""What a control plane does by itself: rolling updates, pods that become ready or do not, endpoints of services.

An image whose tag contains `bad` never becomes ready and restarts; one whose tag contains `broken` becomes ready and
answers with errors.
"""

import copy
import hashlib
import json
import math
import time

from store import Refused, labels, matches, now, owned_by

REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
READY_AFTER = 0.3


def default(resource, thing):
    """Fills in what the real server fills in, and refuses what it refuses."""
    if resource != "deployments":
        return
    spec = thing["spec"]
    for key, value in (("replicas", 1), ("revisionHistoryLimit", 10), ("progressDeadlineSeconds", 600)):
        spec.setdefault(key, value)
    strategy = spec.setdefault("strategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxSurge", "25%")
        rolling.setdefault("maxUnavailable", "25%")
    template = spec["template"]
    template.setdefault("metadata", {}).setdefault("creationTimestamp", None)
    pod = template["spec"]
    for key, value in (
        ("restartPolicy", "Always"),
        ("terminationGracePeriodSeconds", 30),
        ("dnsPolicy", "ClusterFirst"),
        ("securityContext", {}),
        ("schedulerName", "default-scheduler"),
    ):
        pod.setdefault(key, value)
    if not pod.get("containers"):
        raise Refused(422, "Invalid", "spec.template.spec.containers: Required value")
    for container in pod["containers"]:
        for key, value in (
            ("resources", {}),
            ("terminationMessagePath", "/dev/termination-log"),
            ("terminationMessagePolicy", "File"),
            ("imagePullPolicy", "IfNotPresent"),
        ):
            container.setdefault(key, value)
    wanted = spec.get("selector", {}).get("matchLabels") or {}
    if not matches(wanted, template["metadata"].get("labels") or {}):
        raise Refused(
            422, "Invalid",
            "spec.template.metadata.labels: Invalid value: `selector` does not match template `labels`",
        )


def step(store):
    """One round of all controllers."""
    for pod in store.of("pods"):
        start(store, pod)
    for deployment in store.of("deployments"):
        Rollout(store, deployment).go()
    for service in store.of("services"):
        endpoints(store, service)


def start(store, pod):
    status = pod["status"]
    if status["phase"] != "Pending" or time.time() - store.note(pod)["since"] < READY_AFTER:
        return
    good = not any("bad" in image(one) for one in pod["spec"]["containers"])
    status["phase"] = "Running"
    status["conditions"] = [{"type": kind, "status": str(good)} for kind in ("Ready", "ContainersReady")]
    for container in status["containerStatuses"]:
        state = {"running": {"startedAt": now()}} if good else {"waiting": {"reason": "CrashLoopBackOff"}}
        container.update(ready=good, restartCount=0 if good else 3, state=state)
    store.put("pods", pod)


def image(container):
    return container["image"].rpartition(":")[2]


def is_ready(pod):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))


def endpoints(store, service):
    where, name = service["metadata"]["namespace"], service["metadata"]["name"]
    chosen = service["spec"].get("selector") or {}
    addresses = [
        {"ip": "127.0.0.1", "targetRef": {"kind": "Pod", "name": pod["metadata"]["name"], "namespace": where}}
        for pod in store.of("pods", where)
        if is_ready(pod) and matches(chosen, labels(pod))
    ]
    subsets = [{"addresses": addresses, "ports": service["spec"].get("ports", [])}] if addresses else []
    old = store.objects.get(("endpoints", where, name))
    if old is None:
        store.put("endpoints", store.new("endpoints", where, name, subsets=subsets))
    elif old.get("subsets") != subsets:
        old["subsets"] = subsets
        store.put("endpoints", old)


def template_of(replica_set):
    template = copy.deepcopy(replica_set["spec"]["template"])
    template["metadata"].get("labels", {}).pop(HASH, None)
    return template


def revision(replica_set):
    return int(replica_set["metadata"]["annotations"][REVISION])


class Rollout:
    """One Deployment on its way to what its spec says."""

    def __init__(self, store, deployment):
        self.store, self.it = store, deployment
        self.spec, self.meta = deployment["spec"], deployment["metadata"]
        uid = self.meta["uid"]
        sets = [rs for rs in store.of("replicasets", self.meta["namespace"]) if owned_by(rs, uid)]
        self.sets = sorted(sets, key=revision)
        self.live = next((rs for rs in self.sets if template_of(rs) == self.spec["template"]), None)
        self.pods = {
            rs["metadata"]["uid"]: [
                pod for pod in store.of("pods", self.meta["namespace"]) if owned_by(pod, rs["metadata"]["uid"])
            ]
            for rs in self.sets
        }

    def go(self):
        if not self.spec.get("paused"):
            self.make_live()
        if not self.spec.get("paused") or len(self.sets) == 1:
            self.scale()
        for rs in self.sets:
            self.fill(rs)
        self.forget()
        self.tell()

    def make_live(self):
        newest = max(map(revision, self.sets), default=0)
        if self.live is None:
            text = json.dumps(self.spec["template"], sort_keys=True)
            digest = hashlib.sha1(text.encode()).hexdigest()[:10]
            template = copy.deepcopy(self.spec["template"])
            template["metadata"].setdefault("labels", {})[HASH] = digest
            self.live = self.store.new(
                "replicasets", self.meta["namespace"], f"{self.meta['name']}-{digest}",
                metadata={
                    "labels": dict(template["metadata"]["labels"]),
                    "annotations": {REVISION: str(newest + 1)},
                    "ownerReferences": [self.owner(self.it, "apps/v1", "Deployment")],
                },
                spec={
                    "replicas": 0,
                    "selector": {"matchLabels": {**self.spec["selector"]["matchLabels"], HASH: digest}},
                    "template": template,
                },
                status={"replicas": 0},
            )
            self.store.put("replicasets", self.live)
            self.sets.append(self.live)
            self.pods[self.live["metadata"]["uid"]] = []
            self.store.note(self.it)["since"] = time.time()
        elif revision(self.live) < newest:
            self.live["metadata"]["annotations"][REVISION] = str(newest + 1)
            self.store.put("replicasets", self.live)
            self.store.note(self.it)["since"] = time.time()
        kept = {
            key: value
            for key, value in (self.meta.get("annotations") or {}).items()
            if key not in (REVISION, LAST_APPLIED)
        }
        kept[REVISION] = self.live["metadata"]["annotations"][REVISION]
        if any(self.live["metadata"]["annotations"].get(key) != value for key, value in kept.items()):
            self.live["metadata"]["annotations"].update(kept)
            self.store.put("replicasets", self.live)
        annotations = self.meta.setdefault("annotations", {})
        if annotations.get(REVISION) != kept[REVISION]:
            annotations[REVISION] = kept[REVISION]
            self.store.put("deployments", self.it)

    def owner(self, thing, version, kind):
        metadata = thing["metadata"]
        return {
            "apiVersion": version, "kind": kind, "name": metadata["name"], "uid": metadata["uid"],
            "controller": True, "blockOwnerDeletion": True,
        }

    def ready(self, rs):
        return sum(is_ready(pod) for pod in self.pods[rs["metadata"]["uid"]])

    def share(self, value, up):
        if not isinstance(value, str):
            return value
        part = self.spec["replicas"] * int(value[:-1]) / 100
        return math.ceil(part) if up else math.floor(part)

    def scale(self):
        want = self.spec["replicas"]
        sizes = {rs["metadata"]["uid"]: rs["spec"]["replicas"] for rs in self.sets}
        live = self.live["metadata"]["uid"]
        if self.spec["strategy"]["type"] == "Recreate":
            others = any(self.pods[uid] for uid in sizes if uid != live)
            sizes = {uid: 0 for uid in sizes} | {live: 0 if others else want}
        elif len(self.sets) == 1:
            sizes[live] = want
        else:
            rolling = self.spec["strategy"]["rollingUpdate"]
            surge, missing = self.share(rolling["maxSurge"], True), self.share(rolling["maxUnavailable"], False)
            missing = missing or (surge == 0)
            room = want + surge - sum(sizes.values())
            sizes[live] = min(want, max(sizes[live], sizes[live] + room))
            spare = sum(map(self.ready, self.sets)) - (want - missing)
            for rs in self.sets:
                uid = rs["metadata"]["uid"]
                if uid == live:
                    continue
                # Pods that serve nobody go first.
                sick = max(0, sizes[uid] - self.ready(rs))
                gone = min(sizes[uid], sick + max(0, spare))
                spare -= max(0, gone - sick)
                sizes[uid] -= gone
        for rs in self.sets:
            size = sizes[rs["metadata"]["uid"]]
            if size != rs["spec"]["replicas"]:
                way = "up" if size > rs["spec"]["replicas"] else "down"
                self.store.event(
                    self.it, "ScalingReplicaSet", f"Scaled {way} replica set {rs['metadata']['name']} to {size}"
                )
                rs["spec"]["replicas"] = size
                self.store.put("replicasets", rs)

    def fill(self, rs):
        where, name = self.meta["namespace"], rs["metadata"]["name"]
        mine = sorted(self.pods[rs["metadata"]["uid"]], key=lambda pod: pod["metadata"]["creationTimestamp"])
        size = rs["spec"]["replicas"]
        for pod in mine[size:]:
            self.store.remove(("pods", where, pod["metadata"]["name"]))
        for number in range(size - len(mine)):
            spec = copy.deepcopy(rs["spec"]["template"]["spec"])
            waiting = {"waiting": {"reason": "ContainerCreating"}}
            statuses = [
                {"name": c["name"], "image": c["image"], "imageID": "", "ready": False, "restartCount": 0,
                 "state": waiting}
                for c in spec["containers"]
            ]
            digest = hashlib.sha1(f"{name}{time.time_ns()}{number}".encode()).hexdigest()[:5]
            pod = self.store.new(
                "pods", where, f"{name}-{digest}",
                metadata={
                    "labels": dict(rs["spec"]["template"]["metadata"]["labels"]),
                    "ownerReferences": [self.owner(rs, "apps/v1", "ReplicaSet")],
                },
                spec=spec,
                status={"phase": "Pending", "startTime": now(), "conditions": [], "containerStatuses": statuses},
            )
            self.store.note(pod)
            self.store.put("pods", pod)
        ready = min(self.ready(rs), size)
        status = {
            "replicas": min(len(mine), size), "fullyLabeledReplicas": min(len(mine), size),
            "readyReplicas": ready, "availableReplicas": ready,
            "observedGeneration": rs["metadata"]["generation"],
        }
        if rs.get("status") != status:
            rs["status"] = status
            self.store.put("replicasets", rs)

    def forget(self):
        old = [rs for rs in self.sets if rs is not self.live and not rs["spec"]["replicas"]]
        for rs in old[: max(0, len(old) - self.spec["revisionHistoryLimit"])]:
            self.store.remove(("replicasets", self.meta["namespace"], rs["metadata"]["name"]))

    def tell(self):
        want, note = self.spec["replicas"], self.store.note(self.it)
        total = sum(rs["status"].get("replicas", 0) for rs in self.sets)
        updated = self.live["status"].get("replicas", 0) if self.live else 0
        ready = sum(rs["status"].get("availableReplicas", 0) for rs in self.sets)
        if note.get("seen") != (total, updated, ready):
            note.update(seen=(total, updated, ready), since=time.time())
        status = copy.deepcopy(self.it.get("status", {}))
        status.update(
            observedGeneration=self.meta["generation"], replicas=total, updatedReplicas=updated,
            readyReplicas=ready, availableReplicas=ready, unavailableReplicas=max(0, max(total, want) - ready),
        )
        conditions = {c["type"]: c for c in status.get("conditions", [])}

        def say(kind, value, reason, message):
            old = conditions.get(kind, {})
            if (old.get("reason"), old.get("status")) != (reason, value):
                conditions[kind] = {
                    "type": kind, "status": value, "reason": reason, "message": message,
                    "lastUpdateTime": now(), "lastTransitionTime": now(),
                }

        rolling = self.spec["strategy"].get("rollingUpdate", {})
        if ready >= want - self.share(rolling.get("maxUnavailable", 0), False):
            say("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        else:
            say("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        name = self.live["metadata"]["name"] if self.live else ""
        if self.spec.get("paused"):
            say("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused")
        elif updated == want and total == want and ready >= want:
            say("Progressing", "True", "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.')
        elif time.time() - note["since"] > self.spec["progressDeadlineSeconds"]:
            say("Progressing", "False", "ProgressDeadlineExceeded", f'ReplicaSet "{name}" has timed out progressing.')
        else:
            say("Progressing", "True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.')
        status["conditions"] = list(conditions.values())
        if status != self.it.get("status"):
            self.it["status"] = status
            self.store.put("deployments", self.it)
