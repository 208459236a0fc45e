//! What callers do wrong is answered with 4xx and a JSON error that names the field.

use serde_json::{Value, json};

use crate::support::Server;

/// A request whose first input is changed by `change`.
fn changed(change: &Value) -> Value {
    let mut input =
        json!({"name": "features", "shape": [1, 2], "datatype": "FP32", "data": [1.4, 0.2]});
    for (key, value) in change.as_object().unwrap() {
        input[key] = value.clone();
    }
    json!({"inputs": [input]})
}

#[expect(clippy::too_many_lines, reason = "a table")]
#[test]
fn a_wrong_request_names_what_is_wrong() {
    let server = Server::start();
    let good = json!({"name": "features", "shape": [1, 2], "datatype": "FP32", "data": [1.4, 0.2]});
    let column = |name: &str, shape: Value, data: Value| json!({"name": name, "shape": shape, "datatype": "FP64", "data": data});
    let cases = [
        (
            changed(&json!({"name": "Z"})),
            "unexpected input `Z`: the model takes `features`",
        ),
        (
            changed(&json!({"datatype": "FP64"})),
            "input `features`: unexpected datatype `FP64`, expecting `FP32`",
        ),
        (
            changed(&json!({"datatype": "FP33"})),
            "unexpected datatype `FP33`",
        ),
        (
            changed(&json!({"shape": [1, 3]})),
            "input `features`: unexpected shape [1, 3], expecting [-1,2]",
        ),
        (changed(&json!({"shape": [2]})), "expecting [-1,2]"),
        (changed(&json!({"shape": [-1, 2]})), "expecting [-1,2]"),
        (
            changed(&json!({"shape": [2, 2]})),
            "has 2 FP32 values, but the shape [2, 2] takes 4",
        ),
        (
            changed(&json!({"shape": [i64::MAX, 2]})),
            "has 2 FP32 values, but the shape",
        ),
        (
            changed(&json!({"data": ["a", "b"]})),
            "input `features`: element 0 is a string; FP32 takes numbers",
        ),
        (
            changed(&json!({"data": [1.4, true]})),
            "element 1 is a boolean",
        ),
        (
            changed(&json!({"data": [1e300, 1.0]})),
            "FP32 takes numbers up to",
        ),
        (changed(&json!({"data": {"a": 1}})), "is an object"),
        (changed(&json!({"data": 1.4})), "write a list"),
        (
            changed(&json!({"data": [[1.4], [0.2]]})),
            "not the shape [1, 2]",
        ),
        (changed(&json!({"data": [[[1.4, 0.2]]]})), "nested deeper"),
        (
            changed(&json!({"data": [1.4, [1.4, 0.2]]})),
            "mixes values and lists",
        ),
        (
            changed(&json!({"data": [null, 0.2]})),
            "column `petal.length` has no value in row 0",
        ),
        (changed(&json!({"shape": "x"})), "expected a sequence"),
        (json!({"inputs": []}), "`inputs` is empty"),
        (
            json!({"inputs": [good, good]}),
            "input `features` is given twice",
        ),
        (
            json!({"inputs": [good, column("petal.width", json!([1]), json!([1]))]}),
            "unexpected input `petal.width`",
        ),
        (
            json!({"inputs": [column("petal.length", json!([1]), json!([1]))]}),
            "input `petal.width` is missing",
        ),
        (
            json!({"inputs": [column("petal.length", json!([1]), json!([1])), column("petal.width", json!([2]), json!([1, 2]))]}),
            "column `petal.width` has 2 rows, but `petal.length` has 1",
        ),
        (
            json!({"inputs": [column("petal.length", json!([1, 2]), json!([1, 2])), column("petal.width", json!([2]), json!([1, 2]))]}),
            "input `petal.length`: unexpected shape [1, 2]",
        ),
        (
            json!({"inputs": [good], "outputs": [{"name": "nope"}]}),
            "unknown output `nope`",
        ),
        (
            json!({"inputs": [good], "outputs": [{"name": "label"}, {"name": "label"}]}),
            "output `label` is asked for twice",
        ),
        (
            json!({"inputs": [good], "parameters": {"binary_data_output": 1}}),
            "`binary_data_output` is true or false",
        ),
        (json!({}), "missing field `inputs`"),
        (json!([]), "inference request"),
        (
            json!({"inputs": [{"name": "features", "shape": [1, 2], "datatype": "FP32"}]}),
            "input `features`: `data` is missing",
        ),
    ];
    for (request, message) in cases {
        let answer = server.infer(&request);
        assert_eq!(answer.status, 400, "{request}: {answer:?}");
        assert!(
            answer.error().contains(message),
            "{request}: {}",
            answer.error()
        );
    }
    // After all of it the server still answers.
    assert_eq!(server.infer(&json!({"inputs": [good]})).status, 200);
}

