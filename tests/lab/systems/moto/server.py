"""A stand-in for AWS, with what moto does not do by itself, and users before it.

usage: server.py PORT FRONT KIND GOOD

Tasks of ECS start and deployments of CodeDeploy end after a moment. An image that says `missing` never starts, and the
second deployment of a commit that says `gone` never ends. On the port FRONT users are answered by what is live of this KIND (listener, ecs, codedeploy or rds): well, if its
name matches GOOD, else with errors.
"""

import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from moto.backends import get_backend
from moto.server import main

ACCOUNT, REGION = "123456789012", "eu-west-1"
PORT, FRONT, KIND, GOOD = sys.argv[1:5]
LIVE = ""


def backend(name):
    return get_backend(name)[ACCOUNT][REGION]


def start_tasks():
    for service in list(backend("ecs").services.values()):
        wanted = service.task_definition
        definition = backend("ecs").describe_task_definition(wanted)
        if any("missing" in one["image"] for one in definition.container_definitions):
            service.running_count, service.pending_count = 0, service.desired_count
            service.deployments[0].update(taskDefinition=definition.arn, rolloutState="IN_PROGRESS")
        else:
            service.running_count, service.pending_count = service.desired_count, 0
            service.deployments = service.deployments[:1]
            service.deployments[0].update(
                taskDefinition=definition.arn, desiredCount=service.desired_count, pendingCount=0,
                runningCount=service.desired_count, rolloutState="COMPLETED",
            )


def end_deployments():
    done = set()
    for deployment in list(backend("codedeploy").deployments.values()):
        commit = deployment.revision["gitHubLocation"]["commitId"]
        if deployment.status == "Created" and not ("gone" in commit and commit in done):
            deployment.status = "Succeeded"
        done.add(commit)


def listener():
    for balancer in backend("elbv2").load_balancers.values():
        for one in balancer.listeners.values():
            return one.default_actions[0].data.get("TargetGroupArn", "")
    return ""


def ecs():
    for service in backend("ecs").services.values():
        return service.deployments[0]["taskDefinition"] if service.running_count else ""
    return ""


def codedeploy():
    ended = [one for one in backend("codedeploy").deployments.values() if one.status == "Succeeded"]
    ended.sort(key=lambda one: one.create_time)
    return ended[-1].revision["gitHubLocation"]["commitId"] if ended else ""


def rds(first=[]):
    """The first instance of this name is the damaged one; another one can only have been restored."""
    orders = backend("rds").databases.get("orders")
    if orders is None:
        return ""
    first[:] = first or [orders]
    return "damaged" if orders is first[0] else "restored"


def world():
    global LIVE
    looks = {"listener": listener, "ecs": ecs, "codedeploy": codedeploy, "rds": rds}
    while True:
        start_tasks()
        end_deployments()
        LIVE = looks[KIND]()
        time.sleep(0.2)


class Front(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        good = re.search(GOOD, LIVE)
        self.send_response(200 if good else 500)
        self.send_header("X-Version", "good" if good else "bad")
        self.send_header("Content-Length", "0")
        self.end_headers()


threading.Thread(target=world, daemon=True).start()
ThreadingHTTPServer.daemon_threads = True
front = ThreadingHTTPServer(("127.0.0.1", int(FRONT)), Front)
threading.Thread(target=front.serve_forever, daemon=True).start()
main(["-H", "127.0.0.1", "-p", PORT])
