//! Lists: filters, orders and pages, refused in the server's words.

use std::{cmp::Ordering, time::SystemTime};

use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use kfp_test_support::Reply;
use serde_json::{Map, Value, json};

use crate::{
    reply::{Answer, ok, refused},
    request::Query,
};

const CHAIN: &str = "Failed to create list options: Invalid input error: ";

/// What is listed: its key in the answer, its name in messages, the field that identifies it, and the fields that may be
/// sorted and filtered by.
pub(crate) struct Listed {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) id: &'static str,
    pub(crate) model: &'static str,
    pub(crate) fields: &'static [&'static str],
}

/// The part of a list that was asked for.
pub(crate) fn page(listed: &Listed, query: &Query, items: Vec<Map<String, Value>>) -> Answer {
    let (sort_by, is_descending) = order(listed, query.get("sort_by"))?;
    let predicates = predicates(listed, query.get("filter"))?;
    let size = page_size(query.get("page_size"))?;
    let mut items: Vec<_> = items
        .into_iter()
        .filter(|item| predicates.iter().all(|one| one.holds(item)))
        .collect();
    let filter = if predicates.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(query.get("filter")).unwrap_or_default()
    };
    let mut token = Token {
        sort_by,
        is_descending,
        filter,
        model: listed.model,
    };
    let from = match query.get("page_token") {
        "" => None,
        text => {
            let given = Token::read(text)?;
            let asks = !query.get("sort_by").is_empty() || !query.get("filter").is_empty();
            if asks && !given.is_of(&token) {
                let message = "page token does not match the supplied sort by and/or filtering criteria. Either specify \
                               the same criteria or leave the latter empty if page token is specified";
                return Err(refused(3, CHAIN, message));
            }
            given.adopt(&mut token, &mut items);
            Some(given)
        }
    };
    let id = |item: &Map<String, Value>| item[listed.id].as_str().unwrap_or_default().to_owned();
    let key = |item: &Map<String, Value>| (sortable(item.get(&token.sort_by)), id(item));
    items.sort_by(|one, other| {
        let order = compare(&key(one), &key(other));
        if token.is_descending {
            order.reverse()
        } else {
            order
        }
    });
    let total = items.len();
    let start = from.map_or(0, |from| {
        let place = (from.value.clone(), from.key.clone());
        items
            .iter()
            .position(|item| {
                let order = compare(&key(item), &place);
                order.is_eq() || order.is_gt() != token.is_descending
            })
            .unwrap_or(total)
    });
    let mut answer = Map::new();
    if let Some(next) = items.get(start + size) {
        let (value, key) = key(next);
        answer.insert("next_page_token".into(), token.write(&value, &key).into());
    }
    let part: Vec<Value> = items
        .into_iter()
        .skip(start)
        .take(size)
        .map(Value::Object)
        .collect();
    if !part.is_empty() {
        answer.insert(listed.key.into(), part.into());
    }
    if total > 0 {
        answer.insert("total_size".into(), total.into());
    }
    Ok(ok(&answer.into()))
}

fn page_size(text: &str) -> Result<usize, Reply> {
    match text.parse::<i64>() {
        Ok(size) if size < 0 => {
            let message = format!("The page size should be greater than 0. Got {size}");
            Err(refused(3, CHAIN, &message))
        }
        Ok(0) | Err(_) => Ok(20),
        Ok(size) => Ok(usize::try_from(size).unwrap_or(200).min(200)),
    }
}

fn order(listed: &Listed, text: &str) -> Result<(String, bool), Reply> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (field, is_descending) = match words[..] {
        [] => return Ok(("created_at".to_owned(), false)),
        [field] | [field, "asc"] => (field, false),
        [field, "desc"] => (field, true),
        _ => {
            let message = format!("Received invalid sort by format {text:?}");
            return Err(refused(3, CHAIN, &message));
        }
    };
    if !listed.fields.contains(&field) {
        let name = listed.name;
        let message = format!("Invalid sorting field: {field:?} on listable type {name}");
        return Err(refused(3, CHAIN, &message));
    }
    Ok((field_of(field).to_owned(), is_descending))
}

/// What a key is called in the JSON.
fn field_of(key: &str) -> &str {
    match key {
        "name" => "display_name",
        "status" => "state",
        "id" => "run_id",
        other => other,
    }
}

/// A value as it is compared: times as seconds since 1970.
fn sortable(value: Option<&Value>) -> Value {
    match value {
        Some(Value::String(text)) => match humantime::parse_rfc3339_weak(text) {
            Ok(time) => time
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| since.as_secs())
                .into(),
            Err(_) => text.clone().into(),
        },
        Some(other) => other.clone(),
        None => "".into(),
    }
}

fn compare(one: &(Value, String), other: &(Value, String)) -> Ordering {
    ordered(&one.0, &other.0).then_with(|| one.1.cmp(&other.1))
}

fn ordered(one: &Value, other: &Value) -> Ordering {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => one.to_string().cmp(&other.to_string()),
    }
}

/// The place and the order that a page token holds.
struct Token {
    sort_by: String,
    is_descending: bool,
    filter: Value,
    model: &'static str,
}

