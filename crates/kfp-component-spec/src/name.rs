//! The names that an argument may have.

/// Python's keywords, which no name may be: kfp 1.8 turns names into Python parameters.
pub const PYTHON_KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// Why `name` cannot be the name of an input or output, or `None` if it can.
pub(crate) fn refusal(name: &str) -> Option<String> {
    let reason = match name {
        "help" | "version" => "every component answers this flag itself".to_owned(),
        "executor_input" => "KFP passes its own argument of that name".to_owned(),
        "executor_logs" => "KFP publishes its own output of that name".to_owned(),
        "self" => "kfp 2 cannot pass it".to_owned(),
        _ if PYTHON_KEYWORDS.contains(&name) => {
            "it is a Python keyword, and kfp 1.8 could not load the component".to_owned()
        }
        _ if name.starts_with('_') || name.ends_with('_') || name.contains("__") => {
            let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
            format!(
                "KFP drops or merges such underscores; write `{}`",
                if words.is_empty() {
                    "value".to_owned()
                } else {
                    words.join("_")
                }
            )
        }
        _ if !name.is_ascii() => "KFP keeps only the letters a to z".to_owned(),
        _ if name.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            format!("KFP lower-cases names; write `{}`", snake_case(name))
        }
        _ => return None,
    };
    Some(format!(
        "an input or output cannot be named `{name}`: {reason}"
    ))
}

/// `maxDepth` → `max_depth`.
fn snake_case(name: &str) -> String {
    words(name, '_')
}

/// `MaxDepth` → `max-depth`.
pub(crate) fn kebab_case(name: &str) -> String {
    words(name, '-')
}

fn words(name: &str, separator: char) -> String {
    let mut out = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (i, &c) in chars.iter().enumerate() {
        let starts_word = c.is_uppercase()
            && i > 0
            && (!chars[i - 1].is_uppercase()
                || chars.get(i + 1).is_some_and(|next| next.is_lowercase()));
        if (starts_word || c == '_') && !out.is_empty() && !out.ends_with(separator) {
            out.push(separator);
        }
        if c != '_' {
            out.extend(c.to_lowercase());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_pass() {
        for name in ["url", "x_train", "data2", "type", "mlpipeline_metrics"] {
            assert_eq!(refusal(name), None, "{name}");
        }
    }

    #[test]
    fn names_kfp_would_change_are_refused() {
        for name in [
            "help",
            "version",
            "executor_input",
            "executor_logs",
            "class",
            "_x",
            "x_",
            "a__b",
            "größe",
            "maxDepth",
            "_",
        ] {
            assert!(refusal(name).is_some(), "{name}");
        }
    }

    #[test]
    fn words_are_found_in_camel_case() {
        assert_eq!(kebab_case("GiniImpurity"), "gini-impurity");
        assert_eq!(kebab_case("HTTPServer2"), "http-server2");
        assert_eq!(snake_case("maxDepth"), "max_depth");
    }
}
