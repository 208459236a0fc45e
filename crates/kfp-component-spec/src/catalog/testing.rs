//! Catalogs for tests: a few components that look real, and as many generated ones as wanted.
//!
//! Their images exist nowhere.

use semver::Version;

use super::{Digest, Draft, Platform, Source, sha256};
use crate::{source, yaml};

/// Name, version, categories, keywords, function.
type Sample = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static str,
);

const SAMPLES: &[Sample] = &[
    (
        "data-ingestion",
        "0.1.0",
        &["ingest"],
        &["download", "http", "csv"],
        "/// Downloads a file over HTTP and hands it on, byte for byte.
        fn data_ingestion(
            /// Where the file is.
            url: String,
            /// What the file must hash to; empty takes anything.
            #[arg(default = \"\")] sha256: String,
            /// The file.
            ingested_data: Output<Dataset>,
        ) -> Result<()> {}",
    ),
    (
        "data-preprocess",
        "0.1.0",
        &["transform"],
        &["split", "csv"],
        "/// Splits a table into features and labels, for training and for testing.
        fn data_preprocess(
            /// A CSV table with a header row.
            ingested_data: Input<Dataset>,
            /// The column to predict.
            label_colname: String,
            /// The share of rows to test on.
            #[arg(default = 0.2, range = 0.0..1.0)] test_size: f64,
            /// Features to train on.
            x_train: Output<Dataset>,
            /// Features to test on.
            x_test: Output<Dataset>,
            /// Labels to train on.
            y_train: Output<Dataset>,
            /// Labels to test on.
            y_test: Output<Dataset>,
        ) -> Result<()> {}",
    ),
    (
        "train-eval",
        "0.2.0",
        &["train"],
        &["random forest", "classification"],
        "/// Trains a random forest and scores it on the test set.
        fn train_eval(
            /// Features to train on.
            x_train: Input<Dataset>,
            /// Features to test on.
            x_test: Input<Dataset>,
            /// Labels to train on.
            y_train: Input<Dataset>,
            /// Labels to test on.
            y_test: Input<Dataset>,
            /// How many trees to grow.
            #[arg(default = 100, range = 1..=10_000)] number_of_estimators: u32,
            /// How a split is judged.
            #[arg(default = \"gini\")] criterion: String,
            /// The trained forest.
            model: Output<Model>,
            /// How well it did.
            mlpipeline_metrics: Output<Metrics>,
        ) -> Result<()> {}",
    ),
    (
        "csv-to-parquet",
        "1.3.1",
        &["convert"],
        &["columnar", "arrow"],
        "/// Converts a CSV file to Parquet, streaming.
        fn csv_to_parquet(
            /// A CSV file with a header row.
            data: Input<Dataset>,
            /// What stands between two fields.
            #[arg(default = \",\")] delimiter: String,
            /// The same table as Parquet.
            table: Output<Dataset>,
            /// How many rows there are.
            rows: Output<i64>,
        ) -> Result<()> {}",
    ),
    (
        "parquet-to-csv",
        "1.0.0",
        &["convert"],
        &["columnar", "arrow"],
        "/// Converts a Parquet file to CSV, streaming.
        fn parquet_to_csv(
            /// A Parquet file.
            table: Input<Dataset>,
            /// The same table as CSV.
            data: Output<Dataset>,
        ) -> Result<()> {}",
    ),
    (
        "evaluate",
        "0.4.0",
        &["metrics"],
        &["accuracy", "confusion matrix", "roc"],
        "/// Compares predictions with labels: accuracy, confusion matrix and ROC curve.
        fn evaluate(
            /// What the model said.
            predictions: Input<Dataset>,
            /// What is true.
            labels: Input<Dataset>,
            /// Accuracy, precision and recall.
            mlpipeline_metrics: Output<Metrics>,
            /// Which class was taken for which.
            mlpipeline_ui_metadata: Output<ClassificationMetrics>,
        ) -> Result<()> {}",
    ),
    (
        "predict",
        "0.4.0",
        &["predict"],
        &["onnx", "inference"],
        "/// Runs a trained model over a table.
        fn predict(
            /// The model.
            model: Input<Model>,
            /// The rows to predict.
            table: Input<Dataset>,
            /// One prediction a row.
            predictions: Output<Dataset>,
        ) -> Result<()> {}",
    ),
    (
        "profile",
        "0.3.0",
        &["validate"],
        &["statistics", "histogram"],
        "/// Describes every column of a table: counts, ranges, histograms, missing values.
        fn profile(
            /// The table.
            table: Input<Dataset>,
            /// A page to look at.
            report: Output<Html>,
            /// The numbers on it.
            statistics: Output<Metrics>,
        ) -> Result<()> {}",
    ),
    (
        "validate-schema",
        "0.2.0",
        &["validate"],
        &["types", "nulls"],
        "/// Checks that a table has the columns and types it should have.
        fn validate_schema(
            /// The table.
            table: Input<Dataset>,
            /// Column names and their types.
            columns: BTreeMap<String, String>,
            /// Whether a violation fails the step.
            #[arg(default = true)] fail: bool,
            /// What was found.
            report: Output<Markdown>,
            /// Whether all is well.
            ok: Output<bool>,
        ) -> Result<()> {}",
    ),
    (
        "kserve-deploy",
        "0.1.0",
        &["deploy"],
        &["kserve", "inference service"],
        "/// Deploys a model as a KServe inference service and waits until it answers.
        fn kserve_deploy(
            /// The model.
            model: Input<Model>,
            /// What the service is called.
            service: String,
            /// How long to wait, in seconds.
            #[arg(default = 300, range = 1..)] wait_seconds: u32,
            /// Where it answers.
            url: Output<String>,
        ) -> Result<()> {}",
    ),
];

