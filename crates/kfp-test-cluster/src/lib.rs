//! A KFP API server in memory, for tests: it answers as a real KFP 2.17 was recorded to, and runs what is submitted with
//! the local engine, so that states, logs, outputs and metrics are real.
//!
//! It stands for the API server, the web server in front of it and the metadata store. Recurring runs start nothing by
//! the clock: [`Cluster::fire`] starts a run. The crate is not published.

mod access;
mod content;
mod execution;
mod experiments;
mod list;
mod metadata;
mod namespaces;
mod native;
mod pipelines;
mod recurring;
mod reply;
mod request;
mod route;
mod runs;
mod state;
mod tasks;
mod validate;
mod yaml;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kfp_runner::{cache::Cache, program::Sources};
use kfp_test_support::FaultServer;
pub use kfp_test_support::{Reply, Request};
use tempfile::TempDir;

pub use access::Access;
use state::State;

/// Answers in place of the server; `None` lets it answer.
pub type Fault = Box<dyn Fn(&Request) -> Option<Reply> + Send + Sync>;

/// How a cluster is set up.
#[derive(Default)]
pub struct Options {
    /// What runs the images of pipelines. A run whose image is not here goes on for ever, as on a cluster.
    pub sources: Sources,
    /// Who may ask.
    pub access: Access,
    /// Where the server is below its host: `/pipeline`. Anything else is a web page of a proxy, status 404.
    pub prefix: String,
    /// Whether it has users with namespaces.
    pub is_multi_user: bool,
    /// Whether it has the API that follows the metadata store: tasks and artifacts are resources.
    pub is_native: bool,
    /// Whether nothing is taken from the cache.
    pub has_no_cache: bool,
    /// Answers in place of the server.
    pub fault: Option<Fault>,
}

/// A cluster on loopback. It serves as long as the process lives; its runs' files go when this is dropped.
pub struct Cluster {
    server: Arc<Server>,
    http: FaultServer,
}

/// What the threads of a cluster share.
struct Server {
    options: Options,
    state: Mutex<State>,
    session: Mutex<String>,
    folder: TempDir,
    cache: Option<Arc<Cache>>,
}

impl Cluster {
    /// Starts a cluster on a free port.
    ///
    /// # Panics
    /// If there is no free port or no room for temporary files.
    pub fn start(options: Options) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cache = Cache::new(folder.path().join("cache"), false);
        let mut state = State::default();
        state.add_experiment(experiments::DEFAULT, "", "");
        let server = Arc::new(Server {
            cache: (!options.has_no_cache).then(|| Arc::new(cache)),
            options,
            state: Mutex::new(state),
            session: Mutex::new(state::uuid()),
            folder,
        });
        let shared = Arc::clone(&server);
        let http = FaultServer::start(move |request| shared.answer(request));
        Self { server, http }
    }

    /// A cluster that runs images by the programs of this machine.
    pub fn with(sources: Sources) -> Self {
        Self::start(Options {
            sources,
            ..Options::default()
        })
    }

    /// The endpoint: of the API server, and of the web server.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.http.host(), self.server.options.prefix)
    }

    /// What arrived so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.http.requests()
    }

    /// What arrived so far, one JSON object per line: method, path, query and body.
    pub fn log(&self) -> String {
        let requests = self.requests();
        let lines = requests
            .iter()
            .map(|request| format!("{}\n", request::logged(request)));
        lines.collect()
    }

    /// Starts a run of a recurring run now, whatever its schedule; gives the run's identifier.
    ///
    /// # Panics
    /// If there is no such recurring run, or its run is refused.
    pub fn fire(&self, recurring_run_id: &str) -> String {
        self.server.fire(recurring_run_id).expect("a run")
    }

    /// Ends all sessions: who was logged in is not any more.
    pub fn end_sessions(&self) {
        *lock(&self.server.session) = state::uuid();
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

/// A compiled pipeline's text as JSON, as a client sends it; `None` if it is not one document of YAML.
pub fn json_of_yaml(text: &str) -> Option<serde_json::Value> {
    let mut documents = yaml::documents(text)?;
    documents.pop().filter(|_| documents.is_empty())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
