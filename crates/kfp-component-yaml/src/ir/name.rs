//! Names as kfp 2 changes them on loading.

/// A component's name: lower case, letters, digits and single dashes, none at the ends.
pub fn component_name(name: &str) -> String {
    squeeze(name, '-', true)
}

/// An input's or output's name: lower case, letters, digits and underscores.
pub fn port_name(name: &str) -> String {
    squeeze(name, '_', false)
}

/// Puts one `filler` for each run of other characters, and for each run of fillers too if `merge`.
fn squeeze(name: &str, filler: char, merge: bool) -> String {
    let mut out = String::new();
    let mut replacing = false;
    for c in name.to_lowercase().chars() {
        let kept = c.is_ascii_lowercase() || c.is_ascii_digit();
        if kept || (c == filler && !merge) {
            out.push(c);
            replacing = false;
        } else if !replacing {
            out.push(filler);
            replacing = true;
        }
    }
    out.trim_matches(filler).to_owned()
}

/// Whether kfp 2 takes it as the name of a pipeline.
pub(crate) fn is_pipeline_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=128).contains(&name.len()) && !name.starts_with('-') && name.chars().all(allowed)
}