/// A page token that was sent.
struct SentToken {
    token: Value,
    value: Value,
    key: String,
}

impl Token {
    fn write(&self, value: &Value, key: &str) -> String {
        let prefix = if self.model.is_empty() {
            String::new()
        } else {
            format!("{}.", self.model)
        };
        let token = json!({
            "SortByFieldName": self.sort_by,
            "SortBySQLColumn": self.sort_by,
            "SortByFieldValue": value,
            "SortByFieldPrefix": prefix,
            "KeyFieldName": "UUID",
            "KeyFieldValue": key,
            "KeyFieldPrefix": prefix,
            "IsDesc": self.is_descending,
            "ModelName": self.model,
            "Filter": self.filter,
        });
        URL_SAFE.encode(token.to_string())
    }

    fn read(text: &str) -> Result<SentToken, Reply> {
        let chain = "Failed to create list options: InvalidInputError: Invalid page token: ";
        let bad = |why: &str| {
            let mut body = json!({"code": 3, "message": format!("{chain}{why}")});
            body["details"] = json!([{
                "@type": "type.googleapis.com/google.rpc.Status",
                "code": 3,
                "message": "Invalid page token",
            }]);
            crate::reply::plain_json(400, &body)
        };
        let bytes = URL_SAFE
            .decode(text)
            .map_err(|_| bad("illegal base64 data at input byte 0"))?;
        let token: Value =
            serde_json::from_slice(&bytes).map_err(|_| bad("invalid character in the token"))?;
        let key = token["KeyFieldValue"]
            .as_str()
            .ok_or_else(|| bad("no key"))?;
        Ok(SentToken {
            value: token["SortByFieldValue"].clone(),
            key: key.to_owned(),
            token,
        })
    }
}

impl SentToken {
    fn is_of(&self, token: &Token) -> bool {
        self.token["SortByFieldName"] == token.sort_by.as_str()
            && self.token["IsDesc"] == token.is_descending
            && self.token["Filter"] == token.filter
    }

    /// Goes on with the order and the filter of the first page.
    fn adopt(&self, token: &mut Token, items: &mut Vec<Map<String, Value>>) {
        self.token["SortByFieldName"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut token.sort_by);
        token.is_descending = self.token["IsDesc"] == true;
        token.filter = self.token["Filter"].clone();
        let parsed = token.filter["predicates"].as_array().into_iter().flatten();
        let predicates: Vec<Predicate> = parsed.filter_map(Predicate::of).collect();
        items.retain(|item| predicates.iter().all(|one| one.holds(item)));
    }
}

/// A condition on a field.
struct Predicate {
    operation: u64,
    key: String,
    value: Value,
}

fn predicates(listed: &Listed, text: &str) -> Result<Vec<Predicate>, Reply> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let filter: Value = serde_json::from_str(text).map_err(|_| {
        let message = format!(
            "failed to parse valid filter from {text:?}: proto:\u{a0}syntax error (line 1:1): invalid value {text}"
        );
        refused(3, CHAIN, &message)
    })?;
    let all = filter["predicates"].as_array().into_iter().flatten();
    let mut predicates = Vec::new();
    for one in all {
        let key = one["key"].as_str().unwrap_or_default();
        if !listed.fields.contains(&key) && !key.starts_with("tags.") {
            let message = format!("no support for filtering on unrecognized field {key:?}");
            return Err(refused(3, CHAIN, &message));
        }
        predicates.extend(Predicate::of(one));
    }
    Ok(predicates)
}

impl Predicate {
    fn of(one: &Value) -> Option<Self> {
        let names = [
            "EQUALS",
            "NOT_EQUALS",
            "GREATER_THAN",
            "",
            "GREATER_THAN_EQUALS",
            "LESS_THAN",
            "LESS_THAN_EQUALS",
            "IN",
            "IS_SUBSTRING",
        ];
        let operation = match &one["operation"] {
            Value::String(name) => 1 + names.iter().position(|known| known == name)? as u64,
            number => number.as_u64()?,
        };
        let value = one
            .as_object()?
            .iter()
            .find(|(name, _)| {
                name.ends_with("Value") || name.contains("_value") || name.ends_with("Values")
            })
            .map(|(_, value)| value.clone())?;
        Some(Self {
            operation,
            key: field_of(one["key"].as_str()?).to_owned(),
            value,
        })
    }

    fn holds(&self, item: &Map<String, Value>) -> bool {
        let actual = match self.key.strip_prefix("tags.") {
            Some(tag) => sortable(item.get("tags").and_then(|tags| tags.get(tag))),
            None => sortable(item.get(&self.key)),
        };
        let wanted = sortable(Some(&self.value));
        let order = ordered(&actual, &wanted);
        match self.operation {
            1 => order.is_eq(),
            2 => order.is_ne(),
            3 => order.is_gt(),
            5 => order.is_ge(),
            6 => order.is_lt(),
            7 => order.is_le(),
            8 => self.value["values"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| sortable(Some(one)) == actual)),
            9 => match (item.get(&self.key).and_then(Value::as_str), &self.value) {
                (Some(actual), Value::String(wanted)) => actual.contains(wanted.as_str()),
                _ => false,
            },
            _ => false,
        }
    }
}
