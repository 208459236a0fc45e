//! Which catalogs are asked, and what is found in them.

use kfp_catalog::testing;
use serde_json::Value;

use super::{build, refused, run, samples};
use crate::support::Place;

#[test]
fn search_finds_in_spite_of_typing_mistakes_and_filters_by_type() {
    let place = samples();
    let (code, out, _) = run(&place, &["search", "parqet", "--catalog", "../catalog"]);
    let names: Vec<&str> = out
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!((code, names), (0, vec!["csv-to-parquet", "parquet-to-csv"]));
    let (_, out, _) = run(
        &place,
        &[
            "search",
            "--in",
            "model",
            "--out",
            "String",
            "--json",
            "--catalog",
            "../catalog",
        ],
    );
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["components"].as_array().unwrap().len(), 1);
    assert_eq!(found["components"][0]["name"], "kserve-deploy");
}

#[test]
fn without_a_catalog_it_says_how_to_name_one() {
    let place = Place::new();
    refused(
        &place,
        &["search", "csv"],
        &["no catalog is configured", "hint: pass `--catalog DIR|URL`"],
    );
    refused(
        &place,
        &["search", "csv", "--catalog", "nowhere"],
        &["no catalog at `nowhere`: index.json not found"],
    );
    refused(
        &place,
        &["search", "csv", "--catalog", "ftp://x/y"],
        &["`ftp://` is not supported"],
    );
}

#[test]
fn two_catalogs_with_one_name_are_not_guessed_between() {
    let place = samples();
    build(&place.path().join("../other"), &testing::samples()[..1]);
    place.write(
        "work/kfp-comp.toml",
        "[catalogs]\nacme = \"../catalog\"\nother = \"../other\"\n",
    );
    refused(
        &place,
        &["add", "data-ingestion"],
        &[
            "`data-ingestion` is in 2 catalogs: acme, other",
            "hint: choose one: `--catalog acme`",
        ],
    );
    assert_eq!(
        run(&place, &["add", "data-ingestion", "--catalog", "other"]).0,
        0
    );
    assert_eq!(run(&place, &["add", "predict"]).0, 0);
}
