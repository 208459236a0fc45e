//! Lists: sorting, filtering, and the pages they come in.

use std::{collections::VecDeque, marker::PhantomData};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{Client, Error, Result};

/// Which items of a list, and in which order.
#[derive(Clone, Debug, Default)]
pub struct List {
    query: Vec<(&'static str, String)>,
    page_size: Option<u16>,
}

impl List {
    /// All items, in the server's own order.
    pub fn all() -> Self {
        Self::default()
    }

    /// Items of one namespace, required in multi-user mode; an empty one is not sent.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        let namespace = namespace.into();
        if !namespace.is_empty() {
            self.query.push(("namespace", namespace));
        }
        self
    }

    /// Runs or recurring runs of one experiment.
    #[must_use]
    pub fn experiment(mut self, experiment_id: impl Into<String>) -> Self {
        self.query.push(("experiment_id", experiment_id.into()));
        self
    }

    /// The order: a field, optionally followed by ` asc` or ` desc`.
    #[must_use]
    pub fn sort_by(mut self, field: impl Into<String>) -> Self {
        self.query.push(("sort_by", field.into()));
        self
    }

    /// Only items that match.
    #[must_use]
    pub fn filter(mut self, filter: &Filter) -> Self {
        self.query.push(("filter", filter.to_json()));
        self
    }

    /// How many items the server sends at once: 20 by default, 200 at most. All are listed either way.
    #[must_use]
    pub fn page_size(mut self, size: u16) -> Self {
        self.page_size = Some(size);
        self
    }
}

/// Conditions that all have to hold. Operations are written as numbers and values in camel case, as the official client
/// does, since not every server knows the names.
#[derive(Clone, Debug, Default)]
pub struct Filter(Vec<Value>);

impl Filter {
    /// A field has exactly this text.
    #[must_use]
    pub fn equals(mut self, key: &str, text: &str) -> Self {
        self.0
            .push(json!({"operation": 1, "key": key, "stringValue": text}));
        self
    }

    /// A field contains this text.
    #[must_use]
    pub fn contains(mut self, key: &str, text: &str) -> Self {
        self.0
            .push(json!({"operation": 9, "key": key, "stringValue": text}));
        self
    }

    fn to_json(&self) -> String {
        json!({ "predicates": self.0 }).to_string()
    }
}

/// The items of a list, fetched a page at a time as they are asked for. It ends after the first error.
#[derive(Debug)]
pub struct Pages<'a, T> {
    client: &'a Client,
    path: String,
    /// The key of the items in the answer.
    key: &'static str,
    list: List,
    items: VecDeque<Value>,
    /// The token of the next page; `None` after the last one.
    next: Option<String>,
    item: PhantomData<T>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Page {
    next_page_token: String,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

impl<'a, T: DeserializeOwned> Pages<'a, T> {
    pub(crate) fn new(client: &'a Client, path: String, key: &'static str, list: &List) -> Self {
        Self {
            client,
            path,
            key,
            list: list.clone(),
            items: VecDeque::new(),
            next: Some(String::new()),
            item: PhantomData,
        }
    }

    fn fetch(&mut self, token: &str) -> Result<()> {
        // The token holds order and filter; the server refuses it beside others than those it was made with.
        let mut query = self.list.query.clone();
        if let Some(size) = self.list.page_size {
            query.push(("page_size", size.to_string()));
        }
        if !token.is_empty() {
            query.push(("page_token", token.to_owned()));
        }
        let mut page: Page = self.client.get(&self.path, &query)?;
        if !token.is_empty() && page.next_page_token == token {
            return Err(Error::Unexpected {
                call: format!("GET {}{}", self.client.endpoint, self.path),
                reason: "the list does not go on: the next page is the same again".to_owned(),
            });
        }
        self.next = (!page.next_page_token.is_empty()).then_some(page.next_page_token);
        if let Some(Value::Array(items)) = page.rest.remove(self.key) {
            self.items = items.into();
        }
        Ok(())
    }
}

impl<T: DeserializeOwned> Iterator for Pages<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.items.is_empty() {
            let token = self.next.take()?;
            if let Err(error) = self.fetch(&token) {
                return Some(Err(error));
            }
        }
        let item = self.items.pop_front()?;
        Some(serde_json::from_value(item).map_err(|error| {
            self.next = None;
            self.items.clear();
            self.client.unexpected("GET", &self.path, &error)
        }))
    }
}
