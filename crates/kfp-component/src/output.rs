//! Files, directories and small values that the component produces.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::artifact::{ArtifactType, FileArtifact};
use crate::error::misuse;
use crate::parameter::{self, Parameter};
use crate::staged::StagedOutput;

/// The longest argument that Linux passes to a program, without the zero byte that ends it: `MAX_ARG_STRLEN` is 128 KiB.
const LONGEST_ARGUMENT: usize = (128 << 10) - 1;

/// Size of the buffers in bytes: eight times what `io::copy` moves at a time, so that a big file needs few system calls.
pub(crate) const BUFFER: usize = 1 << 16;

/// Something that the component produces: a file, a directory, a small value or metrics. Clones are cheap, and all write the
/// same output.
///
/// Data is staged next to its final location and moved into place only if the component succeeds; [`path`](Output::path) is
/// the staging path. The move is a rename, so that a final name never shows a half-written output. Where the file system cannot
/// rename, as gcsfuse cannot rename directories, outputs are copied into place, and the executor output is written last; a
/// program killed during the copy may then leave a part, and KFP does not take it for a success.
///
/// Every output has to be written, or the component fails.
///
/// ```
/// use std::io::Write as _;
///
/// use kfp_component::prelude::*;
/// use kfp_component::testing::output;
///
/// /// Produces one of each.
/// #[component]
/// fn produce(table: Output<Dataset>, model: Output<Model>, rows: Output<u32>) -> Result<()> {
///     writeln!(table.create()?, "a,b")?;
///     table.metadata("columns", 2)?;
///     std::fs::write(model.create_dir()?.join("weights"), "1 2 3")?;
///     rows.set(0)?;
///     Ok(())
/// }
///
/// # fn main() -> Result<()> {
/// let (table, model, rows) = (output(), output(), output());
/// produce(table.clone(), model.clone(), rows.clone())?;
/// assert_eq!(table.text(), "a,b\n");
/// assert!(model.path().join("weights").is_file());
/// assert_eq!(rows.get(), Some(0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Output<T> {
    pub(crate) staged: Arc<StagedOutput>,
    ty: PhantomData<fn() -> T>,
}

impl<T> Clone for Output<T> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.staged))
    }
}

impl<T> Output<T> {
    pub(crate) fn new(staged: Arc<StagedOutput>) -> Self {
        Self {
            staged,
            ty: PhantomData,
        }
    }

    /// Keeps what was written when the component fails or is stopped: a report that says what is wrong with the data.
    ///
    /// Without it nothing is left under the output's final name. KFP 1 stores the outputs of a failed task, and under
    /// `kfp.local` its files stay where they are. KFP 2 on a cluster stores none but the log, so there this has no effect.
    ///
    /// ```
    /// # use kfp_component::prelude::*;
    /// fn validate(table: Input<Dataset>, report: Output<Artifact>) -> Result<()> {
    ///     report.keep_on_failure();
    ///     let rows = table.read_to_string()?.lines().count();
    ///     report.write(format!("{rows} rows"))?;
    ///     if rows < 2 {
    ///         return Err("the table has no rows".into());
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn keep_on_failure(&self) {
        self.staged.state().keep_on_failure = true;
    }

    /// What has been written so far, as text; for tests.
    ///
    /// # Panics
    ///
    /// If nothing was written, or something that is not UTF-8.
    #[track_caller]
    pub fn text(&self) -> String {
        let read = || {
            self.staged.complete()?;
            std::fs::read_to_string(self.staged.path())
        };
        read().unwrap_or_else(|error| panic!("no text in this output: {error}"))
    }
}

impl<A: FileArtifact> Output<A> {
    /// Creates the file, or empties it, for buffered writing.
    ///
    /// # Errors
    ///
    /// If it cannot be created. The error names the argument.
    pub fn create(&self) -> io::Result<Writer> {
        Ok(Writer {
            file: BufWriter::with_capacity(BUFFER, self.staged.create()?),
            staged: Arc::clone(&self.staged),
        })
    }

