#!/usr/bin/env python3
"""A Kubernetes API server of one process, for the real kubectl: no containers, but real rollouts and real answers.

usage: api.py PORT FRONT KIND/NAME

It knows Deployments, ReplicaSets and Pods with their controller, Services with their endpoints, Ingresses, and the
objects of Istio and Flagger as plain data. On the port FRONT users are served by that Service or Ingress of the
namespace `default`: a ready pod answers as its image deserves, 200 or 500, and nobody does where there is none.
"""

import copy
import json
import random
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import controllers
import patch
from store import RESOURCES, Refused, Store, api_version, labels, matches, qualified

STORE = Store()
WEIGHT = "nginx.ingress.kubernetes.io/canary-weight"
CANARY = "nginx.ingress.kubernetes.io/canary"
COLUMNS = {
    "deployments": ["Name", "Ready", "Up-to-date", "Available"],
    "replicasets": ["Name", "Desired", "Current", "Ready"],
    "pods": ["Name", "Ready", "Status", "Restarts"],
    "services": ["Name", "Selector"],
    "endpoints": ["Name", "Endpoints"],
}


def age(thing):
    made = time.strptime(thing["metadata"]["creationTimestamp"], "%Y-%m-%dT%H:%M:%SZ")
    seconds = int(time.time() - (time.mktime(made) - time.timezone))
    return f"{seconds}s" if seconds < 120 else f"{seconds // 60}m"


def cells(resource, thing):
    name, status, spec = thing["metadata"]["name"], thing.get("status", {}), thing.get("spec", {})
    if resource == "deployments":
        ready = f"{status.get('readyReplicas', 0)}/{spec['replicas']}"
        return [name, ready, status.get("updatedReplicas", 0), status.get("availableReplicas", 0)]
    if resource == "replicasets":
        return [name, spec["replicas"], status.get("replicas", 0), status.get("readyReplicas", 0)]
    if resource == "pods":
        parts = status["containerStatuses"]
        waits = [one["state"]["waiting"]["reason"] for one in parts if "waiting" in one["state"]]
        ready = f"{sum(one['ready'] for one in parts)}/{len(parts)}"
        return [name, ready, waits[0] if waits else status["phase"], sum(one["restartCount"] for one in parts)]
    if resource == "services":
        return [name, ",".join(f"{k}={v}" for k, v in (spec.get("selector") or {}).items())]
    if resource == "endpoints":
        return [name, str(sum(len(subset["addresses"]) for subset in thing.get("subsets", [])))]
    return [name, status.get("phase") or thing.get("reason", "")]


def table(resource, things, version, with_header=True):
    names = COLUMNS.get(resource, ["Name", "Status"]) + ["Age"]
    header = [
        {"name": name, "type": "string", "format": "name" if name == "Name" else "", "description": "", "priority": 0}
        for name in names
    ]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": version},
        "columnDefinitions": header if with_header else [],
        "rows": [
            {
                "cells": cells(resource, thing) + [age(thing)],
                "object": {
                    "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": thing["metadata"],
                },
            }
            for thing in things
        ],
    }


def scale_of(thing):
    kept = {key: thing["metadata"][key] for key in ("name", "namespace", "uid", "resourceVersion")}
    return {
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": kept,
        "spec": {"replicas": thing["spec"]["replicas"]},
        "status": {"replicas": thing.get("status", {}).get("replicas", 0)},
    }


def field(thing, path):
    for part in path.split("."):
        thing = (thing or {}).get(part)
    return thing


def resources(group):
    listed = [
        {
            "name": name, "singularName": kind.lower(), "namespaced": namespaced, "kind": kind, "shortNames": short,
            "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
        }
        for name, (kind, of, _, short, namespaced) in RESOURCES.items()
        if of == group
    ]
    if group == "apps":
        listed.append(
            {"name": "deployments/scale", "singularName": "", "namespaced": True, "kind": "Scale",
             "group": "autoscaling", "version": "v1", "verbs": ["get", "patch", "update"]}
        )
    if group == "authorization.k8s.io":
        listed.append(
            {"name": "selfsubjectaccessreviews", "singularName": "", "namespaced": False,
             "kind": "SelfSubjectAccessReview", "verbs": ["create"]}
        )
    return listed


