//! Plain http through a proxy: the request names its whole URL (RFC 9112, 3.2.2). Proxies such as Squid refuse `CONNECT` to
//! any port but 443.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::http::Uri;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};
use ureq::{Error, Proxy};

/// A connection to a proxy for one request, whose head is rewritten as it passes.
#[derive(Debug)]
pub(crate) struct AbsoluteForm {
    inner: Box<dyn Transport>,
    /// `http://host:port`, which goes in front of the request's path; nothing once the request's head has passed.
    origin: Option<String>,
    authorization: Option<String>,
}

impl AbsoluteForm {
    pub(crate) fn new(inner: Box<dyn Transport>, uri: &Uri, proxy: &Proxy) -> Self {
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let login = (proxy.username(), proxy.password());
        let authorization = (login != (None, None)).then(|| {
            let (user, password) = (login.0.unwrap_or_default(), login.1.unwrap_or_default());
            let encoded = STANDARD.encode(format!("{user}:{password}"));
            format!("Proxy-Authorization: Basic {encoded}\r\n")
        });
        Self {
            inner,
            origin: Some(format!("http://{authority}")),
            authorization,
        }
    }

    /// The bytes of a request's beginning, with its URL and the proxy's login.
    fn rewritten(&mut self, head: &[u8]) -> Option<Vec<u8>> {
        let method = head.iter().position(|byte| *byte == b' ')? + 1;
        let line = head.windows(2).position(|bytes| bytes == b"\r\n")? + 2;
        let origin = self.origin.take()?;
        let authorization = self.authorization.take().unwrap_or_default();
        let parts = [
            &head[..method],
            origin.as_bytes(),
            &head[method..line],
            authorization.as_bytes(),
            &head[line..],
        ];
        Some(parts.concat())
    }
}

impl Transport for AbsoluteForm {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.origin.is_none() {
            return self.inner.transmit_output(amount, timeout);
        }
        let head = self.inner.buffers().output()[..amount].to_vec();
        let bytes = self
            .rewritten(&head)
            .ok_or_else(|| Error::Other("the request line is too long for a proxy".into()))?;
        let size = self.inner.buffers().output().len();
        for chunk in bytes.chunks(size) {
            self.inner.buffers().output()[..chunk.len()].copy_from_slice(chunk);
            self.inner.transmit_output(chunk.len(), timeout)?;
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.inner.await_input(timeout)
    }

    /// The connection serves one request: where the next one begins cannot be seen here.
    fn is_open(&mut self) -> bool {
        false
    }
}
