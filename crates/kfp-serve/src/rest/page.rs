//! The page at `/`: a form for the columns of a row, the answer, and the command that asks the same. It runs no script.

use std::collections::HashMap;
use std::fmt::Write as _;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use minijinja::{Environment, context};
use serde_json::{Map, Value, json};

use super::{App, compute, v1};
use crate::refusal::{Kind, Refusal};
use crate::rows::{Rows, Values};
use crate::served::Served;
use crate::signature::{Column, ColumnType, Output};

const PAGE: &str = include_str!("../../page/page.html");
const STYLE: &str = include_str!("../../page/style.css");

/// Nothing is loaded, and nothing is sent anywhere else.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(super) async fn form(State(app): State<App>, headers: HeaderMap) -> Result<Response, Refusal> {
    let fields: Vec<Field> = app
        .served
        .signature()
        .columns
        .iter()
        .map(Field::new)
        .collect();
    render(&app.served, &headers, &fields, None)
}

pub(super) async fn answer(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let body = app.limits.read(&headers, body).await?;
    let served = &app.served;
    let mut sent: HashMap<_, _> = form_urlencoded::parse(&body).into_owned().collect();
    let columns = &served.signature().columns;
    let mut fields: Vec<Field> = columns.iter().map(Field::new).collect();
    let mut row = Map::new();
    for (index, (field, column)) in fields.iter_mut().zip(columns).enumerate() {
        let name = format!("column-{index}");
        field.value = sent.remove(&name).unwrap_or_default();
        match parse(column, &field.value) {
            Ok(value) => {
                row.insert(column.name.clone(), value);
            }
            Err(problem) => field.problem = Some(problem),
        }
    }
    let is_readable = fields.iter().all(|field| field.problem.is_none());
    let mut asked = None;
    if is_readable {
        let asking = row.clone();
        let answer = compute(served, body.len(), move |served| ask(served, &asking)).await;
        asked = Some(Asked {
            answer: answer.map_err(|refusal| refusal.message),
            row,
        });
    }
    render(served, &headers, &fields, asked.as_ref())
}

/// A row that could be read, and what came of it.
struct Asked {
    row: Map<String, Value>,
    answer: Result<Vec<Answer>, String>,
}

/// A field of the form.
struct Field {
    name: String,
    description: String,
    kind: &'static str,
    choices: Vec<String>,
    nullable: bool,
    value: String,
    problem: Option<String>,
}

impl Field {
    fn new(column: &Column) -> Self {
        let choices = match column.ty {
            ColumnType::Boolean => vec!["true".into(), "false".into()],
            _ => column.choices.clone(),
        };
        Self {
            name: column.name.clone(),
            description: column.description.clone(),
            kind: match column.ty {
                ColumnType::Float => "number",
                ColumnType::Integer => "whole number",
                ColumnType::Boolean => "true or false",
                ColumnType::Text => "text",
            },
            choices,
            nullable: column.nullable,
            value: column.example.clone().unwrap_or_default(),
            problem: None,
        }
    }

    fn context(&self) -> minijinja::Value {
        context! {
            name => self.name.as_str(),
            description => self.description.as_str(),
            kind => self.kind,
            choices => self.choices.clone(),
            nullable => self.nullable,
            value => self.value.as_str(),
            problem => self.problem.as_deref(),
        }
    }
}

/// The JSON value of what was typed into a field.
fn parse(column: &Column, text: &str) -> Result<Value, String> {
    let trimmed = text.trim();
    if trimmed.is_empty() && column.nullable {
        return Ok(Value::Null);
    }
    let value = match column.ty {
        ColumnType::Float => trimmed
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite())
            .map(|value| json!(value)),
        ColumnType::Integer => trimmed.parse::<i64>().ok().map(|value| json!(value)),
        ColumnType::Boolean => trimmed.parse::<bool>().ok().map(|value| json!(value)),
        ColumnType::Text => Some(json!(text)),
    };
    value.ok_or_else(|| {
        let wanted = match column.ty {
            ColumnType::Float => "a number, such as 5.1",
            ColumnType::Integer => "a whole number, such as 3",
            ColumnType::Boolean => "true or false",
            ColumnType::Text => "text",
        };
        format!("Write {wanted}.")
    })
}

