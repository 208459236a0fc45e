//! What was probably meant: the nearest of several names, and the contract's type for a type that is not part of it.

/// The nearest name, if it is near enough to be a misspelling: another case or separator, or a few letters off.
pub(crate) fn nearest<'n>(
    written: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let wanted = plain(written);
    names
        .into_iter()
        .map(|name| (strsim::osa_distance(&wanted, &plain(name)), name))
        .filter(|(distance, name)| *distance * 3 <= name.chars().count().min(wanted.len()) + 1)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The type of the contract for a type name that public components use.
pub(crate) fn contract_type(name: &str) -> Option<&'static str> {
    let word = name.split(['[', ' ', ':']).next().unwrap_or(name);
    let word = word.rsplit('.').next().unwrap_or(word).to_lowercase();
    Some(match word.as_str() {
        "str" | "string" | "text" | "uri" | "url" | "gcsuri" | "gcspath" | "gcrpath" | "path"
        | "filepath" | "gcppath" | "gcpprojectid" | "gcpregion" | "projectid" | "s3path"
        | "localpath" | "date" | "datetime" | "bytes" => "String",
        "int" | "integer" | "long" | "int64" => "Integer",
        "float" | "double" | "number" | "float64" => "Float",
        "bool" | "boolean" => "Boolean",
        "list" | "array" | "jsonarray" | "tuple" | "jsonlines" => "JsonArray",
        "dict" | "dictionary" | "map" | "json" | "jsonobject" | "object" | "struct" => "JsonObject",
        "csv" | "tsv" | "apacheparquet" | "parquet" | "table" | "dataframe" | "data"
        | "datasets" | "libsvm" | "arff" | "examples" | "tfrecord" => "Dataset",
        "metric" | "json_metrics" | "evaluation" => "Metrics",
        "html" | "htm" => "HTML",
        "markdown" | "md" => "Markdown",
        _ if word.ends_with("model") || word.starts_with("model") => "Model",
        _ if word.ends_with("uri") || word.ends_with("url") => "String",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_are_recognised_and_other_words_are_not() {
        let keys = ["name", "type", "description", "default", "optional"];
        for (written, meant) in [
            ("typ", Some("type")),
            ("Type", Some("type")),
            ("defualt", Some("default")),
            ("descripton", Some("description")),
            ("value", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, keys), meant, "{written}");
        }
        assert_eq!(nearest("inputvalue", ["inputValue"]), Some("inputValue"));
    }

    #[test]
    fn types_of_public_components_have_a_counterpart() {
        for (written, meant) in [
            ("GCSPath", Some("String")),
            ("typing.Dict", Some("JsonObject")),
            ("CSV", Some("Dataset")),
            ("TensorflowSavedModel", Some("Model")),
            ("Whatever", None),
        ] {
            assert_eq!(contract_type(written), meant, "{written}");
        }
    }
}
