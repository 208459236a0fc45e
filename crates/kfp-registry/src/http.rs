//! One HTTP exchange: a request sent, a response whose body is bounded. No redirect is followed here, and no error invented.
//!
//! Plain http is spoken only to this machine, or where the user said so.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kfp_http::{Network, is_loopback};
use ureq::http::header::{AUTHORIZATION, CONTENT_LENGTH};
use ureq::http::uri::Scheme;
use ureq::http::{self, HeaderValue, Uri};
use ureq::{Agent, SendBody};

use crate::certs_d::Certificates;
use crate::location::{Limits, Origin};
use crate::peer::Peer;
use crate::request::Request;
use crate::response::Response;
use crate::{Error, Reference, Result};

/// How long a server on this machine may take to show whether it speaks TLS.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// What an [`Http`] is made of.
pub(crate) struct Settings {
    pub(crate) network: Network,
    /// Where certificates of registries are kept, a folder for each registry.
    pub(crate) certificates: Vec<PathBuf>,
    /// Hosts whose scheme the user decided: whether it is https.
    pub(crate) https: BTreeMap<String, bool>,
    pub(crate) timeout: Duration,
}

pub(crate) struct Http {
    settings: Settings,
    /// The hosts in `settings.https`.
    named: Vec<String>,
    agent: Agent,
    /// Agents of registries that have certificates of their own; nothing where the common one serves.
    agents: Mutex<HashMap<String, Option<Agent>>>,
    /// What servers on this machine turned out to speak: whether it is TLS.
    observed: Mutex<HashMap<String, bool>>,
}

impl Http {
    pub(crate) fn new(settings: Settings) -> Result<Self> {
        Ok(Self {
            agent: agent(&settings.network, settings.timeout)?,
            named: settings.https.keys().cloned().collect(),
            settings,
            agents: Mutex::default(),
            observed: Mutex::default(),
        })
    }

    /// The URL of `path` below `/v2/<repository>/` at the image's registry.
    pub(crate) fn url(&self, image: &Reference, path: &str) -> Result<Uri> {
        let registry = image.registry();
        let scheme = if self.is_https(registry) {
            "https"
        } else {
            "http"
        };
        let host = if registry == "docker.io" {
            "registry-1.docker.io"
        } else {
            registry
        };
        let url = format!("{scheme}://{host}/v2/{}/{path}", image.repository());
        url.parse().map_err(|_| Error::Reference {
            text: image.to_string(),
            reason: "does not make a URL",
        })
    }

    /// Where the image's registry is, and where alone its login may go.
    pub(crate) fn origin(&self, image: &Reference) -> Result<Origin> {
        self.url(image, "").map(|url| Origin::of(&url))
    }

    /// Where a registry at `origin` may send us.
    pub(crate) fn limits<'a>(&'a self, origin: &'a Origin) -> Limits<'a> {
        Limits {
            registry: origin,
            named: &self.named,
        }
    }

    /// The registry that a request on behalf of `image` goes to, if it is one that may be shown a login.
    pub(crate) fn peer(&self, image: &Reference, uri: &Uri) -> Result<Option<Peer>> {
        let (uri, origin) = (self.upgraded(image, uri), self.origin(image)?);
        if Origin::of(&uri) == origin {
            let image = image.clone();
            return Ok(Some(Peer { image, origin }));
        }
        Ok(Peer::elsewhere(&uri).filter(|peer| {
            // A login goes in the clear to nobody but whom the user allowed.
            let host = peer.image.registry();
            peer.origin.is_https() || !self.is_https(host)
        }))
    }

    fn is_https(&self, registry: &str) -> bool {
        let decided = self.settings.https.get(registry).copied();
        let observed = || lock(&self.observed).get(registry).copied();
        decided
            .or_else(observed)
            .unwrap_or_else(|| !is_loopback(registry))
    }

    /// The same URL with https, if it leads to a registry that turned out to speak TLS after the URL was made.
    fn upgraded(&self, image: &Reference, uri: &Uri) -> Uri {
        let is_registry = uri
            .authority()
            .is_some_and(|to| to.as_str() == image.registry());
        if !is_registry || uri.scheme_str() != Some("http") || !self.is_https(image.registry()) {
            return uri.clone();
        }
        let mut parts = uri.clone().into_parts();
        parts.scheme = Some(Scheme::HTTPS);
        Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
    }