    /// Writes the whole file.
    ///
    /// # Errors
    ///
    /// If it cannot be created or written. The error names the argument.
    pub fn write(&self, content: impl AsRef<[u8]>) -> io::Result<()> {
        let mut file = self.create()?;
        file.write_all(content.as_ref())?;
        file.flush()
    }

    /// Makes the output a directory, and returns its staging path.
    ///
    /// # Errors
    ///
    /// If it cannot be created. The error names the argument.
    pub fn create_dir(&self) -> io::Result<&Path> {
        self.staged.create_dir()?;
        Ok(self.staged.path())
    }

    /// Where to write, for libraries that take a path. It is not the final name, but has the same extension.
    pub fn path(&self) -> &Path {
        self.staged.path()
    }
}

impl<A: FileArtifact> AsRef<Path> for Output<A> {
    fn as_ref(&self) -> &Path {
        self.path()
    }
}

impl<A: ArtifactType> Output<A> {
    /// Where KFP 2 will store the artifact, such as `minio://bucket/key`; under `kfp.local` a path. KFP 1 does not say.
    pub fn uri(&self) -> Option<&str> {
        self.staged.uri.as_deref()
    }

    /// The artifact's name, which is the name of the argument.
    pub fn name(&self) -> &str {
        &self.staged.name
    }

    /// Records metadata of the artifact: text, a number, a boolean, a list or an object, which KFP 2 stores and shows. KFP 1
    /// stores none.
    ///
    /// # Errors
    ///
    /// Of the kind [`InvalidInput`](io::ErrorKind::InvalidInput): KFP reserves the key, or the value is or holds null or a
    /// number that is not finite.
    pub fn metadata(&self, key: &str, value: impl Into<Value>) -> io::Result<()> {
        let value = value.into();
        if key.is_empty() || key == "store_session_info" {
            return Err(misuse(format!("KFP reserves the metadata key `{key}`")));
        }
        if holds_null(&value) {
            return Err(misuse(format!(
                "metadata `{key}` of output `{}` is null, or not a finite number",
                self.staged.name
            )));
        }
        self.staged.state().metadata.insert(key.into(), value);
        Ok(())
    }
}

impl<P: Parameter> Output<P> {
    /// Sets the value. The last one counts.
    ///
    /// # Errors
    ///
    /// Of the kind [`InvalidInput`](io::ErrorKind::InvalidInput): KFP would change the number on its way, or the text is longer
    /// than the 131,071 bytes with which Linux can start the next task.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "`set(3)` reads better than `set(&3)`"
    )]
    pub fn set(&self, value: P) -> io::Result<()> {
        let value = value
            .to_value()
            .map_err(|wanted| misuse(format!("output `{}` must be {wanted}", self.staged.name)))?;
        let text = parameter::text(&value);
        if text.len() > LONGEST_ARGUMENT {
            return Err(misuse(format!(
                "output `{}` has {} bytes, but KFP passes a parameter as an argument, and Linux starts no program with one \
                 of more than {LONGEST_ARGUMENT} bytes\nhint: produce a file, `Output<Artifact>`, and let the next component \
                 take an `Input<Artifact>`",
                self.staged.name,
                text.len()
            )));
        }
        self.staged.state().content = Some(text);
        Ok(())
    }

    /// The value that was set, for tests.
    pub fn get(&self) -> Option<P> {
        let text = self.staged.state().content.clone()?;
        P::from_value(&text.into()).ok()
    }
}

/// Whether there is a null anywhere, on which KFP 2's backend fails. `serde_json` writes NaN as null.
fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(entries) => entries.values().any(holds_null),
        _ => false,
    }
}

/// An [`Output`] open for writing. Its errors name the argument, and none is lost: if the rest cannot be written when the
/// writer is dropped, the component fails when it ends.
#[derive(Debug)]
pub struct Writer {
    file: BufWriter<File>,
    staged: Arc<StagedOutput>,
}

