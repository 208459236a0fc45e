//! Chooses a route for every connection, so that a redirect to another host gets the proxy of that host.

use std::fmt;
use std::sync::Arc;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    ConnectProxyConnector, ConnectionDetails, Connector, NextTimeout, SocksConnector, Transport,
};
use ureq::{Error, Proxy, ProxyProtocol};

use crate::absolute_form::AbsoluteForm;
use crate::proxies::Proxies;

/// Opens the connections that go through a proxy, and leaves the others to the next connector.
pub(crate) struct ProxyConnector {
    pub(crate) proxies: Arc<Proxies>,
    /// The agent's configuration with each proxy, which is how ureq's own connectors are told of one.
    pub(crate) configurations: Vec<(Proxy, Config)>,
}

impl Connector<()> for ProxyConnector {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(proxy) = route(&self.proxies, details.uri)? else {
            return Ok(None);
        };
        let known = self.configurations.iter().find(|(known, _)| known == proxy);
        let (_, config) = known.expect("there is a configuration for every proxy");
        let is_http = matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https);
        if is_http && details.uri.scheme_str() == Some("http") {
            let addrs = details
                .resolver
                .resolve(proxy.uri(), details.config, details.timeout)?;
            let to_proxy = with(details, proxy.uri(), addrs, details.config);
            let transport = (details.run_connector)(&to_proxy)?;
            return Ok(Some(Box::new(AbsoluteForm::new(
                transport,
                details.uri,
                proxy,
            ))));
        }
        let through = with(details, details.uri, details.addrs.clone(), config);
        if is_http {
            boxed(ConnectProxyConnector::default().connect(&through, None::<()>))
        } else {
            boxed(SocksConnector::default().connect(&through, None::<()>))
        }
    }
}

/// The same details for another URL, its addresses and another configuration.
fn with<'a>(
    details: &ConnectionDetails<'a>,
    uri: &'a Uri,
    addrs: ResolvedSocketAddrs,
    config: &'a Config,
) -> ConnectionDetails<'a> {
    ConnectionDetails {
        uri,
        addrs,
        config,
        request_level: details.request_level,
        resolver: details.resolver,
        now: details.now,
        timeout: details.timeout,
        current_time: Arc::clone(&details.current_time),
        run_connector: Arc::clone(&details.run_connector),
        register_shutdown: Arc::clone(&details.register_shutdown),
    }
}

fn boxed<T: Transport>(
    connected: Result<Option<T>, Error>,
) -> Result<Option<Box<dyn Transport>>, Error> {
    Ok(connected?.map(|transport| Box::new(transport) as Box<dyn Transport>))
}

fn route<'a>(proxies: &'a Proxies, uri: &Uri) -> Result<Option<&'a Proxy>, Error> {
    proxies
        .route(uri)
        .map_err(|error| Error::Other(Box::new(error)))
}

impl fmt::Debug for ProxyConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyConnector").finish_non_exhaustive()
    }
}

/// Looks up the addresses of servers that are reached directly. The others' names may be known to their proxy only.
#[derive(Debug)]
pub(crate) struct ProxyResolver {
    pub(crate) proxies: Arc<Proxies>,
    pub(crate) inner: DefaultResolver,
}

impl Resolver for ProxyResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        match route(&self.proxies, uri)? {
            Some(proxy) if !proxy.resolve_target() => Ok(self.empty()),
            _ => self.inner.resolve(uri, config, timeout),
        }
    }
}
