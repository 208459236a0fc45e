use std::collections::BTreeMap;

use kfp_component::testing::{input, output};

use super::*;

const IRIS: &str = include_str!("../../../pipelines/iris/iris.csv");

/// `x_train`, `x_test`, `y_train`, `y_test`.
fn split(
    table: impl AsRef<[u8]>,
    label: &str,
    fraction: f64,
    seed: u64,
    stratify: bool,
) -> Result<[String; 4]> {
    let outputs = [output(), output(), output(), output()];
    let [x_train, x_test, y_train, y_test] = outputs.clone();
    data_preprocess(
        input(table),
        label.into(),
        fraction,
        seed,
        stratify,
        x_train,
        x_test,
        y_train,
        y_test,
    )?;
    Ok(outputs.map(|output| output.text()))
}

fn error(table: impl AsRef<[u8]>, label: &str) -> String {
    split(table, label, 0.2, 42, true)
        .expect_err("it should have failed")
        .to_string()
}

fn counts(labels: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    labels
        .lines()
        .skip(1)
        .for_each(|label| *counts.entry(label).or_default() += 1);
    counts
}

#[test]
fn iris_is_split_with_the_classes_shares_kept() {
    let [x_train, x_test, y_train, y_test] = split(IRIS, "variety", 0.2, 42, true).unwrap();

    assert!(x_train.starts_with("sepal.length,sepal.width,petal.length,petal.width\n"));
    assert!(y_test.starts_with("variety\n"));
    assert_eq!((x_train.lines().count(), x_test.lines().count()), (121, 31));
    assert_eq!(
        counts(&y_train),
        BTreeMap::from([("Setosa", 40), ("Versicolor", 40), ("Virginica", 40)])
    );
    assert_eq!(
        counts(&y_test),
        BTreeMap::from([("Setosa", 10), ("Versicolor", 10), ("Virginica", 10)])
    );
}

#[test]
fn every_row_goes_to_one_subset_with_its_label_unchanged_and_in_order() {
    let [x_train, x_test, y_train, y_test] = split(IRIS, "variety", 0.3, 7, true).unwrap();

    let rows = |x: &str, y: &str| -> Vec<String> {
        x.lines()
            .zip(y.lines())
            .skip(1)
            .map(|(x, y)| format!("{x},{y}"))
            .collect()
    };
    let (mut train, mut test) = (
        rows(&x_train, &y_train).into_iter().peekable(),
        rows(&x_test, &y_test).into_iter().peekable(),
    );
    for row in IRIS.lines().skip(1) {
        assert!(
            train.next_if(|next| next == row).is_some()
                || test.next_if(|next| next == row).is_some(),
            "{row}"
        );
    }
    assert!(train.next().is_none() && test.next().is_none());
}

#[test]
fn the_seed_decides_the_split() {
    let once = split(IRIS, "variety", 0.2, 1, true).unwrap();
    assert_eq!(once, split(IRIS, "variety", 0.2, 1, true).unwrap());
    assert_ne!(once, split(IRIS, "variety", 0.2, 2, true).unwrap());
}

#[test]
fn without_stratification_only_the_total_is_exact() {
    let rows: Vec<_> = (0..100)
        .map(|row| format!("{row},{}\n", row % 40))
        .collect();
    let [x_train, x_test, ..] = split(
        format!("a,label\n{}", rows.concat()),
        "label",
        0.25,
        3,
        false,
    )
    .unwrap();
    assert_eq!((x_train.lines().count(), x_test.lines().count()), (76, 26));
}

