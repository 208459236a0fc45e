//! Uploads: in one piece, or not at all where the registry can mount the blob from another repository.
//!
//! An upload that fails is cancelled and repeated from the first byte; nothing is resumed in the middle.

use ureq::http::header::LOCATION;
use ureq::http::{Method, Uri};

use crate::challenge::Scopes;
use crate::client::{PULL, PUSH};
use crate::request::Request;
use crate::response::Response;
use crate::{Body, Client, Digest, Error, Reference, Result};

const OCTETS: &str = "application/octet-stream";

/// How a blob came to be in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadOutcome {
    /// Its bytes were sent.
    Uploaded,
    /// It was there before.
    Existed,
    /// The registry linked it from another repository.
    Mounted,
}

impl Client {
    /// Brings a blob into the image's repository: found there, mounted from another repository of the same registry, or
    /// sent. Where the registry refuses to say whether it has the blob, it is sent.
    ///
    /// `progress` is called with the number of bytes sent, and begins again at zero when an upload is repeated.
    ///
    /// # Errors
    /// [`Error::File`] if the body cannot be read; otherwise what the registry answers to the upload.
    pub fn put_blob(
        &self,
        image: &Reference,
        digest: &Digest,
        body: Body,
        mount_from: Option<&Reference>,
        progress: &dyn Fn(u64),
    ) -> Result<UploadOutcome> {
        match self.has_blob(image, digest) {
            Ok(true) => Ok(UploadOutcome::Existed),
            Err(error) if !error.is_refusal() => Err(error),
            Ok(false) | Err(_) => self.upload_blob(image, digest, body, mount_from, progress),
        }
    }

    /// Like [`Client::put_blob`] without looking first, for a blob that is almost certainly new.
    ///
    /// # Errors
    /// As [`Client::put_blob`].
    pub fn upload_blob(
        &self,
        image: &Reference,
        digest: &Digest,
        body: Body,
        mount_from: Option<&Reference>,
        progress: &dyn Fn(u64),
    ) -> Result<UploadOutcome> {
        let source = mount_from.filter(|source| source.registry() == image.registry());
        self.retrying(|| {
            let session = match source.map_or(Ok(Mount::Refused), |source| {
                self.mount(image, digest, source)
            })? {
                Mount::Done => return Ok(UploadOutcome::Mounted),
                Mount::Session(session) => session,
                Mount::Refused => self.begin(image)?,
            };
            let mut upload = Upload {
                client: self,
                image,
                session,
            };
            upload
                .send(digest, body, progress)
                .inspect_err(|_| upload.abandon())?;
            Ok(UploadOutcome::Uploaded)
        })
    }

    fn mount(&self, image: &Reference, digest: &Digest, source: &Reference) -> Result<Mount> {
        let path = format!("blobs/uploads/?mount={digest}&from={}", source.repository());
        let request = self.request(Method::POST, image, &path)?.empty_body();
        let need = Scopes::repository(image.repository(), PUSH);
        let need = need.and(&Scopes::repository(source.repository(), PULL));
        match self.send(image, &request, &need) {
            // Not every registry mounts, and not everyone may read the source.
            Ok(response) if matches!(response.status, 400..=428 | 430..=499) => {
                response.drain();
                Ok(Mount::Refused)
            }
            Err(Error::LoginNeeded { .. } | Error::LoginRefused { .. }) => Ok(Mount::Refused),
            Ok(response) if response.status == 202 => {
                self.session(image, response).map(Mount::Session)
            }
            Ok(response) => {
                response.expect(&[201])?.drain();
                Ok(Mount::Done)
            }
            Err(error) => Err(error),
        }
    }

    /// Opens an upload session.
    fn begin(&self, image: &Reference) -> Result<Uri> {
        let request = self
            .request(Method::POST, image, "blobs/uploads/")?
            .empty_body();
        let response = self.write(image, &request)?;
        if response.status == 404 {
            return Err(Error::no_repository(image));
        }
        self.session(image, response.expect(&[200, 201, 202])?)
    }

    fn session(&self, image: &Reference, response: Response) -> Result<Uri> {
        let location = response
            .header(LOCATION)
            .ok_or_else(|| response.unusable("no Location to upload to"))?;
        let session = self.follow(image, &response, location)?;
        response.drain();
        Ok(session)
    }
}

/// The outcome of a request to mount.
enum Mount {
    Done,
    /// The registry opened a session to upload to instead.
    Session(Uri),
    Refused,
}

/// An open upload session.
struct Upload<'a> {
    client: &'a Client,
    image: &'a Reference,
    session: Uri,
}

impl Upload<'_> {
    /// One PUT; where the registry redirects it (as Google's does), one PATCH and an empty PUT.
    fn send(&mut self, digest: &Digest, body: Body, progress: &dyn Fn(u64)) -> Result<()> {
        let mut response = self.put(digest, body, progress)?;
        if response.redirect().is_some() {
            response.drain();
            let patched = self.request(Method::PATCH, self.session.clone(), body, progress)?;
            self.session = self
                .client
                .session(self.image, patched.expect(&[200, 201, 202, 204])?)?;
            response = self.put(digest, Body::Bytes(&[]), &|_| ())?;
        }
        response.expect(&[200, 201, 202, 204])?.drain();
        Ok(())
    }

    fn put(&self, digest: &Digest, body: Body, progress: &dyn Fn(u64)) -> Result<Response> {
        let separator = if self.session.query().is_some() {
            '&'
        } else {
            '?'
        };
        let uri = format!("{}{separator}digest={digest}", self.session);
        let uri = uri.parse().map_err(|_| Error::Response {
            host: self.image.registry().to_owned(),
            request: "POST of an upload".to_owned(),
            reason: "its Location is too long".to_owned(),
        })?;
        self.request(Method::PUT, uri, body, progress)
    }

    fn request(
        &self,
        method: Method,
        uri: Uri,
        body: Body,
        progress: &dyn Fn(u64),
    ) -> Result<Response> {
        let name = format!("{method} of a blob to {}", self.image.repository());
        let request = Request {
            progress,
            ..Request::new(method, uri, name)
        };
        self.client.write(self.image, &request.body(OCTETS, body))
    }

    /// Cancels the upload, if the registry lets us: what stays behind counts against the user's quota.
    fn abandon(&self) {
        let request = Request::new(Method::DELETE, self.session.clone(), "DELETE of an upload");
        if let Ok(response) = self.client.write(self.image, &request) {
            response.drain();
        }
    }
}
