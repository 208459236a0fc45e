use kfp_kserve::{Canary, Change, Mode, PREVIOUS, Serving};
use kfp_test_support::kube::Server;
use serde_json::{Value, json};

use crate::support::{deploy, deployer, iris, live, ready, services, status};

fn uri(service: &Value) -> &str {
    let predictor = &service["spec"]["predictor"];
    predictor["model"]["storageUri"].as_str().unwrap()
}

#[test]
fn a_second_apply_without_change_writes_nothing() {
    let Some(server) = Server::start("unchanged") else {
        return;
    };
    let deployer = deployer(&server);
    let plan = deployer.plan(&iris("1")).unwrap();
    assert_eq!(plan.change, Change::Create);
    assert_eq!(plan.before(), Value::Null);
    assert_eq!(
        deployer.live("iris").unwrap(),
        None,
        "a plan writes nothing"
    );
    let first = deployer.apply(&plan).unwrap();
    let again = deployer.plan(&iris("1")).unwrap();
    assert_eq!(again.change, Change::Nothing);
    assert_eq!(again.before(), again.after());
    deployer.apply(&again).unwrap();
    let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
    assert_eq!(version(&live(&server)), version(&first));

    let mut more = iris("1");
    more.min_replicas = Some(2);
    assert_eq!(deployer.plan(&more).unwrap().change, Change::Update);
    deploy(&server, &more);
    // The same model, so that there is nothing to go back to.
    assert_eq!(
        live(&server)["metadata"]["annotations"][PREVIOUS],
        Value::Null
    );
    // A new digest is a change, though the URI stays.
    more.digest = Some("sha256:ab".to_owned());
    assert_eq!(deployer.plan(&more).unwrap().change, Change::Update);
}

#[test]
fn a_rollback_goes_to_the_model_before_and_a_second_one_back() {
    let Some(server) = Server::start("rollback") else {
        return;
    };
    let deployer = deployer(&server);
    let mut first = iris("1");
    first.service_account = Some("models".to_owned());
    deploy(&server, &first);
    let error = deployer.plan_rollback("iris").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("nothing is known that iris served before"),
        "{error}"
    );
    deploy(&server, &iris("2"));
    assert_eq!(uri(&live(&server)), "s3://models/iris/2/");
    for (expected, account) in [
        ("s3://models/iris/1/", json!("models")),
        ("s3://models/iris/2/", Value::Null),
    ] {
        let plan = deployer.plan_rollback("iris").unwrap();
        let service = deployer.apply(&plan).unwrap();
        assert_eq!(uri(&service), expected);
        assert_eq!(service["spec"]["predictor"]["serviceAccountName"], account);
    }
    let plan = deployer.plan_rollback("iris").unwrap();
    deployer.apply(&plan).unwrap();
    assert_eq!(
        deployer.plan(&first).unwrap().change,
        Change::Nothing,
        "as if it had been deployed"
    );
    assert!(deployer.delete("iris", true).unwrap());
    assert!(deployer.delete("iris", false).unwrap());
    assert!(!deployer.delete("iris", false).unwrap());
    let error = deployer.plan_rollback("iris").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("there is no InferenceService iris"),
        "{error}"
    );
}

#[test]
fn an_image_takes_the_place_of_a_runtime_and_gives_it_back() {
    let Some(server) = Server::start("image") else {
        return;
    };
    deploy(&server, &iris("1"));
    let image = Serving::image("example.com/serve@sha256:ab", kfp_kserve::Protocol::V2).unwrap();
    let own = kfp_kserve::Deployment::new("iris", iris("1").storage().clone(), image).unwrap();
    let predictor = &deploy(&server, &own)["spec"]["predictor"];
    assert!(predictor["model"].is_null(), "{predictor}");
    assert_eq!(
        predictor["containers"][0]["image"],
        "example.com/serve@sha256:ab"
    );
    let plan = deployer(&server).plan_rollback("iris").unwrap();
    let predictor = &deployer(&server).apply(&plan).unwrap()["spec"]["predictor"];
    assert!(predictor["containers"].is_null(), "{predictor}");
    assert_eq!(predictor["model"]["runtime"], "kserve-openvino");
}

#[test]
fn a_canary_on_knative_is_a_share_of_the_same_predictor() {
    let Some(server) = Server::start("knative") else {
        return;
    };
    deploy(&server, &iris("1"));
    status(&server, &json!({ "deploymentMode": "Serverless" }));
    let mut new = iris("2");
    new.canary = Some(Canary::percent(10).unwrap());
    let service = deploy(&server, &new);
    assert_eq!(service["spec"]["predictor"]["canaryTrafficPercent"], 10);
    assert_eq!(
        deployer(&server).plan(&new).unwrap().change,
        Change::Nothing
    );
    // Promoted.
    let service = deploy(&server, &iris("2"));
    assert!(service["spec"]["predictor"]["canaryTrafficPercent"].is_null());
    assert_eq!(uri(&service), "s3://models/iris/2/");
    let plan = deployer(&server).plan_rollback("iris").unwrap();
    let service = deployer(&server).apply(&plan).unwrap();
    assert_eq!(uri(&service), "s3://models/iris/1/");
}

