//! The README's component.

use kfp_component::prelude::*;
use std::{cmp::Reverse, collections::BTreeMap, io::Write};

/// Counts the words of a text.
#[component]
fn word_count(
    /// The text to read.
    text: Input<Dataset>,
    /// How many of the commonest words to keep.
    #[arg(default = 10, range = 1..)]
    top: u32,
    /// Words and counts, as CSV.
    counts: Output<Dataset>,
) -> Result<()> {
    let text = text.read_to_string()?.to_lowercase();
    let mut counted = BTreeMap::<&str, u64>::new();
    for word in text.split_whitespace() {
        *counted.entry(word).or_default() += 1;
    }
    let mut words: Vec<_> = counted.into_iter().collect();
    words.sort_by_key(|&(word, count)| (Reverse(count), word));
    let mut csv = counts.create()?;
    for (word, count) in words.iter().take(top as usize) {
        writeln!(csv, "{word},{count}")?;
    }
    Ok(())
}

kfp_component::main!(word_count);

#[cfg(test)]
mod tests {
    use super::*;
    use kfp_component::testing::{input, output};

    #[test]
    fn the_commonest_words_come_first() -> Result<()> {
        let counts = output();
        word_count(input("b a b"), 1, counts.clone())?;
        assert_eq!(counts.text(), "b,2\n");
        Ok(())
    }
}
