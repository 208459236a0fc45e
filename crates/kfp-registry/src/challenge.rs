//! `WWW-Authenticate`: what a registry wants to see before it answers, and the scopes it names.
//! Schemes other than Basic and Bearer are ignored.

use std::collections::BTreeSet;

use ureq::http::HeaderMap;
use ureq::http::header::WWW_AUTHENTICATE;

/// How a registry wants to be authenticated to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    Basic,
    Bearer {
        realm: String,
        service: Option<String>,
        scope: Scopes,
    },
}

impl Challenge {
    /// The challenge to answer: Bearer before Basic, as docker does.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let values = headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut basic = None;
        for (scheme, mut parameters) in values.flat_map(parse) {
            let mut take = |name: &str| {
                let at = parameters
                    .iter()
                    .position(|(key, _)| key.eq_ignore_ascii_case(name))?;
                Some(parameters.swap_remove(at).1)
            };
            if scheme.eq_ignore_ascii_case("bearer") {
                if let Some(realm) = take("realm") {
                    let scope = Scopes::parse(&take("scope").unwrap_or_default());
                    return Some(Self::Bearer {
                        realm,
                        service: take("service"),
                        scope,
                    });
                }
            } else if scheme.eq_ignore_ascii_case("basic") {
                basic = Some(Self::Basic);
            }
        }
        basic
    }
}

type Parameters = Vec<(String, String)>;

/// Splits `Scheme a="x, y", b=z, Other c=d`: a word without `=` begins a new challenge.
fn parse(header: &str) -> Vec<(String, Parameters)> {
    let mut challenges: Vec<(String, Parameters)> = Vec::new();
    let mut rest = header.trim_start_matches([' ', ',', '\t']);
    while !rest.is_empty() {
        let end = rest.find([' ', '=', ',', '\t']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        if let Some(value) = rest.strip_prefix('=') {
            let value = value.trim_start_matches('=');
            let (text, after) = if let Some(quoted) = value.strip_prefix('"') {
                unquote(quoted)
            } else {
                unquoted(value)
            };
            if let Some((_, parameters)) = challenges.last_mut() {
                parameters.push((word.to_owned(), text));
            }
            rest = after;
        } else {
            challenges.push((word.to_owned(), Vec::new()));
        }
        rest = rest.trim_start_matches([' ', ',', '\t']);
    }
    challenges
}

fn unquoted(value: &str) -> (String, &str) {
    let end = value.find([',', ' ', '\t']).unwrap_or(value.len());
    (value[..end].to_owned(), &value[end..])
}

fn unquote(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (text, &quoted[at + 1..]),
            '\\' => text.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => text.push(character),
        }
    }
    (text, "")
}

/// What a token allows: actions by resource, the most important resource first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scopes(Vec<(String, BTreeSet<String>)>);

impl Scopes {
    /// Those actions (`pull`, `pull,push`) on a repository.
    pub(crate) fn repository(name: &str, actions: &str) -> Self {
        Self::parse(&format!("repository:{name}:{actions}"))
    }

    /// Parses `repository:a/b:pull,push repository:c:pull`.
    fn parse(text: &str) -> Self {
        let mut scopes = Self::default();
        for scope in text.split_ascii_whitespace() {
            let (resource, actions) = scope.rsplit_once(':').unwrap_or((scope, ""));
            scopes.add(
                resource,
                actions
                    .split(',')
                    .filter(|action| !action.is_empty())
                    .map(str::to_owned),
            );
        }
        scopes
    }

    fn add(&mut self, resource: &str, actions: impl IntoIterator<Item = String>) {
        if let Some((_, known)) = self.0.iter_mut().find(|(known, _)| known == resource) {
            known.extend(actions);
        } else {
            self.0
                .push((resource.to_owned(), actions.into_iter().collect()));
        }
    }

    /// Both sets of scopes, this one's first.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        for (resource, actions) in &other.0 {
            self.add(resource, actions.iter().cloned());
        }
        self
    }

    /// The same scopes, with one repository's called as another registry calls it.
    pub(crate) fn renamed(mut self, from: &str, to: &str) -> Self {
        let (from, to) = (format!("repository:{from}"), format!("repository:{to}"));
        for (resource, _) in &mut self.0 {
            if *resource == from {
                resource.clone_from(&to);
            }
        }
        self
    }

    pub(crate) fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|(resource, actions)| {
            self.0
                .iter()
                .any(|(known, allowed)| known == resource && allowed.is_superset(actions))
        })
    }

    /// One text per resource, as token servers take them.
    pub(crate) fn texts(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().map(|(resource, actions)| {
            let actions: Vec<_> = actions.iter().map(String::as_str).collect();
            format!("{resource}:{}", actions.join(","))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(headers: &[&str]) -> Option<Challenge> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(WWW_AUTHENTICATE, header.parse().unwrap());
        }
        Challenge::of(&map)
    }

    fn bearer(realm: &str, service: Option<&str>, scope: &str) -> Challenge {
        let service = service.map(str::to_owned);
        Challenge::Bearer {
            realm: realm.to_owned(),
            service,
            scope: Scopes::parse(scope),
        }
    }

    #[test]
    fn quotes_commas_and_escapes_are_understood() {
        let expected = Some(bearer(
            "https://a/t",
            Some("a \"b\", c"),
            "repository:x/y:pull,push repository:z:pull",
        ));
        let header = r#"BEARER Realm="https://a/t" , service="a \"b\", c",scope="repository:x/y:pull,push repository:z:pull",error="x""#;
        assert_eq!(challenge(&[header]), expected);
        assert_eq!(
            challenge(&["Bearer realm=https://a/t,service=s"]),
            Some(bearer("https://a/t", Some("s"), ""))
        );
    }

    #[test]
    fn the_first_usable_challenge_of_several_is_taken() {
        assert_eq!(
            challenge(&["Negotiate abc==, Basic realm=\"x\""]),
            Some(Challenge::Basic)
        );
        assert_eq!(
            challenge(&["Basic realm=x", "Bearer realm=r"]),
            Some(bearer("r", None, ""))
        );
        for nothing in ["", "Digest realm=x", "Bearer scope=x", "=", "\"", ",,"] {
            assert_eq!(challenge(&[nothing]), None, "{nothing}");
        }
    }

    #[test]
    fn scopes_merge_by_resource_and_keep_their_order() {
        let asked = Scopes::parse("repository:b:push registry:catalog:*");
        let merged = asked.and(&Scopes::parse("repository:a:pull repository:b:pull"));
        let texts: Vec<_> = merged.texts().collect();
        assert_eq!(
            texts,
            [
                "repository:b:pull,push",
                "registry:catalog:*",
                "repository:a:pull"
            ]
        );
        assert!(merged.covers(&Scopes::repository("b", "pull")));
        assert!(!merged.covers(&Scopes::repository("a", "pull,push")));
    }
}