#[test]
fn a_rollback_from_a_canary_on_knative_leads_to_the_model_that_has_the_other_requests() {
    let Some(server) = Server::start("dropped") else {
        return;
    };
    let deployer = deployer(&server);
    deploy(&server, &iris("1"));
    status(&server, &json!({ "deploymentMode": "Knative" }));
    let mut canary = iris("2");
    canary.canary = Some(Canary::percent(10).unwrap());
    deploy(&server, &canary);
    // There and back again.
    for (expected, share) in [
        ("s3://models/iris/1/", Value::Null),
        ("s3://models/iris/2/", json!(10)),
    ] {
        let plan = deployer.plan_rollback("iris").unwrap();
        let service = deployer.apply(&plan).unwrap();
        assert_eq!(uri(&service), expected);
        assert_eq!(service["spec"]["predictor"]["canaryTrafficPercent"], share);
    }
    // A canary that was never promoted is not gone back to.
    deploy(&server, &iris("3"));
    let plan = deployer.plan_rollback("iris").unwrap();
    assert_eq!(uri(&plan.after()), "s3://models/iris/1/");
}

#[test]
fn a_canary_among_deployments_stands_beside_the_predictor() {
    let Some(server) = Server::start("standard") else {
        return;
    };
    deploy(&server, &iris("1"));
    status(&server, &ready(1));
    let mut new = iris("2");
    new.max_replicas = Some(3);
    new.canary = Some(Canary::percent(25).unwrap());
    let service = deploy(&server, &new);
    assert_eq!(uri(&service), "s3://models/iris/1/");
    let canary = &service["spec"]["canary"][0];
    assert_eq!(canary["trafficPercent"], 25);
    assert_eq!(canary["predictor"]["name"], "canary");
    assert_eq!(
        canary["predictor"]["model"]["storageUri"],
        "s3://models/iris/2/"
    );
    assert!(
        canary["predictor"]["maxReplicas"].is_null(),
        "KServe's webhook refuses it"
    );
    assert_eq!(
        service["metadata"]["annotations"]["serving.kserve.io/deploymentMode"],
        "Standard"
    );
    assert_eq!(
        deployer(&server).plan(&new).unwrap().change,
        Change::Nothing
    );

    let plan = deployer(&server).plan_rollback("iris").unwrap();
    let service = deployer(&server).apply(&plan).unwrap();
    assert!(service["spec"]["canary"].is_null(), "{service}");
    assert_eq!(uri(&service), "s3://models/iris/1/");

    deploy(&server, &new);
    new.canary = None;
    let service = deploy(&server, &new);
    assert!(service["spec"]["canary"].is_null(), "{service}");
    assert_eq!(uri(&service), "s3://models/iris/2/");
    let plan = deployer(&server).plan_rollback("iris").unwrap();
    assert_eq!(uri(&plan.after()), "s3://models/iris/1/");
}

#[test]
fn a_canary_is_refused_where_nothing_or_the_same_model_has_the_other_requests() {
    let Some(server) = Server::start("no-canary") else {
        return;
    };
    let deployer = deployer(&server);
    let mut new = iris("2");
    new.canary = Some(Canary::percent(10).unwrap());
    let refused =
        |deployment: &kfp_kserve::Deployment| deployer.plan(deployment).unwrap_err().to_string();
    assert!(refused(&new).contains("there is no InferenceService iris yet"));
    deploy(&server, &iris("1"));
    assert!(
        refused(&new).contains("has not said yet"),
        "{}",
        refused(&new)
    );
    new.mode = Some(Mode::Standard);
    deployer.plan(&new).unwrap();
    status(&server, &ready(1));
    let mut same = iris("1");
    same.canary = new.canary;
    assert!(refused(&same).contains("serves this model already"));
    for share in [0, 100, 255] {
        assert!(Canary::percent(share).is_err(), "{share}");
    }
}

#[test]
fn what_another_tool_has_set_beside_the_model_is_refused() {
    let Some(server) = Server::start("legacy") else {
        return;
    };
    let legacy = json!({
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": { "name": "iris" },
        "spec": { "predictor": { "sklearn": { "storageUri": "s3://models/old/" } } },
    });
    server.put(&services(&server), &legacy);
    let error = deployer(&server).plan(&iris("1")).unwrap_err();
    assert!(
        error.to_string().contains("both `model` and `sklearn`"),
        "{error}"
    );
    assert!(live(&server)["spec"]["predictor"]["model"].is_null());
}