/// What the model answers to one row.
fn ask(served: &Served, row: &Map<String, Value>) -> Result<Vec<Answer>, Refusal> {
    let signature = served.signature();
    let mut columns: Vec<Values> = signature.columns.iter().map(|c| c.ty.empty()).collect();
    for (column, value) in columns.iter_mut().zip(row.values()) {
        column.push(value.clone()).map_err(Refusal::invalid)?;
    }
    let rows = Rows::new(signature, columns).map_err(Refusal::invalid)?;
    let tensors = served.predict(&rows)?;
    let outputs = signature.outputs.iter().zip(&tensors);
    Ok(outputs
        .map(|(output, tensor)| Answer::new(output, &v1::value(output, &tensor.data, 0)))
        .collect())
}

/// An output's values for the row.
struct Answer {
    name: String,
    description: String,
    values: Vec<AnswerValue>,
}

struct AnswerValue {
    label: Option<String>,
    text: String,
    /// Percent of the bar that is drawn beside a share of one.
    share: Option<f64>,
}

impl Answer {
    fn new(output: &Output, value: &Value) -> Self {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let values = match value {
            Value::Array(values) => values
                .iter()
                .enumerate()
                .map(|(index, value)| AnswerValue {
                    label: Some(
                        output
                            .labels
                            .get(index)
                            .cloned()
                            .unwrap_or_else(|| index.to_string()),
                    ),
                    text: text(value),
                    share: value
                        .as_f64()
                        .filter(|share| (0.0..=1.0).contains(share))
                        .map(|share| share * 100.0),
                })
                .collect(),
            value => vec![AnswerValue {
                label: None,
                text: text(value),
                share: None,
            }],
        };
        Self {
            name: output.name.clone(),
            description: output.description.clone(),
            values,
        }
    }

    fn context(&self) -> minijinja::Value {
        let value = |value: &AnswerValue| {
            context! {
                label => value.label.as_deref(),
                text => value.text.as_str(),
                share => value.share,
            }
        };
        context! {
            name => self.name.as_str(),
            description => self.description.as_str(),
            values => self.values.iter().map(value).collect::<Vec<_>>(),
        }
    }
}

fn render(
    served: &Served,
    headers: &HeaderMap,
    fields: &[Field],
    asked: Option<&Asked>,
) -> Result<Response, Refusal> {
    let failed = |error: minijinja::Error| Refusal::new(Kind::Failed, error.to_string());
    let mut templates = Environment::new();
    templates.add_template("page.html", PAGE).map_err(failed)?;
    let template = templates.get_template("page.html").map_err(failed)?;
    let answers = asked.and_then(|asked| asked.answer.as_deref().ok());
    let problem = asked.and_then(|asked| asked.answer.as_ref().err());
    let html = template
        .render(context! {
            style => minijinja::Value::from_safe_string(STYLE.to_owned()),
            name => served.name.as_str(),
            description => served.signature().description.as_str(),
            fields => fields.iter().map(Field::context).collect::<Vec<_>>(),
            wrong => fields.iter().filter(|field| field.problem.is_some()).count(),
            answers => answers.map(|answers| answers.iter().map(Answer::context).collect::<Vec<_>>()),
            problem => problem.map(String::as_str),
            curl => asked.map(|asked| curl(&host(headers), &served.name, &asked.row)),
        })
        .map_err(failed)?;
    Ok((
        [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        html,
    )
        .into_response())
}

/// The address that the browser asked, if it has the form of one.
fn host(headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let is_host = |host: &&str| {
        let known = |c: char| c.is_ascii_alphanumeric() || ".:-[]".contains(c);
        !host.is_empty() && host.chars().all(known)
    };
    host.filter(is_host).unwrap_or("localhost:8080").to_owned()
}

/// The command that asks the model the same, for a POSIX shell.
fn curl(host: &str, model: &str, row: &Map<String, Value>) -> String {
    let mut command = format!("curl http://{host}/v1/models/{model}:predict");
    let body = json!({"instances": [row]}).to_string();
    let _infallible = write!(command, " \\\n  -d '{}'", body.replace('\'', r"'\''"));
    command
}
