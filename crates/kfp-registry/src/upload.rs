//! Uploads: in one piece, or not at all where the registry can mount the blob from a neighbour.
//! One that fails is taken back and begun anew from the content's first byte; nothing is resumed in the middle.

use ureq::http::header::LOCATION;
use ureq::http::{Method, Uri};

use crate::answer::Answer;
use crate::client::Access;
use crate::http::Call;
use crate::location;
use crate::{Client, Content, Digest, Error, Reference, Result};

const OCTETS: &str = "application/octet-stream";

/// How a blob came to be in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// Its bytes were sent.
    Uploaded,
    /// It was there.
    Existed,
    /// The registry linked it from another repository.
    Mounted,
}

impl Client {
    /// Brings a blob into the image's repository: found there, mounted from another one of the same registry, or sent.
    /// `progress` hears how many bytes are sent, and begins again at zero when an upload does.
    pub fn put_blob(
        &self,
        image: &Reference,
        digest: &Digest,
        content: Content,
        mount_from: Option<&Reference>,
        progress: &dyn Fn(u64),
    ) -> Result<Put> {
        if self.has_blob(image, digest)? {
            return Ok(Put::Existed);
        }
        let source = mount_from.filter(|source| source.registry() == image.registry());
        self.retrying(|| {
            let session = match self.begin(image, digest, source)? {
                Begun::Mounted => return Ok(Put::Mounted),
                Begun::Session(session) => session,
            };
            let mut upload = Upload {
                client: self,
                image,
                session,
            };
            upload
                .send(digest, content, progress)
                .inspect_err(|_| upload.abandon())?;
            Ok(Put::Uploaded)
        })
    }

    /// Opens an upload session, or gets out of needing one.
    fn begin(
        &self,
        image: &Reference,
        digest: &Digest,
        source: Option<&Reference>,
    ) -> Result<Begun> {
        let need = self.scopes(image, Access::Push);
        if let Some(source) = source {
            let path = format!("blobs/uploads/?mount={digest}&from={}", source.repository());
            let call = self
                .call(Method::POST, image, &path)?
                .body(Content::Bytes(&[]));
            match self.send(
                image,
                &call,
                &need.clone().and(&Self::scopes_to_read(source)),
            ) {
                Ok(answer) if answer.status == 201 => {
                    answer.drain();
                    return Ok(Begun::Mounted);
                }
                Ok(answer) if answer.status == 202 => {
                    return self.session(image, answer).map(Begun::Session);
                }
                // Not every registry mounts, and not everyone may read the source: then it is sent.
                Ok(answer) if (400..500).contains(&answer.status) && answer.status != 429 => {
                    answer.drain();
                }
                Ok(answer) => return Err(answer.into_error(image)),
                Err(
                    Error::LoginNeeded { .. } | Error::LoginRefused { .. } | Error::Denied { .. },
                ) => {}
                Err(error) => return Err(error),
            }
        }
        let call = self
            .call(Method::POST, image, "blobs/uploads/")?
            .body(Content::Bytes(&[]));
        let answer = self.send(image, &call, &need)?;
        match answer.status {
            202 => self.session(image, answer).map(Begun::Session),
            404 => Err(Error::NoRepository {
                host: image.registry().to_owned(),
                repository: image.repository().to_owned(),
            }),
            _ => Err(answer.into_error(image)),
        }
    }

    fn session(&self, image: &Reference, answer: Answer) -> Result<Uri> {
        let location = answer
            .header(LOCATION)
            .ok_or_else(|| answer.unusable("no Location to upload to"))?;
        let session = location::follow(&self.origin(image)?, &answer.uri, location)?;
        answer.drain();
        Ok(session)
    }
}

enum Begun {
    Mounted,
    Session(Uri),
}

/// An open upload session.
struct Upload<'a> {
    client: &'a Client,
    image: &'a Reference,
    session: Uri,
}

impl Upload<'_> {
    /// One PUT; where the registry redirects it (as Google's does), one PATCH and an empty PUT.
    fn send(&mut self, digest: &Digest, content: Content, progress: &dyn Fn(u64)) -> Result<()> {
        let answer = self.call(Method::PUT, Some(digest), content, progress)?;
        if !answer.is_redirect() {
            return self.committed(answer);
        }
        answer.drain();
        let answer = self.call(Method::PATCH, None, content, progress)?;
        if answer.status != 202 {
            return Err(answer.into_error(self.image));
        }
        self.session = self.client.session(self.image, answer)?;
        let answer = self.call(Method::PUT, Some(digest), Content::Bytes(&[]), &|_| ())?;
        self.committed(answer)
    }

    fn committed(&self, answer: Answer) -> Result<()> {
        match answer.status {
            201 | 204 => {
                answer.drain();
                Ok(())
            }
            _ => Err(answer.into_error(self.image)),
        }
    }

    fn call(
        &self,
        method: Method,
        digest: Option<&Digest>,
        content: Content,
        progress: &dyn Fn(u64),
    ) -> Result<Answer> {
        let name = format!("{method} of a blob to {}", self.image.repository());
        let uri = match digest {
            Some(digest) => {
                let separator = if self.session.query().is_some() {
                    '&'
                } else {
                    '?'
                };
                let uri = format!("{}{separator}digest={digest}", self.session);
                uri.parse().map_err(|_| Error::Answer {
                    host: self.image.registry().to_owned(),
                    request: name.clone(),
                    reason: "its Location is too long".to_owned(),
                })?
            }
            None => self.session.clone(),
        };
        let call = Call {
            progress,
            ..Call::new(method, uri, name)
        }
        .content(OCTETS, content);
        self.client.send(
            self.image,
            &call,
            &self.client.scopes(self.image, Access::Push),
        )
    }

    /// Best effort: what stays behind counts against the user's quota until the registry purges it.
    fn abandon(&self) {
        let call = Call::new(Method::DELETE, self.session.clone(), "DELETE of an upload");
        if let Ok(answer) = self.client.send(
            self.image,
            &call,
            &self.client.scopes(self.image, Access::Push),
        ) {
            answer.drain();
        }
    }
}
