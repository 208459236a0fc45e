//! Requests to an API server.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use percent_encoding::utf8_percent_encode;
use serde_json::Value;
use ureq::http::{HeaderMap, HeaderValue, Method, Request, header};
use ureq::{Agent, Body};

use crate::resource::SEGMENT;
use crate::{Cluster, Collection, Error, Resource, Result, Status};

/// No object of Kubernetes is larger than a few MiB; a list may be.
const MAX_ANSWER_BYTES: u64 = 64 << 20;
/// How often a request is sent until it is given up; what is posted is sent once. A repeated apply changes nothing.
const ATTEMPTS: u32 = 4;
/// The pause where the server names none. It doubles from one attempt to the next.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The server may ask for a longer one, but for no longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How many objects a page of a list has.
const PAGE: &str = "500";

/// How an object is applied.
#[derive(Clone, Debug)]
pub struct Apply {
    manager: String,
    force: bool,
    dry_run: bool,
    subresource: Option<String>,
}

impl Apply {
    /// Applies as this field manager. What the manager applied before and leaves out now is removed.
    pub fn as_manager(manager: &str) -> Self {
        Self {
            manager: manager.to_owned(),
            force: false,
            dry_run: false,
            subresource: None,
        }
    }

    /// Takes fields that other managers own, instead of refusing.
    #[must_use]
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// Lets the server check and answer, and store nothing.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// Applies a part with an address of its own, such as `status`.
    #[must_use]
    pub fn subresource(mut self, name: &str) -> Self {
        self.subresource = Some(name.to_owned());
        self
    }
}

/// A client of one API server. Its requests block.
#[derive(Debug)]
pub struct Client {
    cluster: Cluster,
    /// The connections, and when their client certificate has to be replaced.
    agent: Mutex<Option<(Agent, Option<SystemTime>)>>,
}

impl Client {
    /// A client. Nothing is sent yet; a credential plugin may run.
    ///
    /// # Errors
    /// If certificates cannot be used or a credential plugin fails.
    pub fn new(cluster: Cluster) -> Result<Self> {
        let client = Self {
            cluster,
            agent: Mutex::default(),
        };
        client.agent()?;
        Ok(client)
    }

    /// Where the server is, and who speaks to it.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The namespace that is meant where none is named.
    pub fn namespace(&self) -> &str {
        self.cluster.namespace()
    }

