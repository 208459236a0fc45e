//! Values as logs and messages show them: without what they keep secret.

use std::borrow::Cow;

use crate::arguments::shown;

/// The words of an argument's name that say its value is a secret.
const SECRETS: [&str; 7] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "credentials",
];

/// A value on one line, cut off, and without secrets: the whole value if the argument's name says that it is one, else the
/// user, the password and the query of each URL in it, since a query may hold a signature.
pub(crate) fn value(argument: &str, text: &str) -> String {
    if argument.split('_').any(|word| SECRETS.contains(&word)) {
        return "…".to_owned();
    }
    shown(&without_credentials(text))
}

fn without_credentials(text: &str) -> Cow<'_, str> {
    let Some((before, rest)) = text.split_once("://") else {
        return text.into();
    };
    let ends_url = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>');
    let (url, after) = rest.split_at(rest.find(ends_url).unwrap_or(rest.len()));
    let (address, query) = match url.split_once('?') {
        Some((address, _)) => (address, "?…"),
        None => (url, ""),
    };
    let (authority, path) = address.split_at(address.find('/').unwrap_or(address.len()));
    let (user, host) = match authority.rsplit_once('@') {
        Some((_, host)) => ("…@", host),
        None => ("", authority),
    };
    format!(
        "{before}://{user}{host}{path}{query}{}",
        without_credentials(after)
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn a_url_is_shown_without_user_password_and_query() {
        for (text, wanted) in [
            ("https://host/a.csv", "https://host/a.csv"),
            (
                "https://me:pa@ss@host:8443/a?sig=x&b=/c",
                "https://…@host:8443/a?…",
            ),
            ("s3://key@bucket", "s3://…@bucket"),
            (
                r#"["http://a?x", "http://u:p@b/c"]"#,
                r#"["http://a?…", "http://…@b/c"]"#,
            ),
            ("no url", "no url"),
            ("://", "://"),
        ] {
            assert_eq!(value("url", text), wanted);
        }
    }

    #[test]
    fn a_secret_is_not_shown_at_all() {
        for argument in ["password", "db_password", "token", "client_secret"] {
            assert_eq!(value(argument, "hunter2"), "…");
        }
        assert_eq!(value("tokenizer", "bpe"), "bpe");
        assert_eq!(value("sort_key", "id"), "id");
    }
}
