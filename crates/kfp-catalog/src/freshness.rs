//! How long a verification is worth something.
//!
//! Kubeflow's own component repository warns and gives up after the same times.

/// What the age of the last verification means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// Recent enough.
    Fresh,
    /// It should be done again.
    Ageing,
    /// Nobody knows whether it still holds.
    Stale,
}

impl Freshness {
    /// After that many days.
    pub fn after(days: u64) -> Self {
        match days {
            0..270 => Self::Fresh,
            270..360 => Self::Ageing,
            _ => Self::Stale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fresh_ages_before_it_is_stale() {
        assert_eq!(Freshness::after(269), Freshness::Fresh);
        assert_eq!(Freshness::after(270), Freshness::Ageing);
        assert_eq!(Freshness::after(359), Freshness::Ageing);
        assert_eq!(Freshness::after(360), Freshness::Stale);
    }
}
