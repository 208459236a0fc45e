//! What is done to a run, a schedule or an experiment by its identifier.

use kfp_client::Client;

/// An empty request about one resource.
pub(super) struct Action {
    method: &'static str,
    /// Where the resources are, below the API's address: `runs`.
    collection: &'static str,
    /// What follows the identifier: `:archive`, or nothing.
    verb: &'static str,
    /// What is said once it is done.
    pub(super) done: &'static str,
    /// Does it.
    pub(super) send: fn(&Client, &str) -> kfp_client::Result<()>,
}

impl Action {
    /// A verb of a collection.
    pub(super) fn post(
        collection: &'static str,
        verb: &'static str,
        done: &'static str,
        send: fn(&Client, &str) -> kfp_client::Result<()>,
    ) -> Self {
        Self {
            method: "POST",
            collection,
            verb,
            done,
            send,
        }
    }

    /// The end of a resource.
    pub(super) fn delete(
        collection: &'static str,
        send: fn(&Client, &str) -> kfp_client::Result<()>,
    ) -> Self {
        Self {
            method: "DELETE",
            ..Self::post(collection, "", "Deleted", send)
        }
    }

    /// The request, as `--dry-run` prints it.
    pub(super) fn request(&self, client: &Client, id: &str) -> String {
        let Self {
            method,
            collection,
            verb,
            ..
        } = self;
        let endpoint = client.endpoint();
        format!("{method} {endpoint}/apis/v2beta1/{collection}/{id}{verb}")
    }
}
