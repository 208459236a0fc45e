//! How much of what tasks printed and produced a report holds.

/// All of it in all runs of a report, in bytes of HTML: the rest of two megabytes is for the tables.
pub(super) const CONTENTS: usize = 1_300_000;
/// All curves.
pub(super) const CHARTS: usize = 100_000;

/// What is left.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        Self(bytes)
    }

    /// Whether there is room, which is then taken.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }
}
