//! What the stories of Kubernetes put into their cluster, and how they look at it.

use super::stage::Stage;

/// The cluster with its users before this Service or Ingress.
pub fn cluster(front: &str) -> Option<Stage> {
    Stage::set(&["kubernetes"], &[("FRONT_OF", front)])
}

/// Makes or changes a Deployment of three pods, whose pods carry these labels beside `app: shop`.
pub fn deploy(stage: &Stage, name: &str, labels: &str, tag: &str) {
    let manifest = format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{ name: {name} }}
spec:
  replicas: 3
  progressDeadlineSeconds: 2
  selector: {{ matchLabels: {{ app: shop, {labels} }} }}
  template:
    metadata: {{ labels: {{ app: shop, {labels} }} }}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [ {{ name: web, image: 'registry.example/shop:{tag}' }} ]
"
    );
    apply(stage, &manifest);
}

/// A Service that sends to pods with this label.
pub fn service(stage: &Stage, name: &str, label: &str) {
    apply(
        stage,
        &format!(
            "apiVersion: v1
kind: Service
metadata: {{ name: {name} }}
spec: {{ selector: {{ app: shop, {label} }}, ports: [ {{ port: 80 }} ] }}
"
        ),
    );
}

/// Makes what a manifest says.
pub fn apply(stage: &Stage, manifest: &str) {
    stage.file("manifest.yaml", manifest);
    stage.sh("kubectl apply --validate=false -f manifest.yaml");
}

/// Waits until a Deployment has all its pods ready.
pub fn ready(stage: &Stage, name: &str) {
    stage.sh(&format!(
        "kubectl rollout status deployment/{name} --timeout=30s"
    ));
}

/// A part of an object as it is now.
pub fn live(stage: &Stage, what: &str, path: &str) -> String {
    stage.sh(&format!("kubectl get {what} -o jsonpath='{path}'"))
}