#[test]
fn the_label_may_be_any_column_and_quoted_cells_survive() {
    let table = "\"the, label\",b\r\nx,\"one\ntwo\"\r\nx,\"say \"\"hi\"\"\"\r\n";
    let [x_train, x_test, y_train, _] = split(table, "the, label", 0.5, 0, true).unwrap();
    let both = x_train + &x_test;
    assert!(
        both.contains("\"one\ntwo\"") && both.contains("\"say \"\"hi\"\"\""),
        "{both}"
    );
    assert_eq!(y_train, "\"the, label\"\nx\n");
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_first_name() {
    let [x_train, ..] = split("\u{feff}a,y\n1,x\n2,x\n", "y", 0.5, 0, true).unwrap();
    assert!(x_train.starts_with("a\n"));
}

#[test]
fn a_table_without_rows_is_refused() {
    assert_eq!(
        error("", "y"),
        "`ingested_data` is empty, but line 1 must name the columns"
    );
    assert_eq!(
        error("a,y\n", "y"),
        "`ingested_data` has a header, but no rows"
    );
    assert_eq!(
        error("a,y\n1,x\n", "y"),
        "`ingested_data` has only one row, but needs two: one to train on, one to test on"
    );
}

#[test]
fn a_label_column_that_is_not_there_comes_with_a_suggestion() {
    assert_eq!(
        error(IRIS, "Varietty"),
        "`label_colname` is `Varietty`, but line 1 of `ingested_data` has no such column\nhint: did you mean `variety`?"
    );
    assert_eq!(
        error("a,b\n1,2\n", "species"),
        "`label_colname` is `species`, but line 1 of `ingested_data` has no such column\nhint: there are `a`, `b`"
    );
}

#[test]
fn a_header_that_cannot_be_split_is_refused() {
    assert_eq!(
        error("a,b,a\n1,2,3\n", "b"),
        "`ingested_data`, line 1: two columns are called `a`"
    );
    assert_eq!(
        error("y\nx\nx\n", "y"),
        "`ingested_data` has no column besides `y`, so there are no features"
    );
}

#[test]
fn a_class_with_one_row_is_refused() {
    let error = error("a,y\n1,x\n2,x\n3,z\n", "y");
    assert!(
        error.starts_with("`ingested_data`, line 4: class `z` has only this row, but needs two"),
        "{error}"
    );
    assert!(split("a,y\n1,x\n2,x\n3,z\n", "y", 0.3, 0, false).is_ok());
}

#[test]
fn a_bad_row_is_refused_with_its_line() {
    let ragged = "the header names 2 columns, but the row has 1";
    assert_eq!(
        error("a,y\n1,x\n2\n", "y"),
        format!("`ingested_data`, line 3: {ragged}")
    );
    assert_eq!(
        error(b"a,y\n1,x\n2,\xff\n", "y"),
        "`ingested_data`, line 3: column `y` is not UTF-8"
    );
    assert_eq!(
        error(b"a,\xff\n1,x\n", "y"),
        "`ingested_data`, line 1: the header is not UTF-8"
    );
    assert_eq!(
        error("a,y\n1,x\nNaN,x\n", "y"),
        "`ingested_data`, line 3: column `a` is `NaN`"
    );
    assert_eq!(
        error("a,y\n1,x\n2,\n", "y"),
        "`ingested_data`, line 3: column `y` is empty"
    );
}

#[test]
fn lines_are_counted_right_after_crlf_blank_lines_and_quoted_line_breaks() {
    for table in [
        "a,y\r\n1,x\r\n\r\n\r\n2\r\n",
        "a,y\n\n\n1,x\n2\n",
        "a,y\n\"1\n2\",x\n\n2\n",
        "\u{feff}a,y\n\n1,x\n\n2",
    ] {
        assert!(
            error(table, "y").starts_with("`ingested_data`, line 5: "),
            "{table:?}"
        );
    }
}

#[test]
fn a_quote_that_is_never_closed_does_not_fill_the_memory() {
    let table = format!("a,y\n1,x\n\"{}", "2,x\n".repeat(5 << 20));
    assert_eq!(
        error(table, "y"),
        "`ingested_data` has a row longer than 16 MiB\nhint: is a quote never closed?"
    );
}
