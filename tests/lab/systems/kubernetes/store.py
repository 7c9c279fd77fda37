"""The objects of the fixture, and what watchers are told about them."""

import copy
import threading
import time
import uuid
from datetime import datetime, timezone

# plural: kind, group, version, short names, namespaced
RESOURCES = {
    "namespaces": ("Namespace", "", "v1", ["ns"], False),
    "pods": ("Pod", "", "v1", ["po"], True),
    "events": ("Event", "", "v1", ["ev"], True),
    "services": ("Service", "", "v1", ["svc"], True),
    "endpoints": ("Endpoints", "", "v1", ["ep"], True),
    "deployments": ("Deployment", "apps", "v1", ["deploy"], True),
    "replicasets": ("ReplicaSet", "apps", "v1", ["rs"], True),
    "ingresses": ("Ingress", "networking.k8s.io", "v1", ["ing"], True),
    "virtualservices": ("VirtualService", "networking.istio.io", "v1beta1", ["vs"], True),
    "canaries": ("Canary", "flagger.app", "v1beta1", [], True),
}


class Refused(Exception):
    """An answer that is not the object: HTTP code, reason and message as the real server words them."""

    def __init__(self, code, reason, message):
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message


def api_version(resource):
    _, group, version, _, _ = RESOURCES[resource]
    return f"{group}/{version}" if group else version


def qualified(resource):
    group = RESOURCES[resource][1]
    return f"{resource}.{group}" if group else resource


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    def __init__(self):
        self.changed = threading.Condition(threading.RLock())
        self.objects = {}
        self.log = []
        self.version = 1
        # What the controllers remember of an object and no client sees.
        self.notes = {}

    def new(self, resource, namespace, name, **fields):
        metadata = {
            "name": name,
            "uid": str(uuid.uuid4()),
            "creationTimestamp": now(),
            "generation": 1,
        }
        if namespace:
            metadata["namespace"] = namespace
        metadata.update(fields.pop("metadata", {}))
        return {
            "kind": RESOURCES[resource][0],
            "apiVersion": api_version(resource),
            "metadata": metadata,
            **fields,
        }

    def put(self, resource, thing):
        with self.changed:
            metadata = thing["metadata"]
            key = (resource, metadata.get("namespace", ""), metadata["name"])
            kind = "MODIFIED" if key in self.objects else "ADDED"
            self._stamp(resource, thing, kind)
            self.objects[key] = thing
            return thing

    def remove(self, key):
        with self.changed:
            thing = self.objects.pop(key, None)
            if thing is None:
                return
            self._stamp(key[0], thing, "DELETED")
            uid = thing["metadata"]["uid"]
            self.notes.pop(uid, None)
            for other in [k for k, o in self.objects.items() if owned_by(o, uid)]:
                self.remove(other)

    def of(self, resource, namespace=None):
        return [
            thing
            for (kind, where, _), thing in sorted(self.objects.items())
            if kind == resource and namespace in (None, "", where)
        ]

    def note(self, thing):
        return self.notes.setdefault(thing["metadata"]["uid"], {"since": time.time()})

    def event(self, about, reason, message):
        where = about["metadata"]["namespace"]
        name = f"{about['metadata']['name']}.{time.time_ns():x}"
        involved = {
            "kind": about["kind"],
            "apiVersion": about["apiVersion"],
            "name": about["metadata"]["name"],
            "namespace": where,
            "uid": about["metadata"]["uid"],
        }
        self.put(
            "events",
            self.new(
                "events", where, name, reason=reason, message=message, type="Normal", count=1,
                firstTimestamp=now(), lastTimestamp=now(), involvedObject=involved,
                source={"component": "deployment-controller"},
            ),
        )

    def _stamp(self, resource, thing, kind):
        self.version += 1
        thing["metadata"]["resourceVersion"] = str(self.version)
        self.log.append((self.version, kind, resource, copy.deepcopy(thing)))
        self.changed.notify_all()


def owned_by(thing, uid):
    return any(owner["uid"] == uid for owner in thing["metadata"].get("ownerReferences", []))


def labels(thing):
    return thing["metadata"].get("labels") or {}


def matches(wanted, has):
    return bool(wanted) and all(has.get(key) == value for key, value in wanted.items())
