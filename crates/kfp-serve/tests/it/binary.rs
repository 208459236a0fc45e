//! The binary tensor extension.

use serde_json::{Value, json};

use crate::support::{Answer, Server};

fn bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn request(size: usize) -> Value {
    json!({
        "inputs": [{"name": "features", "shape": [2, 2], "datatype": "FP32",
                    "parameters": {"binary_data_size": size}}],
        "outputs": [{"name": "label"}, {"name": "probabilities", "parameters": {"binary_data": true}}],
    })
}

fn send(server: &Server, json: &Value, binary: &[u8], length: &str) -> Answer {
    let json = json.to_string();
    let length = length.replace("JSON", &json.len().to_string());
    let head = format!(
        "POST /v2/models/iris/infer HTTP/1.1\nInference-Header-Content-Length: {length}\nContent-Length: {}",
        json.len() + binary.len()
    );
    server.raw(&head, &[json.as_bytes(), binary].concat())
}

#[test]
fn tensors_travel_as_bytes_both_ways() {
    let server = Server::start();
    let answer = send(&server, &request(16), &bytes(&[1.4, 0.2, 5.0, 1.5]), "JSON");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        answer.header("content-type"),
        Some("application/octet-stream")
    );
    let length = answer.header("inference-header-content-length").unwrap();
    let (json, binary) = answer.body.split_at(length.parse().unwrap());
    let json: Value = serde_json::from_slice(json).unwrap();
    assert_eq!(json["outputs"][0]["data"], json!([0, 1]));
    assert_eq!(json["outputs"][1]["parameters"]["binary_data_size"], 24);
    assert_eq!(binary, bytes(&[1.0, 0.0, 0.0, 0.0, 0.5, 0.5]));
}

#[test]
fn a_wrong_length_is_the_callers_mistake() {
    let server = Server::start();
    let whole = bytes(&[1.4, 0.2, 5.0, 1.5]);
    let cases: [(usize, &[u8], &str, &str); 8] = [
        (
            16,
            &whole[..15],
            "JSON",
            "`binary_data_size` is 16, but 15 bytes follow",
        ),
        (15, &whole[..15], "JSON", "15 bytes are no whole number"),
        (
            12,
            &whole[..12],
            "JSON",
            "has 3 FP32 values, but the shape [2, 2] takes 4",
        ),
        (12, &whole, "JSON", "4 bytes follow the last binary input"),
        (16, &whole, "100000", "is 100000, but the body has"),
        (16, &whole, "many", "no number of bytes"),
        (16, &whole, "-1", "no number of bytes"),
        (16, &whole, "3", "JSON"),
    ];
    for (size, binary, length, message) in cases {
        let answer = send(&server, &request(size), binary, length);
        assert_eq!(answer.status, 400, "{message}: {answer:?}");
        assert!(
            answer.error().contains(message),
            "{message}: {}",
            answer.error()
        );
    }
}

#[test]
fn nan_and_infinity_follow_the_column() {
    let server = Server::start();
    let nullable = bytes(&[1.4, f32::NAN, 5.0, 1.5]);
    assert_eq!(send(&server, &request(16), &nullable, "JSON").status, 200);
    let required = bytes(&[f32::NAN, 0.2, 5.0, 1.5]);
    let answer = send(&server, &request(16), &required, "JSON");
    assert_eq!(answer.status, 400);
    assert!(
        answer
            .error()
            .contains("`petal.length` has no value in row 0")
    );
    let infinite = bytes(&[1.4, 0.2, 5.0, f32::INFINITY]);
    let answer = send(&server, &request(16), &infinite, "JSON");
    assert_eq!(answer.status, 400);
    assert!(
        answer
            .error()
            .contains("`petal.width` is infinite in row 1")
    );
}
