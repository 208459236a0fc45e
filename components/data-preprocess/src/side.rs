//! One side of the split: a file of features and a file of labels, row by row.

use kfp_component::prelude::*;

use crate::table::Row;

type Csv = csv::Writer<kfp_component::Writer>;

/// The files for training, or those for testing.
pub(crate) struct Side {
    features: Csv,
    labels: Csv,
}

impl Side {
    /// Creates both files, with their headers.
    pub(crate) fn create(
        features: &Output<Dataset>,
        labels: &Output<Dataset>,
        header: &Row,
    ) -> Result<Self> {
        let mut side = Self {
            features: csv::Writer::from_writer(features.create()?),
            labels: csv::Writer::from_writer(labels.create()?),
        };
        side.write(header)?;
        Ok(side)
    }

    pub(crate) fn write(&mut self, row: &Row) -> Result<()> {
        self.features.write_record(row.features()).map_err(cause)?;
        self.labels.write_record([row.label()]).map_err(cause)?;
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<()> {
        self.features.flush()?;
        self.labels.flush()?;
        Ok(())
    }
}

/// The I/O error inside, whose own causes csv's error does not pass on.
fn cause(error: csv::Error) -> Box<dyn std::error::Error + Send + Sync> {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => format!("could not write a row: {other:?}").into(),
    }
}
