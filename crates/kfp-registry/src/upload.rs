//! Uploads: in one piece, or not at all where the registry can mount the blob from a neighbour.
//! One that fails is taken back and begun anew from the content's first byte; nothing is resumed in the middle.

use ureq::http::header::LOCATION;
use ureq::http::{Method, Uri};

use crate::answer::Answer;
use crate::challenge::Scopes;
use crate::client::{PULL, PUSH};
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
        self.upload_blob(image, digest, content, mount_from, progress)
    }

    /// The same without looking first, for a blob that is as good as certainly new.
    pub fn upload_blob(
        &self,
        image: &Reference,
        digest: &Digest,
        content: Content,
        mount_from: Option<&Reference>,
        progress: &dyn Fn(u64),
    ) -> Result<Put> {
        let source = mount_from.filter(|source| source.registry() == image.registry());
        self.retrying(|| {
            let session = match source.map_or(Ok(Mount::Refused), |source| {
                self.mount(image, digest, source)
            })? {
                Mount::Done => return Ok(Put::Mounted),
                Mount::Session(session) => session,
                Mount::Refused => self.begin(image)?,
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

    fn mount(&self, image: &Reference, digest: &Digest, source: &Reference) -> Result<Mount> {
        let path = format!("blobs/uploads/?mount={digest}&from={}", source.repository());
        let call = self
            .call(Method::POST, image, &path)?
            .body(Content::Bytes(&[]));
        let need = Scopes::repository(image.repository(), PUSH);
        let need = need.and(&Scopes::repository(source.repository(), PULL));
        match self.send(image, &call, &need) {
            // Not every registry mounts, and not everyone may read the source: then it is sent.
            Ok(answer) if matches!(answer.status, 400..=428 | 430..=499) => {
                answer.drain();
                Ok(Mount::Refused)
            }
            Err(Error::LoginNeeded { .. } | Error::LoginRefused { .. }) => Ok(Mount::Refused),
            Ok(answer) if answer.status == 202 => self.session(image, answer).map(Mount::Session),
            Ok(answer) => {
                answer.expect(&[201])?.drain();
                Ok(Mount::Done)
            }
            Err(error) => Err(error),
        }
    }

    /// Opens an upload session.
    fn begin(&self, image: &Reference) -> Result<Uri> {
        let call = self
            .call(Method::POST, image, "blobs/uploads/")?
            .body(Content::Bytes(&[]));
        let answer = self.write(image, &call)?;
        if answer.status == 404 {
            return Err(Error::no_repository(image));
        }
        self.session(image, answer.expect(&[202])?)
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

/// What became of a request to mount.
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
    fn send(&mut self, digest: &Digest, content: Content, progress: &dyn Fn(u64)) -> Result<()> {
        let mut answer = self.put(digest, content, progress)?;
        if answer.redirect().is_some() {
            answer.drain();
            let patched = self.call(Method::PATCH, self.session.clone(), content, progress)?;
            self.session = self.client.session(self.image, patched.expect(&[202])?)?;
            answer = self.put(digest, Content::Bytes(&[]), &|_| ())?;
        }
        answer.expect(&[201, 204])?.drain();
        Ok(())
    }

    fn put(&self, digest: &Digest, content: Content, progress: &dyn Fn(u64)) -> Result<Answer> {
        let separator = if self.session.query().is_some() {
            '&'
        } else {
            '?'
        };
        let uri = format!("{}{separator}digest={digest}", self.session);
        let uri = uri.parse().map_err(|_| Error::Answer {
            host: self.image.registry().to_owned(),
            request: "POST of an upload".to_owned(),
            reason: "its Location is too long".to_owned(),
        })?;
        self.call(Method::PUT, uri, content, progress)
    }

    fn call(
        &self,
        method: Method,
        uri: Uri,
        content: Content,
        progress: &dyn Fn(u64),
    ) -> Result<Answer> {
        let name = format!("{method} of a blob to {}", self.image.repository());
        let call = Call {
            progress,
            ..Call::new(method, uri, name)
        };
        self.client
            .write(self.image, &call.content(OCTETS, content))
    }

    /// Best effort: what stays behind counts against the user's quota until the registry purges it.
    fn abandon(&self) {
        let call = Call::new(Method::DELETE, self.session.clone(), "DELETE of an upload");
        if let Ok(answer) = self.client.write(self.image, &call) {
            answer.drain();
        }
    }
}
