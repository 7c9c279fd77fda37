//! The listener of a load balancer was pointed at green, and goes back to blue.

use crate::{
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "aws-alb-blue-green";

/// The network, both groups behind one listener that forwards to green, and instances of blue by an Auto Scaling group.
const WORLD: &str = r#"
vpc=$(aws ec2 create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId --output text)
for n in 1 2; do
  aws ec2 create-subnet --vpc-id "$vpc" --cidr-block "10.0.$n.0/24" --availability-zone "eu-west-1$(echo $n | tr 12 ab)" \
    --query Subnet.SubnetId --output text
done >subnets
for colour in blue green; do
  aws elbv2 create-target-group --name $colour --protocol HTTP --port 80 --vpc-id "$vpc" \
    --query 'TargetGroups[0].TargetGroupArn' --output text >$colour
done
lb=$(aws elbv2 create-load-balancer --name shop --subnets $(cat subnets) --query 'LoadBalancers[0].LoadBalancerArn' --output text)
aws elbv2 create-listener --load-balancer-arn "$lb" --protocol HTTP --port 80 \
  --default-actions "Type=forward,TargetGroupArn=$(cat green)" --query 'Listeners[0].ListenerArn' --output text >listener
image=$(aws ec2 describe-images --query 'Images[0].ImageId' --output text)
aws autoscaling create-launch-configuration --launch-configuration-name shop --image-id "$image" --instance-type t3.micro
aws autoscaling create-auto-scaling-group --auto-scaling-group-name blue --launch-configuration-name shop \
  --min-size 0 --max-size 4 --desired-capacity "$BLUE" --vpc-zone-identifier "$(head -n 1 subnets)" --target-group-arns "$(cat blue)"
"#;

fn world(instances_of_blue: &str) -> Option<(Stage, Play)> {
    let stage = Stage::set(
        &["moto"],
        &[("FRONT_OF", "listener"), ("FRONT_GOOD", "targetgroup/blue")],
    )?;
    stage.sh(&format!("BLUE={instances_of_blue}\n{WORLD}"));
    let play = Play::default()
        .inputs(&[
            ("region", "eu-west-1"),
            ("account", "123456789012"),
            ("service", "shop"),
            ("listener_arn", &stage.sh("cat listener")),
            ("good", &stage.sh("cat blue")),
            ("good_asg", "blue"),
            ("wait_minutes", "0.05"),
            ("url", "http://127.0.0.1:$AWS_FRONT/"),
        ])
        .answer(
            "is_it_the_deployment",
            "this_deployment: It was switched ten minutes ago",
        )
        .answer("roll_back", "roll_back")
        .answer("migrations_ran", "none");
    Some((stage, play))
}

fn with_users(stage: &Stage, play: &Play) -> Told {
    let users = Traffic::to(stage.fact("AWS_FRONT"));
    let before = users.next(20);
    assert_eq!(before.errors, before.requests, "{before}");
    let mark = users.mark();
    let told = stage.play(STORY, play);
    figure(STORY, &users.since(mark));
    let after = users.next(20);
    assert_eq!(after.errors, 0, "{after}");
    let tags = stage.sh("aws elbv2 describe-tags --resource-arns $(cat green) --output text");
    assert!(tags.contains("rolled-back-by-run"), "{tags}");
    told
}

#[test]
fn the_listener_forwards_to_blue_again() {
    let Some((stage, play)) = world("2") else {
        return;
    };
    with_users(&stage, &play).ended("resolved").did(&[
        "identity",
        "good_is_healthy",
        "switch",
        "users_served",
        "mark_bad",
    ]);
    stage.over();
}

#[test]
fn blue_has_no_healthy_target_and_is_started_again() {
    let Some((stage, play)) = world("0") else {
        return;
    };
    with_users(&stage, &play.at("good_is_healthy", Act::Fallback(0)))
        .ended("resolved")
        .did(&["switch", "users_served"])
        .reports(&["Start its instances again", "There are too few"]);
    stage.over();
}
