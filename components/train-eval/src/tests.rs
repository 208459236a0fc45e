use kfp_component::testing::{input, metadata, output};

use super::*;

const X_TRAIN: &str = "a,b\n1,9\n2,8\n3,9\n11,1\n12,2\n13,1\n";
const Y_TRAIN: &str = "y\nlow\nlow\nlow\nhigh\nhigh\nhigh\n";

struct Outputs {
    model: Output<Model>,
    metrics: Output<Metrics>,
    ui: Output<ClassificationMetrics>,
}

fn train(x_train: &str, x_test: &str, y_train: &str, y_test: &str) -> Result<Outputs> {
    let outputs = Outputs {
        model: output(),
        metrics: output(),
        ui: output(),
    };
    train_eval(
        input(x_train),
        input(x_test),
        input(y_train),
        input(y_test),
        10,
        42,
        outputs.model.clone(),
        outputs.metrics.clone(),
        outputs.ui.clone(),
    )?;
    Ok(outputs)
}

fn error(x_train: &str, x_test: &str, y_train: &str, y_test: &str) -> String {
    let error = train(x_train, x_test, y_train, y_test)
        .err()
        .expect("it should have failed");
    error.to_string()
}

#[test]
fn accuracy_confusion_matrix_and_roc_come_from_the_test_set() {
    let outputs = train(
        X_TRAIN,
        "a,b\n2,9\n12,1\n12,2\n",
        Y_TRAIN,
        "y\nlow\nhigh\nlow\n",
    )
    .unwrap();

    assert_eq!(outputs.metrics.get("accuracy_score"), Some(2.0 / 3.0));
    let confusion = metadata(&outputs.ui, "confusionMatrix").unwrap();
    assert_eq!(confusion["annotationSpecs"][0]["displayName"], "high");
    assert_eq!(confusion["rows"][0]["row"].to_string(), "[1,0]");
    assert_eq!(confusion["rows"][1]["row"].to_string(), "[1,1]");
    let roc = metadata(&outputs.ui, "confidenceMetrics").unwrap();
    assert_eq!(roc[0]["recall"], 0.0);
}

#[test]
fn three_classes_have_no_roc() {
    let outputs = train(
        "a\n1\n2\n5\n6\n8\n9\n",
        "a\n1\n",
        "y\na\na\nb\nb\nc\nc\n",
        "y\na\n",
    )
    .unwrap();
    assert!(metadata(&outputs.ui, "confusionMatrix").is_some());
    assert!(metadata(&outputs.ui, "confidenceMetrics").is_none());
}

#[test]
fn the_model_can_be_loaded_and_used() {
    let outputs = train(X_TRAIN, "a,b\n2,9\n", Y_TRAIN, "y\nlow\n").unwrap();
    assert_eq!(
        metadata(&outputs.model, "framework").unwrap(),
        "kfp-component"
    );
    assert_eq!(
        metadata(&outputs.model, "format").unwrap(),
        "kfp-component/model 2"
    );
    let model = kfp_model::Model::load(outputs.model.path()).unwrap();
    let predicted = model.predict(&[1.5, 8.5, 12.5, 1.5]).unwrap().classes;
    let predicted: Vec<_> = predicted
        .iter()
        .map(|&class| &model.classes()[class])
        .collect();
    assert_eq!(predicted, ["low", "high"]);
}

#[test]
fn the_manifest_says_what_the_model_was_trained_on_and_how_well() {
    let x_train = X_TRAIN.replace("3,9", "3,9.3");
    let outputs = train(&x_train, "a,b\n2,9\n12,1\n", Y_TRAIN, "y\nlow\nlow\n").unwrap();
    let model = kfp_model::Model::load(outputs.model.path()).unwrap();
    let manifest = model.manifest();
    assert_eq!(manifest.classes, ["high", "low"]);
    assert_eq!(manifest.label.as_deref(), Some("y"));
    assert_eq!(manifest.training_rows, Some(6));
    assert_eq!(manifest.scores["accuracy"].to_string(), "0.5");
    assert_eq!(manifest.columns[1].name, "b");
    assert_eq!(
        (manifest.columns[1].minimum, manifest.columns[1].maximum),
        (Some(1.0), Some(9.3))
    );
}

#[test]
fn a_cell_that_is_not_a_finite_number_is_refused_with_its_line() {
    for cell in ["x", "", "NaN", "inf", "1e999", "1e39"] {
        let table = format!("a,b\r\n1,2\r\n\r\n3,{cell}\r\n");
        let wanted =
            format!("`x_train`, line 4: column `b` is `{cell}`, but must be a finite number");
        assert_eq!(error(&table, "a,b\n1,2\n", "y\na\nb\n", "y\na\n"), wanted);
    }
}

#[test]
fn tables_that_do_not_match_are_refused() {
    let test = "a,b\n2,9\n";
    assert_eq!(
        error(X_TRAIN, test, "y\nlow\n", "y\nlow\n"),
        "`x_train` has 6 rows, but `y_train` has 1"
    );
    assert_eq!(
        error(X_TRAIN, "b,a\n2,9\n", Y_TRAIN, "y\nlow\n"),
        "`x_test` has the columns `b`, `a`, but the forest was trained on `a`, `b`"
    );
    assert_eq!(
        error("a, a\n1,2\n3,4\n", test, "y\nlow\nhigh\n", "y\nlow\n"),
        "`x_train`, line 1: two columns are named `a`"
    );
    assert_eq!(
        error(X_TRAIN, test, X_TRAIN, "y\nlow\n"),
        "`y_train` has 2 columns, but must have one: the label"
    );
}

#[test]
fn tables_without_content_are_refused() {
    let test = "a,b\n2,9\n";
    assert_eq!(
        error("", test, Y_TRAIN, "y\nlow\n"),
        "`x_train` is empty, but line 1 must name the columns"
    );
    assert_eq!(
        error(X_TRAIN, "a,b\n", Y_TRAIN, "y\n"),
        "`x_test` has a header but no rows"
    );
    assert_eq!(
        error("a\n1\n2\n", "a\n1\n", "y\nx\nx\n", "y\nx\n"),
        "all rows of `x_train` have the same class, but a forest needs two classes"
    );
}

#[test]
fn ragged_rows_and_bad_text_are_refused_with_their_line() {
    let test = "a,b\n2,9\n";
    assert_eq!(
        error("a,b\n1,2\n3\n", test, "y\na\nb\n", "y\na\n"),
        "`x_train`, line 3: the header names 2 columns, but the row has 1"
    );
    assert_eq!(
        error("a,b\n1,2\n3,4\n", test, "y\na\n\" \"\n", "y\na\n"),
        "`y_train`, line 3: the label is empty"
    );
    let (ui, metrics) = (output(), output());
    let bytes = input(b"a,b\n1,2\n3,\xff\n");
    let error = train_eval(
        bytes,
        input(test),
        input("y\na\nb\n"),
        input("y\na\n"),
        3,
        0,
        output(),
        metrics,
        ui,
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "`x_train`, line 3: the row is not UTF-8");
}
