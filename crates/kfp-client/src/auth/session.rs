//! A login that costs something is kept until the server refuses it.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use ureq::Agent;

use super::{Auth, Header};
use crate::Result;

/// The header that was obtained last, shared by the clones of a client.
#[derive(Clone, Default)]
pub(crate) struct Session(Arc<Mutex<Option<Header>>>);

impl Session {
    /// The header to send.
    pub(crate) fn header(
        &self,
        auth: &Auth,
        agent: &Agent,
        endpoint: &str,
    ) -> Result<Option<Header>> {
        if !auth.is_kept() {
            return auth.header(agent, endpoint);
        }
        // Held meanwhile, so that requests at the same time log in once.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_none() {
            *kept = auth.header(agent, endpoint)?;
        }
        Ok(kept.clone())
    }

    /// Forgets what the server refused, and says whether there is a reason to try again: something was kept.
    pub(crate) fn expire(&self) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take().is_some()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(…)")
    }
}