const README: &str = "\
# About

Works on **any** table that has a header row, and streams: memory stays flat.

- amd64 and arm64
- no shell, no root

| case | result |
|---|---|
| empty file | an error that names the file |
| one row | one row |

```sh
docker run --rm IMAGE --help
```

See [the documentation](https://example.org/docs) for `more`.
";

/// Components as a small team would publish them, each with one version.
pub fn samples() -> Vec<Draft> {
    SAMPLES
        .iter()
        .map(|(name, version, categories, keywords, function)| {
            let mut draft = draft(name, version, function);
            draft.categories = categories.iter().map(ToString::to_string).collect();
            draft.keywords = keywords.iter().map(ToString::to_string).collect();
            draft.readme = Some(README.to_owned());
            draft
        })
        .collect()
}

/// `count` generated components, with names, words and types that differ.
pub fn many(count: usize) -> Vec<Draft> {
    const VERBS: [&str; 20] = [
        "filter", "join", "sort", "select", "rename", "sample", "split", "merge", "encode",
        "scale", "impute", "rank", "window", "pivot", "hash", "mask", "score", "train", "export",
        "load",
    ];
    const THINGS: [&str; 10] = [
        "csv", "parquet", "json", "images", "text", "audio", "events", "graphs", "vectors",
        "tables",
    ];
    const WAYS: [&str; 10] = [
        "fast", "exact", "stream", "batch", "remote", "local", "sparse", "dense", "daily", "robust",
    ];
    const TYPES: [&str; 5] = ["Dataset", "Model", "Artifact", "Html", "Metrics"];
    (0..count)
        .map(|i| {
            let verb = VERBS[i % 20];
            let thing = THINGS[i / 20 % 10];
            let way = WAYS[i / 200 % 10];
            let suffix = if i < 2000 { String::new() } else { format!("-{}", i / 2000) };
            let name = format!("{verb}-{thing}-{way}{suffix}");
            let (takes, gives) = (TYPES[i % 3], TYPES[i / 3 % 5]);
            let function = format!(
                "/// Takes {thing} and does {verb}, the {way} way.
                fn {}(source: Input<{takes}>, #[arg(default = {i})] seed: i64, result: Output<{gives}>) -> Result<()> {{}}",
                name.replace('-', "_")
            );
            let mut draft = draft(&name, "1.0.0", &function);
            draft.categories = vec![["transform", "convert", "train", "validate"][i % 4].to_owned()];
            draft.keywords = vec![thing.to_owned(), way.to_owned()];
            if i % 7 == 0 {
                draft.platforms.truncate(1);
            }
            draft
        })
        .collect()
}

/// One version of a component with that function.
pub fn draft(name: &str, version: &str, function: &str) -> Draft {
    let component =
        source::component(&format!("#[component]\n{function}")).expect("a good signature");
    let digest = |what: &str| -> Digest {
        let hash = sha256(format!("{name} {version} {what}").as_bytes());
        format!("sha256:{hash}")
            .parse()
            .expect("a hash is a digest")
    };
    let repository = format!("registry.example.org/acme/{name}");
    let package = yaml::Package {
        name: name.to_owned(),
        version: version.to_owned(),
        authors: vec!["Ada Example <ada@example.org>".to_owned()],
        license: Some("MIT OR Apache-2.0".to_owned()),
        source: Some("https://example.org/acme/components".to_owned()),
        image: format!("{repository}@{}", digest("index")),
        ..yaml::Package::default()
    };
    let mut draft = Draft::new(
        name.parse().expect("a good name"),
        Version::parse(version).expect("a good version"),
        yaml::render(&component, &package),
        "2026-11-23T12:00:00Z".to_owned(),
    );
    draft.component = Some(component);
    draft.source = Some(Source {
        git: "https://example.org/acme/components".to_owned(),
        rev: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        path: Some(format!("components/{name}")),
    });
    draft.platforms = ["amd64", "arm64"]
        .into_iter()
        .zip([1_843_200, 1_792_000])
        .map(|(arch, bytes)| Platform {
            os: "linux".to_owned(),
            arch: arch.to_owned(),
            digest: digest(arch),
            bytes: bytes + 1000 * name.len() as u64,
        })
        .collect();
    draft.sboms = vec![("amd64".to_owned(), sbom(name))];
    draft.last_verified = Some("2026-11-23T12:00:00Z".to_owned());
    draft.tested = vec!["1.8.22".to_owned(), "2.17.0".to_owned()];
    draft
        .toolchain
        .insert("rust".to_owned(), "1.95.0".to_owned());
    draft
}

fn sbom(name: &str) -> String {
    let library = |name: &str, license: &str| {
        serde_json::json!({
            "type": "library", "name": name, "version": "1.0.0", "licenses": [{ "expression": license }],
        })
    };
    serde_json::json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": { "type": "application", "name": name } },
        "components": [
            library("csv", "Unlicense OR MIT"),
            library("itoa", "MIT OR Apache-2.0"),
            library("memchr", "Unlicense OR MIT"),
            library("ring", "Apache-2.0 AND ISC"),
        ],
    })
    .to_string()
}
