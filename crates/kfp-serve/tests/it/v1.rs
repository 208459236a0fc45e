//! KServe's first protocol.

use serde_json::json;

use crate::support::Server;

#[test]
fn instances_may_be_lists_or_objects() {
    let server = Server::start();
    assert_eq!(server.get("/v1/models").json(), json!({"models": ["iris"]}));
    assert_eq!(
        server.get("/v1/models/iris").json(),
        json!({"name": "iris", "ready": true})
    );
    let answer = server.post(
        "/v1/models/iris:predict",
        r#"{"instances": [[1.4, 0.2], {"petal.width": 1.5, "petal.length": 5}, {"petal.length": 5.5}]}"#,
    );
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        answer.json(),
        json!({"predictions": [
            {"label": "Setosa", "probabilities": [1.0, 0.0, 0.0]},
            {"label": "Versicolor", "probabilities": [0.0, 0.5, 0.5]},
            {"label": "Virginica", "probabilities": [0.0, 0.0, 1.0]},
        ]})
    );
    let inputs = server.post("/v1/models/iris:predict", r#"{"inputs": [[1.4, 0.2]]}"#);
    assert_eq!(inputs.json()["predictions"][0]["label"], "Setosa");
}

#[test]
fn a_wrong_instance_is_named() {
    let server = Server::start();
    for (body, message) in [
        ("[]", "write {\"instances\": […]}"),
        ("{", "not JSON"),
        ("{}", "`instances` is missing"),
        (r#"{"instances": 3}"#, "`instances` is no list of rows"),
        (
            r#"{"instances": [[1]]}"#,
            "instances[0]: has 1 values, but the model takes 2",
        ),
        (
            r#"{"instances": [[1, 2], 3]}"#,
            "instances[1]: has 1 values",
        ),
        (
            r#"{"instances": [[1, "x"]]}"#,
            "instances[0]: column `petal.width` takes numbers",
        ),
        (
            r#"{"instances": [{"petal.width": 1}]}"#,
            "column `petal.length` is missing",
        ),
        (
            r#"{"instances": [{"petal.length": 1, "petal.width": 1, "x": 1}]}"#,
            "unknown column `x`",
        ),
        (
            r#"{"instances": [[null, 1]]}"#,
            "`petal.length` has no value in row 0",
        ),
    ] {
        let answer = server.post("/v1/models/iris:predict", body);
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert!(
            answer.error().contains(message),
            "{body}: {}",
            answer.error()
        );
    }
}