#[test]
fn a_request_of_very_many_inputs_is_refused_before_long() {
    let server = Server::start();
    let inputs: Vec<String> = (0..150_000)
        .map(|n| format!(r#"{{"name":"an input {n:06}","shape":[1],"datatype":"FP32","data":[]}}"#))
        .collect();
    let answer = server.post(
        "/v2/models/iris/infer",
        &format!(r#"{{"inputs":[{}]}}"#, inputs.join(",")),
    );
    assert_eq!(answer.status, 400);
    assert!(
        answer.error().contains("`an input 000000`"),
        "{}",
        answer.error()
    );
}

#[test]
fn a_path_that_is_not_utf_8_is_refused_as_json() {
    let server = Server::start();
    for path in [
        "/v2/models/%FF",
        "/v2/models/iris/versions/%FF",
        "/v1/models/%FF",
    ] {
        let answer = server.get(path);
        assert_eq!(answer.status, 400, "{path}: {answer:?}");
        assert!(answer.error().contains("UTF-8"), "{}", answer.error());
    }
}

#[test]
fn a_body_that_is_not_json_is_the_callers_mistake() {
    let server = Server::start();
    for body in [
        "",
        "{",
        "{\"inputs\": [",
        "null",
        "NaN",
        "\u{0}",
        "{\"inputs\": [{\"data\": [NaN]}]}",
    ] {
        let answer = server.post("/v2/models/iris/infer", body);
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert!(answer.error().contains("JSON"), "{}", answer.error());
    }
    let deep = "[".repeat(100_000);
    assert_eq!(server.post("/v2/models/iris/infer", &deep).status, 400);
    let deep = format!(
        r#"{{"inputs":[{{"name":"features","shape":[1,2],"datatype":"FP32","data":{}{}}}]}}"#,
        "[".repeat(120),
        "]".repeat(120)
    );
    assert_eq!(server.post("/v2/models/iris/infer", &deep).status, 400);
}

#[test]
fn unknown_models_versions_and_paths_are_not_found() {
    let server = Server::start();
    for path in [
        "/v2/models/nope",
        "/v2/models/nope/ready",
        "/v2/models/iris/versions/7",
        "/v2/models/iris/versions/7/ready",
        "/v1/models/nope",
        "/v3",
        "/favicon.ico",
    ] {
        let answer = server.get(path);
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        assert!(!answer.error().is_empty(), "{path}");
    }
    for path in [
        "/v2/models/nope/infer",
        "/v2/models/iris/versions/7/infer",
        "/v1/models/nope:predict",
        "/v1/models/iris:explain",
    ] {
        assert_eq!(server.post(path, "{}").status, 404, "{path}");
    }
}

#[test]
fn another_method_is_refused_as_json() {
    let server = Server::start();
    for path in ["/v2/models/iris/infer", "/v1/models/iris:predict"] {
        let answer = server.get(path);
        assert_eq!(answer.status, 405, "{path}: {answer:?}");
        assert!(!answer.error().is_empty());
    }
    for path in ["/v2/health/live", "/v1/models/iris", "/metrics"] {
        let answer = server.post(path, "{}");
        assert_eq!(answer.status, 405, "{path}: {answer:?}");
        assert!(!answer.error().is_empty());
    }
}