impl Writer {
    fn check<T>(&self, result: io::Result<T>) -> io::Result<T> {
        // The standard library retries an interrupted write.
        result.map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => self.staged.write_failed(error),
        })
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.file.write(bytes);
        self.check(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.file.flush();
        self.check(result)
    }
}

impl Seek for Writer {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let result = self.file.seek(position);
        self.check(result)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom, Write as _};
    use std::path::Path;
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::Output;
    use crate::artifact::{Dataset, Metrics, Model};
    use crate::staged::StagedOutput;
    use crate::testing::{metadata, output};

    #[test]
    fn the_last_content_written_counts() {
        let table = output::<Dataset>();
        table.write("first, and longer").unwrap();
        table.write("second").unwrap();
        assert_eq!(table.text(), "second");
    }

    #[test]
    fn a_writer_may_seek() {
        let table = output::<Dataset>();
        let mut writer = table.create().unwrap();
        writer.write_all(b"size 0, data").unwrap();
        writer.seek(SeekFrom::Start(5)).unwrap();
        writer.write_all(b"4").unwrap();
        drop(writer);
        assert_eq!(table.text(), "size 4, data");
    }

    #[test]
    fn a_value_is_set_once_it_fits() {
        let rows = output::<u64>();
        assert_eq!(rows.get(), None);
        assert_eq!(
            rows.set(u64::MAX).unwrap_err().to_string(),
            "output `output` must be a whole number from 0 to 9007199254740991"
        );
        rows.set(150).unwrap();
        assert_eq!((rows.get(), &*rows.text()), (Some(150), "150"));
    }

    #[test]
    fn a_value_that_no_program_could_be_started_with_is_refused() {
        let text = output::<String>();
        text.set("x".repeat(131_071)).unwrap();
        let error = text.set("x".repeat(131_072)).unwrap_err().to_string();
        assert!(
            error.starts_with(
                "output `output` has 131072 bytes, but KFP passes a parameter as an argument"
            ),
            "{error}"
        );
        assert!(error.contains("\nhint: produce a file"), "{error}");
        // It is JSON that counts, and bytes rather than characters.
        assert!(
            output::<Vec<String>>()
                .set(vec!["x".repeat(131_068)])
                .is_err()
        );
        assert!(output::<String>().set("ü".repeat(65_536)).is_err());
    }

    #[test]
    fn metadata_holds_no_null() {
        let model = output::<Model>();
        model.metadata("framework", "smartcore").unwrap();
        model.metadata("classes", vec!["a", "b"]).unwrap();
        assert_eq!(metadata(&model, "framework"), Some(json!("smartcore")));
        for value in [
            Value::Null,
            f64::NAN.into(),
            json!([1, null]),
            json!({"a": {"b": null}}),
        ] {
            assert!(model.metadata("bad", value).is_err());
        }
        assert!(
            output::<Metrics>()
                .metadata("store_session_info", "x")
                .is_err()
        );
    }

    /// Libraries that close a file for their caller drop it, and do not see that the last bytes were not written.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_write_that_fails_in_the_end_is_not_lost() {
        let table = Output::<Dataset>::new(Arc::new(StagedOutput::new(
            "table",
            Path::new("/dev/full"),
            None,
        )));
        let mut writer = table.create().unwrap();
        writer.write_all(b"buffered").unwrap();
        drop(writer);
        let error = table.staged.complete().unwrap_err();
        assert_eq!(error.to_string(), "could not write output `table`");
    }

    #[test]
    fn what_was_staged_ends_as_its_final_name_does() {
        let staged = StagedOutput::new("table", Path::new("/tmp/outputs/table.csv"), None);
        assert_eq!(staged.path().parent(), Some(Path::new("/tmp/outputs")));
        assert_eq!(staged.path().extension(), Some("csv".as_ref()));
        assert_ne!(staged.path(), Path::new("/tmp/outputs/table.csv"));
    }
}
