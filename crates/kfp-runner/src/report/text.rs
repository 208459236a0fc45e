//! Text of programs and people, made fit to be shown.

/// What a program printed, without colours, with progress lines as they stood last, and without control characters.
pub(super) fn printed(text: &str) -> String {
    let plain = anstream::adapter::strip_str(text).to_string();
    let lines: Vec<&str> = plain
        .lines()
        .map(|line| {
            line.rsplit('\r')
                .find(|part| !part.is_empty())
                .unwrap_or("")
        })
        .collect();
    lines.join("\n")
}

/// How many bytes a text takes in HTML.
pub(super) fn escaped_len(text: &str) -> usize {
    let more: usize = text
        .bytes()
        .map(|byte| match byte {
            b'<' | b'>' => 3,
            b'&' => 4,
            b'"' | b'\'' | b'/' => 5,
            _ => 0,
        })
        .sum();
    text.len() + more
}

/// Whether a parameter is called what secrets are called, so that its value is not to be shown to others.
pub(crate) fn is_secret(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "password",
        "passwd",
        "secret",
        "token",
        "apikey",
        "credential",
        "privatekey",
    ];
    let name: String = name
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    WORDS.iter().any(|word| name.contains(word))
}

/// `1,234`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_make_of_it_is_shown() {
        let text = "\u{1b}[31mred\u{1b}[0m\r\n 10 %\r 20 %\r100 %\n\u{1b}]0;title\u{7}a\u{8}b\tc";
        assert_eq!(printed(text), "red\n100 %\nab\tc");
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let grouped = [0, 999, 1000, 1_234_567].map(grouped);
        assert_eq!(grouped, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn secrets_go_by_their_names() {
        for name in ["db_password", "API-KEY", "githubToken"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["key", "label_column", "passes"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