GROUPS = {of: version for _, of, version, _, _ in RESOURCES.values() if of} | {"authorization.k8s.io": "v1"}


def discovery(path):
    def group(name):
        version = {"groupVersion": f"{name}/{GROUPS[name]}", "version": GROUPS[name]}
        return {"kind": "APIGroup", "apiVersion": "v1", "name": name, "versions": [version],
                "preferredVersion": version}

    if path == "/version":
        return {"major": "1", "minor": "32", "gitVersion": "v1.32.0-fixture", "platform": "linux/amd64"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [group(name) for name in GROUPS]}
    if path == "/api/v1":
        return {"kind": "APIResourceList", "groupVersion": "v1", "resources": resources("")}
    found = re.fullmatch(r"/apis/([^/]+)(?:/([^/]+))?", path)
    if found and found[1] in GROUPS:
        if not found[2]:
            return group(found[1])
        return {"kind": "APIResourceList", "groupVersion": f"{found[1]}/{found[2]}", "resources": resources(found[1])}
    return None


def serves(service):
    """The status that a request gets, and the version that gives it; no version where nobody is there."""
    thing = STORE.objects.get(("services", "default", service))
    chosen = (thing or {}).get("spec", {}).get("selector") or {}
    ready = [
        pod for pod in STORE.of("pods", "default")
        if controllers.is_ready(pod) and matches(chosen, labels(pod))
    ]
    if not ready:
        return 503, None
    tag = controllers.image(random.choice(ready)["spec"]["containers"][0])
    return 500 if "broken" in tag else 200, tag


def backend(ingress):
    return ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"]


def user(kind, name):
    """One request, as the Service or the controller of the Ingress sends it on."""
    if kind == "service":
        return serves(name)
    main = STORE.objects.get(("ingresses", "default", name))
    if main is None:
        return 404, None
    for other in STORE.of("ingresses", "default"):
        notes = other["metadata"].get("annotations") or {}
        same = other["spec"]["rules"][0].get("host") == main["spec"]["rules"][0].get("host")
        if notes.get(CANARY) == "true" and same and random.random() * 100 < float(notes.get(WEIGHT, "0")):
            return serves(backend(other))
    return serves(backend(main))