    /// An object; none if there is no such object.
    ///
    /// # Errors
    /// [`Error::Refused`] if the server does not know this kind of object or the caller may not read it.
    pub fn get(&self, of: &Collection, name: &str) -> Result<Option<Value>> {
        match self.json(&Method::GET, &of.object(name), &[], None) {
            Ok(object) => Ok(Some(object)),
            Err(Error::Refused { status, .. })
                if status.is_not_found() && !status.is_unknown_kind() =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// All objects that match: `query` has `labelSelector` or `fieldSelector`.
    ///
    /// # Errors
    /// If the server refuses.
    pub fn list(&self, of: &Collection, query: &[(&str, &str)]) -> Result<Vec<Value>> {
        let mut objects = Vec::new();
        let mut next = String::new();
        loop {
            let mut query = query.to_vec();
            query.push(("limit", PAGE));
            if !next.is_empty() {
                query.push(("continue", &next));
            }
            let mut page = self.json(&Method::GET, &of.path(), &query, None)?;
            if let Value::Array(items) = page["items"].take() {
                objects.extend(items);
            }
            match page["metadata"]["continue"].as_str() {
                Some(token) if !token.is_empty() => token.clone_into(&mut next),
                _ => return Ok(objects),
            }
        }
    }

    /// Applies an object on the server (server-side apply), and gives what is stored then.
    ///
    /// # Errors
    /// [`Error::Refused`]: see [`Status::conflicts`] for fields of other managers, [`Status::denied`] for rights,
    /// [`Status::causes`] for what is wrong with the object.
    pub fn apply(&self, to: &Collection, name: &str, object: &Value, how: &Apply) -> Result<Value> {
        let mut path = to.object(name);
        if let Some(part) = &how.subresource {
            path = format!("{path}/{part}");
        }
        // Strict: a field that the server does not know is an error, rather than lost.
        let mut query = vec![
            ("fieldManager", how.manager.as_str()),
            ("fieldValidation", "Strict"),
        ];
        if how.force {
            query.push(("force", "true"));
        }
        if how.dry_run {
            query.push(("dryRun", "All"));
        }
        // JSON is YAML.
        let body = ("application/apply-patch+yaml", object);
        self.json(&Method::PATCH, &path, &query, Some(body))
    }

    /// Creates an object below a path, or calls an action of one, such as `…/serviceaccounts/NAME/token`.
    ///
    /// # Errors
    /// If the server refuses.
    pub fn post(&self, path: &str, object: &Value) -> Result<Value> {
        self.json(&Method::POST, path, &[], Some(("application/json", object)))
    }

    /// Deletes an object with all that belongs to it; whether there was one.
    ///
    /// # Errors
    /// If the server refuses.
    pub fn delete(&self, of: &Collection, name: &str, dry_run: bool) -> Result<bool> {
        let mut query = vec![("propagationPolicy", "Background")];
        if dry_run {
            query.push(("dryRun", "All"));
        }
        match self.text(&Method::DELETE, &of.object(name), &query, None) {
            Ok(_) => Ok(true),
            Err(Error::Refused { status, .. })
                if status.is_not_found() && !status.is_unknown_kind() =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// The last lines that a container of a pod printed; with `previous`, those of the run before its last restart.
    ///
    /// # Errors
    /// If the server refuses, as it does while a container waits to start.
    pub fn logs(
        &self,
        pod: (&str, &str),
        container: &str,
        lines: u32,
        previous: bool,
    ) -> Result<String> {
        let (namespace, name) = pod;
        let path = Resource::core("pods").namespaced(namespace).object(name) + "/log";
        let lines = lines.to_string();
        let previous = previous.to_string();
        let query = [
            ("container", container),
            ("tailLines", &lines),
            ("previous", &previous),
        ];
        self.text(&Method::GET, &path, &query, None)
    }

    fn json(
        &self,
        method: &Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<(&str, &Value)>,
    ) -> Result<Value> {
        let text = self.text(method, path, query, body)?;
        serde_json::from_str(&text).map_err(|error| Error::Unexpected {
            call: self.call(method, path),
            problem: error.to_string(),
        })
    }

    /// Sends a request, again after a pause where that may help, and gives the text of the answer.
    fn text(
        &self,
        method: &Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<(&str, &Value)>,
    ) -> Result<String> {
        let body = body.map(|(content, object)| (content, object.to_string()));
        let body = body
            .as_ref()
            .map(|(content, text)| (*content, text.as_str()));
        let may_repeat = *method != Method::POST;
        let mut pause = FIRST_PAUSE;
        let mut was_refused = false;
        for attempt in 1.. {
            let error = match self.attempt(method, path, query, body) {
                Ok(text) => return Ok(text),
                Err(error) => error,
            };
            if error.status().is_some_and(|status| status.code == 401)
                && !was_refused
                && self.cluster.refused()
            {
                // The login expired early: the plugin is asked again, once.
                was_refused = true;
                *self.kept() = None;
            } else if attempt < ATTEMPTS && may_repeat && is_passing(&error) {
                let asked_for = error.status().and_then(|status| status.retry_after);
                thread::sleep(asked_for.unwrap_or(pause).min(LONGEST_PAUSE));
                pause *= 2;
            } else {
                return Err(error);
            }
        }
        unreachable!("the last attempt returns")
    }

    fn attempt(
        &self,
        method: &Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<(&str, &str)>,
    ) -> Result<String> {
        let pairs: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, SEGMENT)))
            .collect();
        let question = if pairs.is_empty() { "" } else { "?" };
        let address = format!("{}{path}{question}{}", self.cluster.server, pairs.join("&"));
        let unreachable = |source| Error::Unreachable {
            call: self.call(method, path),
            source: Box::new(source),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(address)
            .header(header::ACCEPT, "application/json, */*");
        if let Some(token) = self.cluster.token()? {
            request = request.header(header::AUTHORIZATION, bearer(&token)?);
        }
        let agent = self.agent()?;
        let sent = match body {
            None => request.body(()).map(|request| agent.run(request)),
            Some((content, text)) => request
                .header(header::CONTENT_TYPE, content)
                .body(text)
                .map(|request| agent.run(request)),
        };
        let mut response = sent
            .map_err(|error| unreachable(error.into()))?
            .map_err(unreachable)?;
        let text = read(response.body_mut()).map_err(unreachable)?;
        if response.status().is_success() {
            return Ok(text);
        }
        let mut status = Status::of_body(response.status().as_u16(), &text);
        status.retry_after = retry_after(response.headers());
        Err(Error::Refused {
            call: self.call(method, path),
            status: Box::new(status),
        })
    }

    /// The connections, anew when the client certificate expires.
    fn agent(&self) -> Result<Agent> {
        let mut kept = self.kept();
        if let Some((agent, end)) = &*kept
            && end.is_none_or(|end| SystemTime::now() < end)
        {
            return Ok(agent.clone());
        }
        let agent = self.cluster.network()?.agent(|| {
            Agent::config_builder()
                .timeout_global(Some(Duration::from_secs(60)))
                .timeout_connect(Some(Duration::from_secs(10)))
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .user_agent(concat!("kfp-kube/", env!("CARGO_PKG_VERSION")))
        })?;
        *kept = Some((agent.clone(), self.cluster.credentials.expiry()));
        Ok(agent)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<(Agent, Option<SystemTime>)>> {
        self.agent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(&self, method: &Method, path: &str) -> String {
        format!("{method} {}{path}", self.cluster.server)
    }
}

fn read(body: &mut Body) -> Result<String, ureq::Error> {
    body.with_config()
        .limit(MAX_ANSWER_BYTES)
        .lossy_utf8(true)
        .read_to_string()
}

/// After which time the server asks to be asked again. API servers write seconds.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    seconds.parse().ok().map(Duration::from_secs)
}

fn bearer(token: &str) -> Result<HeaderValue> {
    let mut value =
        HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| Error::Credentials {
            what: "a token".to_owned(),
            source: std::io::Error::other("it contains characters that a header must not contain"),
        })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether another attempt may succeed.
fn is_passing(error: &Error) -> bool {
    match error {
        Error::Unreachable { source, .. } => {
            kfp_http::tls_failure(source).is_none()
                && !matches!(**source, ureq::Error::BadUri(_) | ureq::Error::Other(_))
        }
        Error::Refused { status, .. } => matches!(status.code, 429 | 502 | 503 | 504),
        _ => false,
    }
}
