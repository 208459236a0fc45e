//! Logins in `.netrc`, the file that curl, git, pip and both KFP SDKs read.
//!
//! Only an entry that names the host counts. A `default` entry names none, and is left alone.

use std::{env, fmt, fs, io::ErrorKind, path::PathBuf};

use crate::{Error, Result};

/// A user and a password, or a token in its place.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// The user; may be empty.
    pub user: String,
    /// The password or token; may be empty.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The login for `host` in the file that `NETRC` names, or in the user's own.
///
/// # Errors
/// [`Error::File`] if the file is there and cannot be read.
pub fn login(host: &str) -> Result<Option<Login>> {
    let name = if cfg!(windows) { "_netrc" } else { ".netrc" };
    let own = || env::home_dir().map(|home| home.join(name));
    let named = env::var_os("NETRC").filter(|path| !path.is_empty());
    let Some(path) = named.map(PathBuf::from).or_else(own) else {
        return Ok(None);
    };
    match fs::read_to_string(&path) {
        Ok(text) => Ok(find(&text, host)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(Error::file(&path, error)),
    }
}

/// The login for `host` in the text of such a file.
///
/// ```
/// let login = kfp_http::netrc::find("machine a.example login ann password s3cret", "a.example");
/// assert_eq!(login.unwrap().user, "ann");
/// ```
pub fn find(text: &str, host: &str) -> Option<Login> {
    let mut words = words(text).into_iter();
    let mut found = None;
    while let Some(word) = words.next() {
        match (word.as_str(), &mut found) {
            ("machine" | "default", Some(_)) => break,
            ("machine", _) => {
                found = (words.next()?.eq_ignore_ascii_case(host)).then(Login::default);
            }
            ("login", Some(login)) => login.user = words.next()?,
            ("password", Some(login)) => login.password = words.next()?,
            ("login" | "password" | "account", _) => drop(words.next()),
            _ => {}
        }
    }
    found.filter(|login| *login != Login::default())
}

/// The words of the file without comments and macros.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut rest = line.trim_start();
        if rest.starts_with('#') {
            continue;
        }
        while !rest.is_empty() {
            let (word, after) = split(rest);
            rest = after.trim_start();
            if word == "macdef" {
                // A macro ends with an empty line.
                lines.by_ref().find(|line| line.trim().is_empty());
                break;
            }
            words.push(word);
        }
    }
    words
}

/// The first word of a text that begins with one. In quotes it may hold blanks, and quotes behind a backslash.
fn split(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        return (word.to_owned(), rest);
    };
    let mut word = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (word, &quoted[at + 1..]),
            '\\' => word.extend(letters.next().map(|(_, letter)| letter)),
            letter => word.push(letter),
        }
    }
    (word, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(text: &str, host: &str) -> Option<(String, String)> {
        find(text, host).map(|login| (login.user, login.password))
    }

    #[test]
    fn an_entry_is_for_its_host_only() {
        let text = "# ours\nmachine a.example login ann password one\nmachine b.example\n  login bob\n  password \"two \\\" #2\"\n";
        let ann = Some(("ann".to_owned(), "one".to_owned()));
        assert_eq!(pair(text, "a.example"), ann);
        assert_eq!(pair(text, "A.Example"), ann);
        assert_eq!(
            pair(text, "b.example"),
            Some(("bob".to_owned(), "two \" #2".to_owned()))
        );
        for host in ["c.example", "x.a.example", "example", ""] {
            assert_eq!(pair(text, host), None, "{host}");
        }
    }

    #[test]
    fn macros_defaults_and_unfinished_entries_are_ignored() {
        let text = "default login anonymous password me\nmacdef init\nmachine a.example login x password y\n\n\
                    machine b.example account c password three\nmachine c.example\nmachine d.example login";
        assert_eq!(pair(text, "a.example"), None);
        assert_eq!(
            pair(text, "b.example"),
            Some((String::new(), "three".to_owned()))
        );
        assert_eq!(pair(text, "c.example"), None);
        assert_eq!(pair(text, "d.example"), None);
    }
}
