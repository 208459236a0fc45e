//! The components of the sample catalog.

/// Name, version, categories, keywords, function.
pub(super) type Sample = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static str,
);

/// What a small team would publish.
pub(super) const SAMPLES: &[Sample] = &[
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

/// A README with all that READMEs have.
pub(super) const README: &str = "\
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
