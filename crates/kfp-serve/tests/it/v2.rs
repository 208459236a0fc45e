//! The Open Inference Protocol over REST.

use serde_json::{Value, json};

use crate::support::Server;

fn features(data: &Value) -> Value {
    json!({"inputs": [{"name": "features", "shape": [2, 2], "datatype": "FP32", "data": data}]})
}

#[test]
fn health_and_metadata_are_as_the_protocol_says() {
    let server = Server::start();
    for path in [
        "/v2/health/live",
        "/v2/health/ready",
        "/v2/models/iris/ready",
        "/v2/models/iris/versions/1/ready",
    ] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    let about = server.get("/v2").json();
    assert_eq!(about["name"], "kfp-serve");
    assert_eq!(about["extensions"], json!(["binary_tensor_data"]));
    let metadata = server.get("/v2/models/iris").json();
    assert_eq!(
        metadata,
        json!({
            "name": "iris", "versions": ["1"], "platform": "kfp-component/model",
            "inputs": [{"name": "features", "datatype": "FP32", "shape": [-1, 2],
                        "parameters": {"names": r#"["petal.length","petal.width"]"#}}],
            "outputs": [
                {"name": "label", "datatype": "INT64", "shape": [-1],
                 "parameters": {"names": r#"["Setosa","Versicolor","Virginica"]"#}},
                {"name": "probabilities", "datatype": "FP32", "shape": [-1, 3],
                 "parameters": {"names": r#"["Setosa","Versicolor","Virginica"]"#}},
            ],
        })
    );
    assert_eq!(server.get("/v2/models/iris/versions/1").json(), metadata);
}

#[test]
fn rows_are_scored_whether_they_come_flat_or_nested() {
    let server = Server::start();
    for data in [json!([1.4, 0.2, 5, 1.5]), json!([[1.4, 0.2], [5, 1.5]])] {
        let answer = server.infer(&features(&data));
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(
            answer.json(),
            json!({
                "model_name": "iris", "model_version": "1",
                "outputs": [
                    {"name": "label", "shape": [2], "datatype": "INT64", "data": [0, 1]},
                    {"name": "probabilities", "shape": [2, 3], "datatype": "FP32",
                     "data": [1.0, 0.0, 0.0, 0.0, 0.5, 0.5]},
                ],
            })
        );
    }
}

#[test]
fn columns_may_come_as_a_tensor_each_in_any_order() {
    let server = Server::start();
    let answer = server.infer(&json!({"inputs": [
        {"name": "petal.width", "shape": [2, 1], "datatype": "FP64", "data": [[0.2], [1.8]]},
        {"name": "petal.length", "shape": [2], "datatype": "FP64", "data": [1.4, 5.0]},
    ]}));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["outputs"][0]["data"], json!([0, 2]));
}

#[test]
fn the_id_comes_back_and_outputs_can_be_chosen() {
    let server = Server::start();
    let mut request = features(&json!([1.4, 0.2, 5.0, 1.5]));
    request["id"] = json!("42");
    request["outputs"] = json!([{"name": "probabilities"}]);
    let answer = server.infer(&request).json();
    assert_eq!(answer["id"], "42");
    let outputs = answer["outputs"].as_array().unwrap();
    assert_eq!(outputs.len(), 1);
    assert_eq!(outputs[0]["name"], "probabilities");
}

#[test]
fn no_rows_are_no_predictions() {
    let server = Server::start();
    let answer = server.infer(&json!({"inputs": [
        {"name": "features", "shape": [0, 2], "datatype": "FP32", "data": []}
    ]}));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["outputs"][0]["data"], json!([]));
}

#[test]
fn a_nullable_column_may_be_null() {
    let server = Server::start();
    let answer = server.infer(&features(&json!([1.4, null, 5.0, null])));
    assert_eq!(answer.status, 200, "{answer:?}");
    // A missing width goes the way of the wide ones.
    assert_eq!(answer.json()["outputs"][0]["data"], json!([0, 2]));
}

#[test]
fn a_large_batch_is_scored_as_row_by_row() {
    let server = Server::start();
    let rows = 20_000;
    let data: Vec<f64> = (0..rows)
        .flat_map(|row| [f64::from(row % 7), f64::from(row % 3)])
        .collect();
    let answer = server.infer(&json!({"inputs": [
        {"name": "features", "shape": [rows, 2], "datatype": "FP32", "data": data}
    ]}));
    let labels = answer.json()["outputs"][0]["data"].clone();
    let labels = labels.as_array().unwrap();
    assert_eq!(labels.len(), 20_000);
    for row in 0..21 {
        let alone = server.infer(&json!({"inputs": [
            {"name": "features", "shape": [1, 2], "datatype": "FP32", "data": &data[2 * row..2 * row + 2]}
        ]}));
        assert_eq!(alone.json()["outputs"][0]["data"][0], labels[row], "{row}");
    }
}
