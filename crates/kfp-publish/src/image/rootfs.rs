//! What an image holds: the program and the little that KFP's launcher needs around it.
//!
//! A list of entries, the same bytes wherever it is made; nothing is taken from this machine's files.

use std::borrow::Cow;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// One file or directory of the image.
pub(super) struct Entry<'a> {
    /// Without leading `/`; a directory ends with `/`.
    pub(super) path: Cow<'a, str>,
    pub(super) mode: u32,
    pub(super) content: &'a [u8],
}

/// The user a component runs as, unless the cluster says otherwise.
pub(super) const USER: &str = "65532:65532";

const PASSWD: &[u8] =
    b"root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n";
const GROUP: &[u8] = b"root:x:0:\nnonroot:x:65532:\n";

/// The entries in order, parents first.
///
/// KFP's launcher runs inside the image as its user: it creates output folders below `/tmp` and uploads over https with
/// the certificates at the place Go looks for them.
pub(super) fn entries<'a>(name: &'a str, program: &'a [u8]) -> Vec<Entry<'a>> {
    let directory = |path: &'static str, mode| Entry {
        path: path.into(),
        mode,
        content: b"",
    };
    let file = |path: &'static str, mode, content| Entry {
        path: path.into(),
        mode,
        content,
    };
    let mut entries = vec![
        directory("etc/", 0o755),
        file("etc/group", 0o444, GROUP),
        file("etc/passwd", 0o444, PASSWD),
        directory("etc/ssl/", 0o755),
        directory("etc/ssl/certs/", 0o755),
        file(
            "etc/ssl/certs/ca-certificates.crt",
            0o444,
            CERTIFICATES.as_bytes(),
        ),
        directory("tmp/", 0o1777),
        Entry {
            path: name.into(),
            mode: 0o555,
            content: program,
        },
    ];
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    entries
}

/// Mozilla's certificate authorities in PEM, as compiled into this crate.
static CERTIFICATES: LazyLock<String> = LazyLock::new(|| {
    let mut pem = String::new();
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        let text = STANDARD.encode(certificate);
        for line in text.as_bytes().chunks(64) {
            pem.extend(line.iter().map(|byte| char::from(*byte)));
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    pem
});
