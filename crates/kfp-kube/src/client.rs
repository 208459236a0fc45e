//! Requests to the API server.

use std::time::Duration;

use serde_json::Value;
use ureq::{
    Agent,
    http::{Method, Request, StatusCode, header},
};

use crate::{Access, Error, Result};

/// No object of Kubernetes is larger.
const MAX_ANSWER_BYTES: u64 = 16 << 20;

/// A client of one API server.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
    access: Access,
}

/// An answer that is no error.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The object.
    pub body: Value,
}

impl Client {
    /// A client with that access. Nothing is sent yet.
    ///
    /// # Errors
    /// If certificates cannot be used.
    pub fn new(access: &Access) -> Result<Self> {
        let configure = || {
            Agent::config_builder()
                .timeout_global(Some(Duration::from_secs(60)))
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .user_agent(concat!("kfp-kube/", env!("CARGO_PKG_VERSION")))
        };
        let agent = access.network.agent(configure).map_err(Error::Network)?;
        Ok(Self {
            agent,
            access: access.clone(),
        })
    }

    /// The object at a path; none if there is no such object.
    ///
    /// # Errors
    /// If the API server refuses the request, or cannot be reached.
    pub fn get(&self, path: &str) -> Result<Option<Value>> {
        match self.send(&Method::GET, path, None) {
            Ok(answer) => Ok(Some(answer.body)),
            Err(Error::Api { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a request with a body of that content type, once.
    ///
    /// # Errors
    /// If the API server refuses the request, or cannot be reached.
    pub fn send(&self, method: &Method, path: &str, body: Option<(&str, &[u8])>) -> Result<Answer> {
        let call = || format!("{method} {}{path}", self.access.server);
        let unreachable = |source: ureq::Error| Error::Unreachable {
            call: call(),
            source: Box::new(source),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.access.server))
            .header(header::ACCEPT, "application/json");
        if let Some(token) = self.access.tokens.token().map_err(Error::Credentials)? {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let sent = match body {
            Some((content_type, body)) => request
                .header(header::CONTENT_TYPE, content_type)
                .body(body)
                .map(|request| self.agent.run(request)),
            None => request.body(()).map(|request| self.agent.run(request)),
        };
        let mut response = sent
            .map_err(|error| unreachable(error.into()))?
            .map_err(unreachable)?;
        let status = response.status();
        let text = response
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER_BYTES)
            .lossy_utf8(true)
            .read_to_string()
            .map_err(unreachable)?;
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        if status.is_success() {
            return Ok(Answer {
                status: status.as_u16(),
                body,
            });
        }
        let message = body["message"].as_str().unwrap_or(text.trim());
        Err(Error::Api {
            call: call(),
            status: status.as_u16(),
            message: if status == StatusCode::UNAUTHORIZED {
                "the login of the kubeconfig is not accepted".to_owned()
            } else {
                message.to_owned()
            },
        })
    }
}
