//! One subset of the rows: a file of features and a file of labels.

use kfp_component::prelude::*;

use crate::table::Row;

type Csv = csv::Writer<kfp_component::Writer>;

/// The files for training, or those for testing.
pub(crate) struct Subset {
    rows: u64,
    features: Csv,
    labels: Csv,
}

impl Subset {
    /// Creates both files, with their headers.
    pub(crate) fn create(
        features: &Output<Dataset>,
        labels: &Output<Dataset>,
        header: &Row,
    ) -> Result<Self> {
        let mut subset = Self {
            rows: 0,
            features: csv::Writer::from_writer(features.create()?),
            labels: csv::Writer::from_writer(labels.create()?),
        };
        subset.append(header)?;
        Ok(subset)
    }

    pub(crate) fn write(&mut self, row: &Row) -> Result<()> {
        self.rows += 1;
        self.append(row)
    }

    fn append(&mut self, row: &Row) -> Result<()> {
        self.features.write_record(row.features()).map_err(cause)?;
        self.labels.write_record([row.label()]).map_err(cause)?;
        Ok(())
    }

    /// Flushes both files and returns how many rows they have.
    pub(crate) fn finish(mut self) -> Result<u64> {
        self.features.flush()?;
        self.labels.flush()?;
        Ok(self.rows)
    }
}

/// The I/O error inside a CSV error, which does not report its source.
fn cause(error: csv::Error) -> Box<dyn std::error::Error + Send + Sync> {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => format!("could not write a row: {other:?}").into(),
    }
}
