//! A canary gets a third of the traffic and fails, and is taken back.

use crate::{
    kube::{apply, cluster, deploy, live, ready, service},
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "kubernetes-canary";

fn play() -> Play {
    Play::default()
        .inputs(&[
            ("context", "lab"),
            ("stable", "shop"),
            ("canary", "shop-canary"),
            ("route", "shop-canary"),
            ("requests", "60"),
            ("url", "http://127.0.0.1:$KUBE_FRONT/"),
        ])
        .answer("is_it_the_deployment", "this_deployment")
        .answer("roll_back", "roll_back")
        .answer("migrations_ran", "none")
}

fn ingress(stage: &Stage, name: &str, annotations: &str) {
    apply(
        stage,
        &format!(
            "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{ name: {name}, annotations: {{ {annotations} }} }}
spec:
  rules:
    - host: shop.example
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: {{ service: {{ name: {name}, port: {{ number: 80 }} }} }}
"
        ),
    );
}

fn world() -> Option<Stage> {
    let stage = cluster("ingress/shop")?;
    deploy(&stage, "shop", "track: stable", "1.0");
    deploy(&stage, "shop-canary", "track: canary", "2.0-broken");
    ready(&stage, "shop");
    ready(&stage, "shop-canary");
    service(&stage, "shop", "track: stable");
    service(&stage, "shop-canary", "track: canary");
    ingress(&stage, "shop", "");
    let weight = "nginx.ingress.kubernetes.io/canary: 'true', nginx.ingress.kubernetes.io/canary-weight: '33', \
                  nginx.ingress.kubernetes.io/canary-by-header: X-Canary";
    ingress(&stage, "shop-canary", weight);
    Some(stage)
}

fn with_users(stage: &Stage, play: &Play) -> Told {
    let users = Traffic::to(stage.fact("KUBE_FRONT"));
    let before = users.next(100);
    assert!(before.errors > 10, "{before}");

    let mark = users.mark();
    let told = stage.play(STORY, play);
    let meanwhile = users.since(mark);
    figure(STORY, &meanwhile);
    assert!(meanwhile.dropped.is_empty(), "{:?}", meanwhile.dropped);

    let after = users.next(100);
    assert_eq!(after.errors, 0, "{after}");
    assert!(after.versions.keys().eq(["1.0"]), "{after}");
    told
}

#[test]
fn everybody_goes_back_to_the_stable_version_and_the_canary_is_deleted() {
    let Some(stage) = world() else {
        return;
    };
    let play = play()
        .answer("delete_canary", "delete")
        .confirm("shop-canary");
    with_users(&stage, &play)
        .ended("resolved")
        .did(&[
            "shift_by_ingress",
            "stop_canary",
            "users_served",
            "delete_it",
            "still_served",
        ])
        .did_not(&["shift_by_istio", "shift_by_flagger"])
        .reports(&["Delete the canary"]);
    let note = |name: &str| {
        let path = format!("{{.metadata.annotations.nginx\\.ingress\\.kubernetes\\.io/{name}}}");
        live(&stage, "ingress/shop-canary", &path)
    };
    assert_eq!(
        (note("canary-weight"), note("canary-by-header")),
        ("0".into(), String::new())
    );
    assert_eq!(
        stage.sh("kubectl get deployments -o name"),
        "deployment.apps/shop"
    );
    stage.over();
}

#[test]
fn the_canary_was_promoted_meanwhile_and_the_stable_version_goes_back_first() {
    let Some(stage) = world() else {
        return;
    };
    stage.sh("kubectl set image deployment/shop web=registry.example/shop:2.1-bad");
    let play = play()
        .answer("delete_canary", "keep")
        .at("stable_is_ready", Act::Fallback(0));
    with_users(&stage, &play)
        .ended("resolved")
        .did(&["shift_by_ingress", "stop_canary", "users_served"])
        .reports(&["The canary was promoted"]);
    assert_eq!(
        live(&stage, "deployment/shop-canary", "{.spec.replicas}"),
        "0"
    );
    stage.over();
}

#[test]
fn a_virtual_service_gives_the_stable_version_its_whole_weight() {
    let Some(stage) = world() else {
        return;
    };
    apply(
        &stage,
        "apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata: { name: shop }
spec:
  hosts: [ shop.example ]
  http:
    - route:
        - { destination: { host: shop, subset: v1 }, weight: 67 }
        - { destination: { host: shop, subset: v2 }, weight: 33 }
",
    );
    // No Istio divides the traffic here: the Ingress does, and its canary is taken out beforehand.
    stage.sh("kubectl annotate ingress shop-canary --overwrite nginx.ingress.kubernetes.io/canary-weight=0");
    let play = play()
        .inputs(&[
            ("divided_by", "istio"),
            ("route", "shop"),
            ("stable_destination", "shop/v1"),
        ])
        .answer("roll_back", "roll_back: The figures of the mesh say so")
        .answer("delete_canary", "keep");
    stage
        .play(STORY, &play)
        .ended("resolved")
        .did(&["shift_by_istio", "stop_canary"]);
    assert_eq!(
        live(
            &stage,
            "virtualservice/shop",
            "{.spec.http[0].route[*].weight}"
        ),
        "100 0"
    );
    stage.over();
}