    /// Sends `request` on behalf of `image` and returns whatever came back.
    pub(crate) fn exchange(
        &self,
        image: &Reference,
        request: &Request,
        authorization: Option<&HeaderValue>,
    ) -> Result<Response> {
        let agent = self.agent(image.registry())?;
        let uri = self.upgraded(image, &request.uri);
        let response = send(&agent, image, request, &uri, authorization);
        if !self.is_first_contact(image, &uri) {
            return response;
        }
        let is_strange = match &response {
            Ok(response) => response.status == 400,
            Err(error) => error.is_broken_connection(),
        };
        let speaks_tls = is_strange && speaks_tls(image.registry());
        if speaks_tls || response.is_ok() {
            lock(&self.observed).insert(image.registry().to_owned(), speaks_tls);
        }
        if speaks_tls {
            send(
                &agent,
                image,
                request,
                &self.upgraded(image, &uri),
                authorization,
            )
        } else {
            response
        }
    }

    /// Whether http is only guessed, from the registry's being on this machine.
    fn is_first_contact(&self, image: &Reference, uri: &Uri) -> bool {
        let registry = image.registry();
        uri.scheme_str() == Some("http")
            && uri.authority().is_some_and(|to| to.as_str() == registry)
            && !self.settings.https.contains_key(registry)
            && !lock(&self.observed).contains_key(registry)
    }

    /// The agent for everything that is done on behalf of a registry's images, its token server included.
    fn agent(&self, registry: &str) -> Result<Agent> {
        let mut agents = lock(&self.agents);
        if let Some(known) = agents.get(registry) {
            return Ok(known.as_ref().unwrap_or(&self.agent).clone());
        }
        let found = Certificates::find(&self.settings.certificates, registry)?;
        let own = if found.is_empty() {
            None
        } else {
            let network = found.added_to(self.settings.network.clone());
            Some(agent(&network, self.settings.timeout)?)
        };
        agents.insert(registry.to_owned(), own.clone());
        Ok(own.unwrap_or_else(|| self.agent.clone()))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn agent(network: &Network, timeout: Duration) -> Result<Agent> {
    let agent = network.agent(|| {
        Agent::config_builder()
            .accept_encoding("identity")
            .user_agent(concat!("kfp-comp/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections_per_host(8)
            .timeout_connect(Some(timeout))
            .timeout_per_read(Some(timeout))
            .timeout_per_write(Some(timeout))
    })?;
    Ok(agent)
}

/// Whether a TLS server listens at `host:port`.
///
/// What is sent begins like a handshake and ends like a request, so that a server of either kind answers at once: one with an
/// alert, the other with an error page.
fn speaks_tls(host: &str) -> bool {
    const PROBE: &[u8] = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00\r\n\r\n";
    const ALERT: u8 = 21;
    let ask = || -> io::Result<u8> {
        let mut addresses = host.to_socket_addrs()?;
        let address = addresses.next().ok_or(io::ErrorKind::NotFound)?;
        let mut stream = TcpStream::connect_timeout(&address, PROBE_TIMEOUT)?;
        stream.set_read_timeout(Some(PROBE_TIMEOUT))?;
        stream.write_all(PROBE)?;
        let mut first = [0];
        stream.read_exact(&mut first)?;
        Ok(first[0])
    };
    ask().is_ok_and(|first| first == ALERT)
}

fn send(
    agent: &Agent,
    image: &Reference,
    request: &Request,
    uri: &Uri,
    authorization: Option<&HeaderValue>,
) -> Result<Response> {
    let host = uri.authority().map_or("", |to| to.as_str());
    let host = match host {
        "registry-1.docker.io" => image.registry(),
        host => host,
    };
    let mut message = http::Request::builder()
        .method(request.method.clone())
        .uri(uri.clone());
    for (name, value) in request
        .headers
        .iter()
        .chain(authorization.map(|value| (&AUTHORIZATION, value)))
    {
        message = message.header(name, value);
    }
    let response = if let Some(body) = request.body {
        let mut reader = body.open(request.progress)?;
        let message = message
            .header(CONTENT_LENGTH, reader.size)
            .body(SendBody::from_reader(&mut reader));
        let sent = message
            .map_err(ureq::Error::from)
            .and_then(|message| agent.run(message));
        match (sent, reader.failure()) {
            (Err(_), Some(failure)) => return Err(failure),
            (sent, _) => sent,
        }
    } else {
        message
            .body(())
            .map_err(ureq::Error::from)
            .and_then(|message| agent.run(message))
    };
    match response {
        Ok(response) => Ok(Response::new(host, image, request, uri.clone(), response)),
        Err(source) => Err(Error::transport(host, source)),
    }
}
