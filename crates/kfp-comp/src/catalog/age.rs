//! How long ago a release was verified, by this machine's clock.

use std::time::SystemTime;

use kfp_catalog::Freshness;

/// What is to be said of a verification's age; nothing while it is fresh. One that never was counts from the release.
pub(crate) fn note(last_verified: Option<&str>, released: &str) -> Option<&'static str> {
    let then = humantime::parse_rfc3339_weak(last_verified.unwrap_or(released)).ok()?;
    // A time still to come is another clock's, and fresh.
    let age = SystemTime::now().duration_since(then).ok()?;
    match Freshness::after(age.as_secs() / 86_400) {
        Freshness::Fresh => None,
        Freshness::Ageing => Some("verify it again"),
        Freshness::Stale => Some("stale"),
    }
}
