//! In a pod of the cluster, where nothing is set.

use std::process::{Command, Stdio};

use kfp_test_cluster::{Access, Options};
use snapbox::cmd::cargo_bin;

use super::{FINE, Ran, SUBMIT, Site};

/// Gives what follows a file system in which Kubernetes has put what it puts into a pod.
const POD: &str = r#"
set -e
mount -t tmpfs none /var/run
mkdir -p /var/run/secrets/kubernetes.io/serviceaccount /var/run/secrets/kubeflow/pipelines
printf kubeflow > /var/run/secrets/kubernetes.io/serviceaccount/namespace
printf %s "$TOKEN" > /var/run/secrets/kubeflow/pipelines/token
exec "$@"
"#;

fn unshare() -> Command {
    let mut command = Command::new("unshare");
    command
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            POD,
            "pod",
        ])
        .stdin(Stdio::null());
    command
}

#[test]
fn the_token_of_the_service_account_lets_a_run_through() {
    let can_unshare = unshare().arg("true").env("TOKEN", "").output();
    if !can_unshare.is_ok_and(|output| output.status.success()) {
        kfp_test_support::skip("this system has no user namespaces");
        return;
    }
    let token = "s3cret-w0rd";
    let options = Options {
        access: Access::Token(token.to_owned()),
        ..Options::default()
    };
    let site = Site::with(FINE, options);
    let like = site.command(&[]);
    let run = |arguments: &[&str]| -> Ran {
        let mut command = unshare();
        command
            .arg(cargo_bin!("kfp-comp"))
            .args(arguments)
            .current_dir(like.get_current_dir().unwrap())
            .env_clear()
            .envs(
                like.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .env_remove("KF_PIPELINES_ENDPOINT")
            .env("TOKEN", token)
            // The name of the service is known within the cluster only.
            .env("http_proxy", site.cluster.url());
        command.output().unwrap().into()
    };
    let ran = run(&SUBMIT);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("accuracy"), "{}", ran.stdout);
    let ran = run(&["doctor", "--cluster"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for part in [
        "ml-pipeline.kubeflow.svc",
        "the service account of this pod",
    ] {
        assert!(ran.stdout.contains(part), "{}", ran.stdout);
    }
    assert!(!ran.stdout.contains(token), "{}", ran.stdout);
}
