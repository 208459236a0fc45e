//! One argument of a new component: how the body uses it, and what the test passes and expects.

use kfp_component_spec::{ArtifactType, Kind, ParameterType, Presence, source::ParsedArgument};

use crate::name::is_keyword;

/// An argument to be written into a signature.
#[derive(Clone, Debug)]
pub(super) struct NewArgument {
    /// Its meaning in Rust and in KFP.
    pub(super) parsed: ParsedArgument,
    /// Its documentation.
    pub(super) description: String,
}

/// The content of the files in samples and tests.
pub(super) const SAMPLE_TABLE: &str = "a,b\n1,2\n";

impl NewArgument {
    /// The name as Rust writes it.
    pub(super) fn ident(&self) -> String {
        let name = &self.parsed.argument.name;
        if is_keyword(name) {
            format!("r#{name}")
        } else {
            name.clone()
        }
    }

    pub(super) fn report(&self) -> String {
        let (name, ident) = (&self.parsed.argument.name, self.ident());
        match &self.parsed.argument.kind {
            Kind::InputArtifact {
                optional: false, ..
            } => {
                format!("format!(\"{name}: {{}} bytes\", {ident}.path().metadata()?.len())")
            }
            Kind::InputArtifact { optional: true, .. } => {
                format!("format!(\"{name}: {{:?}}\", {ident}.as_ref().map(Input::path))")
            }
            Kind::InputList(_) => format!("format!(\"{name}: {{}} files\", {ident}.len())"),
            _ => format!("format!(\"{name}: {{{name}:?}}\")"),
        }
    }

    pub(super) fn takes_text(&self) -> bool {
        use ArtifactType::{Artifact, Dataset, Html, Markdown, Model, UiMetadata};
        matches!(
            self.parsed.argument.kind,
            Kind::OutputArtifact(Artifact | Dataset | Model | Html | Markdown | UiMetadata)
                | Kind::OutputParameter(ParameterType::String)
        )
    }

    pub(super) fn provisional_write(&self) -> String {
        let ident = self.ident();
        match &self.parsed.argument.kind {
            Kind::OutputArtifact(ArtifactType::Metrics) => {
                format!("{ident}.raw(\"example\", 0.5)?;")
            }
            Kind::OutputArtifact(ArtifactType::ClassificationMetrics) => {
                format!("{ident}.confusion_matrix(&[\"no\", \"yes\"], &[[2, 1], [0, 3]])?;")
            }
            Kind::OutputArtifact(ArtifactType::SlicedClassificationMetrics) => {
                format!(
                    "{ident}.confusion_matrix(\"all\", &[\"no\", \"yes\"], &[[2, 1], [0, 3]])?;"
                )
            }
            Kind::OutputArtifact(ArtifactType::UiMetadata) => format!("{ident}.markdown(&seen)?;"),
            Kind::OutputParameter(ParameterType::String) => {
                format!("{ident}.set(seen.clone())?;")
            }
            Kind::OutputParameter(ty) => format!("{ident}.set({})?;", self.rust_value(*ty)),
            _ => format!("{ident}.write(&seen)?;"),
        }
    }

    pub(super) fn test_value(&self) -> String {
        match &self.parsed.argument.kind {
            Kind::Parameter(parameter) if parameter.presence == Presence::Optional => "None".into(),
            Kind::Parameter(parameter) => self.rust_value(parameter.ty),
            Kind::InputArtifact { optional: true, .. } => "None".into(),
            Kind::InputArtifact { .. } => format!("testing::input({SAMPLE_TABLE:?})"),
            Kind::InputList(_) => format!("vec![testing::input({SAMPLE_TABLE:?})]"),
            Kind::OutputParameter(_) | Kind::OutputArtifact(_) => {
                format!("{}.clone()", self.ident())
            }
        }
    }

    pub(super) fn test_check(&self, first_input: Option<&str>, copied: bool) -> String {
        let ident = self.ident();
        let seen = format!("{}: ", first_input.unwrap_or_default());
        match &self.parsed.argument.kind {
            _ if copied => format!("assert_eq!({ident}.text(), {SAMPLE_TABLE:?});"),
            Kind::OutputArtifact(ArtifactType::Metrics) => {
                format!("assert_eq!({ident}.get(\"example\"), Some(0.5));")
            }
            Kind::OutputParameter(ParameterType::String) if first_input.is_some() => {
                format!("assert!({ident}.get().unwrap().starts_with({seen:?}));")
            }
            Kind::OutputParameter(ParameterType::String) => {
                format!("assert!({ident}.get().is_some());")
            }
            Kind::OutputParameter(ty) => {
                format!("assert_eq!({ident}.get(), Some({}));", self.rust_value(*ty))
            }
            Kind::OutputArtifact(_) if self.takes_text() && first_input.is_some() => {
                format!("assert!({ident}.text().contains({seen:?}));")
            }
            _ => format!("assert!(!{ident}.text().is_empty());"),
        }
    }

    /// A value of the parameter's type, in Rust.
    fn rust_value(&self, ty: ParameterType) -> String {
        match ty {
            ParameterType::String => "\"text\".to_owned()".into(),
            ParameterType::JsonArray => "Vec::new()".into(),
            ParameterType::JsonObject if mentions(&self.parsed.rust_type, "Json") => {
                "kfp_component::Json::default()".into()
            }
            ParameterType::JsonObject if mentions(&self.parsed.rust_type, "HashMap") => {
                "std::collections::HashMap::new()".into()
            }
            ParameterType::JsonObject => "std::collections::BTreeMap::new()".into(),
            ParameterType::TaskFinalStatus => {
                r##"kfp_component::TaskFinalStatus::from_json(r#"{"state": "SUCCEEDED"}"#).unwrap()"##.into()
            }
            other => sample_value(other).into(),
        }
    }
}

/// A value as KFP passes it.
pub(super) fn sample_value(ty: ParameterType) -> &'static str {
    match ty {
        ParameterType::String => "text",
        ParameterType::Integer => "1",
        ParameterType::Float => "0.5",
        ParameterType::Boolean => "true",
        ParameterType::JsonArray => "[]",
        ParameterType::JsonObject => "{}",
        ParameterType::TaskFinalStatus => r#"{"state": "SUCCEEDED"}"#,
    }
}

/// Whether a type contains the identifier `word`.
pub(super) fn mentions(rust_type: &str, word: &str) -> bool {
    rust_type
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|part| part == word)
}