class Front(BaseHTTPRequestHandler):
    """Where users ask."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        with STORE.changed:
            code, version = user(*sys.argv[3].split("/"))
        self.send_response(code)
        if version:
            self.send_header("X-Version", version)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, answer, code=200):
        text = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        try:
            self.route(json.loads(body) if body else None)
        except Refused as refusal:
            self.send(
                {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": refusal.message,
                 "reason": refusal.reason, "code": refusal.code, "details": {}},
                refusal.code,
            )
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def route(self, body):
        url = urlparse(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        path = url.path.rstrip("/")
        if path in ("/healthz", "/readyz", "/livez"):
            return self.send("ok")
        if known := discovery(path):
            return self.send(known)
        if path.endswith("/selfsubjectaccessreviews"):
            return self.send({**body, "status": {"allowed": True}}, 201)
        found = re.fullmatch(
            r"/(?:api/v1|apis/[^/]+/[^/]+)(?:/namespaces/([^/]+)(?=/))?/(\w+)(?:/([^/]+))?(?:/(scale|status))?", path
        )
        if not found or found[2] not in RESOURCES:
            raise Refused(404, "NotFound", "the server could not find the requested resource")
        namespace, resource, name, part = found.groups()
        namespace = namespace or ""
        if self.command == "GET" and not name:
            return self.list(resource, namespace, query)
        with STORE.changed:
            if self.command == "POST":
                return self.make(resource, namespace, body)
            key = (resource, namespace, name)
            thing = STORE.objects.get(key)
            if thing is None:
                raise Refused(404, "NotFound", f'{qualified(resource)} "{name}" not found')
            if self.command == "GET":
                if part == "scale":
                    return self.send(scale_of(thing))
                version = thing["metadata"]["resourceVersion"]
                return self.send(table(resource, [thing], version) if self.as_table() else thing)
            if self.command == "DELETE":
                STORE.remove(key)
                details = {"name": name, "kind": resource, "uid": thing["metadata"]["uid"]}
                return self.send({"kind": "Status", "apiVersion": "v1", "status": "Success", "details": details})
            return self.change(resource, thing, part, body, "dryRun" in query)

    def as_table(self):
        return "as=Table" in (self.headers.get("Accept") or "")

    def make(self, resource, namespace, body):
        name = body["metadata"]["name"]
        if (resource, namespace, name) in STORE.objects:
            raise Refused(409, "AlreadyExists", f'{qualified(resource)} "{name}" already exists')
        thing = STORE.new(resource, namespace, name)
        thing.update({key: value for key, value in body.items() if key not in ("metadata", "status")})
        for key, value in body["metadata"].items():
            if key not in ("uid", "resourceVersion", "creationTimestamp"):
                thing["metadata"][key] = value
        controllers.default(resource, thing)
        self.send(STORE.put(resource, thing), 201)

    def change(self, resource, thing, part, body, dry_run):
        new = scale_of(thing) if part == "scale" else copy.deepcopy(thing)
        if self.command == "PATCH":
            kind = self.headers.get("Content-Type", "")
            how = {"json-patch": patch.operations, "strategic": patch.strategic}
            new = next((way for name, way in how.items() if name in kind), patch.merge)(new, body)
        else:
            new = body
        seen = new["metadata"].get("resourceVersion")
        if seen and seen != thing["metadata"]["resourceVersion"]:
            raise Refused(
                409, "Conflict",
                f'Operation cannot be fulfilled on {qualified(resource)} "{thing["metadata"]["name"]}": the object has '
                "been modified; please apply your changes to the latest version and try again",
            )
        if part == "scale":
            replicas, new = new["spec"]["replicas"], copy.deepcopy(thing)
            new["spec"]["replicas"] = replicas
        controllers.default(resource, new)
        for key in ("uid", "creationTimestamp", "namespace", "name"):
            if key in thing["metadata"]:
                new["metadata"][key] = thing["metadata"][key]
        new["metadata"]["generation"] = thing["metadata"]["generation"] + (new.get("spec") != thing.get("spec"))
        if part != "status" and "status" in thing:
            new["status"] = thing["status"]
        if not dry_run:
            STORE.put(resource, new)
        self.send(scale_of(new) if part == "scale" else new)

    def list(self, resource, namespace, query):
        by_label, by_field = patch.selector(query.get("labelSelector")), patch.selector(query.get("fieldSelector"))

        def wanted(thing):
            inside = not namespace or thing["metadata"].get("namespace") == namespace
            return inside and by_label(labels(thing).get) and by_field(lambda path: field(thing, path))

        if query.get("watch") in ("true", "1"):
            return self.watch(resource, wanted, query)
        with STORE.changed:
            things = [copy.deepcopy(thing) for thing in STORE.of(resource, namespace) if wanted(thing)]
            version = str(STORE.version)
        if self.as_table():
            return self.send(table(resource, things, version))
        self.send(
            {"kind": RESOURCES[resource][0] + "List", "apiVersion": api_version(resource),
             "metadata": {"resourceVersion": version}, "items": things}
        )

    def watch(self, resource, wanted, query):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        end = time.time() + float(query.get("timeoutSeconds", 600))
        with STORE.changed:
            seen = int(query.get("resourceVersion") or STORE.version)
            at = next((n for n, entry in enumerate(STORE.log) if entry[0] > seen), len(STORE.log))
        while time.time() < end:
            with STORE.changed:
                if at >= len(STORE.log):
                    STORE.changed.wait(1)
                entries, at = STORE.log[at:], len(STORE.log)
            for _, kind, of, thing in entries:
                if of == resource and wanted(thing):
                    told = table(resource, [thing], thing["metadata"]["resourceVersion"], False)
                    line = json.dumps({"type": kind, "object": told if self.as_table() else thing}).encode() + b"\n"
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                    self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")


def control():
    while True:
        with STORE.changed:
            controllers.step(STORE)
            STORE.changed.wait(0.1)


def main():
    for name in ("default", "kube-system"):
        status = {"phase": "Active"}
        STORE.put("namespaces", STORE.new("namespaces", "", name, status=status))
    threading.Thread(target=control, daemon=True).start()
    ThreadingHTTPServer.daemon_threads = True
    front = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Front)
    threading.Thread(target=front.serve_forever, daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()


if __name__ == "__main__":
    main()
