//! What `#[derive(Choice)]` and a `Choice`'s default need.

/// The values of a `Choice` in a message: `one of: gini, entropy`.
pub fn one_of(choices: &[&str]) -> String {
    format!("one of: {}", choices.join(", "))
}

/// Stands in for the `CHOICES` of an enum that does not derive `Choice`, so that it is one error and not two.
pub trait AnyChoices {
    /// Empty, so that every default passes.
    const CHOICES: &'static [&'static str] = &[];
}

impl<T> AnyChoices for T {}

/// Whether a `Choice` allows its default. The compiler evaluates it.
pub const fn default_is_one_of(choices: &[&str], default: &str) -> bool {
    let mut index = 0;
    while index < choices.len() {
        if same(choices[index].as_bytes(), default.as_bytes()) {
            return true;
        }
        index += 1;
    }
    choices.is_empty()
}

/// `==`, which is not `const` yet.
const fn same(left: &[u8], right: &[u8]) -> bool {
    match (left, right) {
        ([], []) => true,
        ([a, left @ ..], [b, right @ ..]) => *a == *b && same(left, right),
        _ => false,
    }
}
