//! One verdict per SDK: whether it loads a file, and whether it compiles a pipeline with it.

use std::fmt;

use crate::ir::{self, Refusal, Stage};
use crate::kfp1;
use crate::read::{self, Problem};
use crate::rules;
use kfp_pyyaml::{Position, Tree, Value, YamlError};

/// How far an SDK gets with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It loads and compiles.
    Ok,
    /// It does not load.
    LoadError,
    /// It loads and does not compile.
    CompileError,
}

impl Outcome {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::LoadError => "load-error",
            Self::CompileError => "compile-error",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far an SDK gets, and what stops it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How far it gets.
    pub outcome: Outcome,
    /// What the SDK raises, unless the outcome is `Ok`.
    pub problem: Option<Problem>,
}

impl Verdict {
    /// Puts a better help to what is wrong with the file as a whole.
    pub(super) fn help(&mut self, help: &str) {
        let of_file = [
            &rules::NOT_YAML,
            &rules::NOT_A_COMPONENT,
            &rules::SEVERAL_DOCUMENTS,
        ];
        if let Some(problem) = &mut self.problem
            && of_file.contains(&problem.rule)
        {
            problem.help.get_or_insert_with(|| help.to_owned());
        }
    }
}

impl From<Result<(), Refusal>> for Verdict {
    fn from(result: Result<(), Refusal>) -> Self {
        match result {
            Ok(()) => Self {
                outcome: Outcome::Ok,
                problem: None,
            },
            Err(Refusal {
                stage: Stage::Load,
                problem,
            }) => Self {
                outcome: Outcome::LoadError,
                problem: Some(problem),
            },
            Err(Refusal {
                stage: Stage::Compile,
                problem,
            }) => Self {
                outcome: Outcome::CompileError,
                problem: Some(problem),
            },
        }
    }
}

/// The verdicts of kfp 1.8.22 and kfp 2.17.0.
pub fn verdicts(text: &str) -> (Verdict, Verdict) {
    of(&kfp_pyyaml::load_all(text))
}

pub(super) fn of(documents: &Documents) -> (Verdict, Verdict) {
    (kfp_1_8(documents).into(), kfp_2(documents).into())
}

type Documents = Result<Vec<Tree>, YamlError>;

fn kfp_1_8(documents: &Documents) -> Result<(), Refusal> {
    let load = |problem| Err(Refusal::load(problem));
    let tree = match documents.as_deref() {
        Err(error) => return load(error.clone().into()),
        Ok([]) => return load(not_a_mapping("NoneType", "items", Position::START)),
        Ok([tree]) => tree,
        Ok([_, second, ..]) => return load(read::second_document(second)),
    };
    let reading = read::read_tree(tree);
    if let Some(mut first) = reading.problems.into_iter().next() {
        if tree.get(tree.root(), "pipelineInfo").is_some() && first.rule == &rules::UNKNOWN_KEY {
            first.rule = &rules::COMPILED_PIPELINE;
        }
        return load(first);
    }
    kfp1::load(&reading.file, tree).map_err(Refusal::load)?;
    kfp1::compile(&reading.file, tree).map_err(Refusal::compile)
}

fn kfp_2(documents: &Documents) -> Result<(), Refusal> {
    let load = |problem| Err(Refusal::load(problem));
    let documents = match documents {
        Err(error) => return load(error.clone().into()),
        Ok(documents) => documents.as_slice(),
    };
    let [tree, rest @ ..] = documents else {
        let message = "Expected one or two YAML documents in the IR YAML file. Got: 0.";
        return load(Problem::new(
            &rules::NOT_A_COMPONENT,
            "ValueError",
            message,
            Position::START,
        ));
    };
    if rest.len() > 1 {
        let message = format!(
            "Expected one or two YAML documents in the IR YAML file. Got: {}.",
            documents.len()
        );
        let third = &rest[1];
        return load(Problem::new(
            &rules::SEVERAL_DOCUMENTS,
            "ValueError",
            message,
            third.position(third.root()),
        ));
    }
    if !matches!(tree.value(tree.root()), Value::Map(_)) {
        return load(not_a_mapping(
            tree.class(tree.root()),
            "keys",
            tree.position(tree.root()),
        ));
    }
    if tree.get(tree.root(), "implementation").is_none() {
        return ir::check_file(tree, rest.first());
    }
    if let [second] = rest {
        return load(read::second_document(second));
    }
    let reading = read::read_tree(tree);
    match reading.problems.into_iter().next() {
        Some(first) => load(first),
        None => ir::compile(&reading.file).map(drop),
    }
}

fn not_a_mapping(class: &str, attribute: &str, position: Position) -> Problem {
    let message = format!("'{class}' object has no attribute '{attribute}'");
    Problem::new(&rules::NOT_A_COMPONENT, "AttributeError", message, position)
}
