//! Finds components by words, forgiving typing mistakes; the catalog's page ranks by the same rules.
//!
//! Every word of the query must match something. How well it matches, and where, makes the order.

use super::Summary;

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Free text; empty finds everything.
    pub words: String,
    /// The type of some input.
    pub input: Option<String>,
    /// The type of some output.
    pub output: Option<String>,
    /// A category.
    pub category: Option<String>,
    /// An architecture the image is for.
    pub arch: Option<String>,
    /// Whether withdrawn and deprecated components are found too.
    pub all: bool,
}

/// A component that was found.
#[derive(Clone, Copy, Debug)]
pub struct Hit<'a> {
    /// The component.
    pub component: &'a Summary,
    /// How well it fits; more is better.
    pub score: u32,
}

/// How much a match is worth, by where it is.
const NAME: u32 = 10;
const TITLE: u32 = 8;
const KEYWORD: u32 = 6;
const CATEGORY: u32 = 5;
const TYPE: u32 = 3;
const TEXT: u32 = 2;

/// How much it is worth, by how good it is.
const EXACT: u32 = 100;
const PREFIX: u32 = 80;
const INSIDE: u32 = 50;
const ONE_TYPO: u32 = 40;
const TWO_TYPOS: u32 = 30;

/// What a query that is just the name gets on top.
const WHOLE_NAME: u32 = 10_000;

/// The components that fit, best first; equally good ones by name.
pub fn search<'a>(components: &'a [Summary], query: &Query) -> Vec<Hit<'a>> {
    let wanted = words(&query.words);
    let mut hits: Vec<Hit> = components
        .iter()
        .filter(|component| fits(component, query))
        .filter_map(|component| {
            let score = rank(component, &wanted)?;
            Some(Hit { component, score })
        })
        .collect();
    hits.sort_by(|a, b| {
        b.score
            .cmp(&a.score)
            .then_with(|| a.component.name.cmp(&b.component.name))
    });
    hits
}

/// How well a component fits all of these words, or nothing if one of them does not fit at all.
pub fn rank(component: &Summary, wanted: &[String]) -> Option<u32> {
    let fields = fields(component);
    let mut total = 0;
    for word in wanted {
        let best = fields
            .iter()
            .map(|(weight, token)| weight * similarity(word, token))
            .max()
            .filter(|best| *best > 0)?;
        total += best;
    }
    if !wanted.is_empty() && wanted.join("-") == component.name.as_str() {
        total += WHOLE_NAME;
    }
    Some(total)
}

/// Lower-case runs of letters and digits.
pub fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn fits(component: &Summary, query: &Query) -> bool {
    let Summary { latest, .. } = component;
    let same =
        |wanted: &Option<String>, has: &dyn Fn(&str) -> bool| wanted.as_deref().is_none_or(has);
    (query.all || !component.yanked && component.deprecated.is_none())
        && same(&query.input, &|ty| {
            latest
                .inputs
                .iter()
                .any(|port| port.ty.eq_ignore_ascii_case(ty))
        })
        && same(&query.output, &|ty| {
            latest
                .outputs
                .iter()
                .any(|port| port.ty.eq_ignore_ascii_case(ty))
        })
        && same(&query.category, &|category| {
            component
                .categories
                .iter()
                .any(|own| own.eq_ignore_ascii_case(category))
        })
        && same(&query.arch, &|arch| latest.sizes.contains_key(arch))
}

fn fields(component: &Summary) -> Vec<(u32, String)> {
    let mut fields = Vec::new();
    let mut add = |weight: u32, text: &str| {
        fields.extend(words(text).into_iter().map(|word| (weight, word)));
    };
    add(NAME, component.name.as_str());
    add(TITLE, &component.display_name);
    add(TEXT, &component.summary);
    component
        .keywords
        .iter()
        .for_each(|text| add(KEYWORD, text));
    component
        .categories
        .iter()
        .for_each(|text| add(CATEGORY, text));
    for port in component
        .latest
        .inputs
        .iter()
        .chain(&component.latest.outputs)
    {
        add(TYPE, &port.ty);
        add(TEXT, &port.name);
    }
    fields
}

/// How well a word of the query matches one of a component, from 0 to 100.
fn similarity(word: &str, token: &str) -> u32 {
    if word == token {
        return EXACT;
    }
    if token.starts_with(word) {
        return PREFIX;
    }
    let length = word.chars().count();
    if length >= 3 && token.contains(word) {
        return INSIDE;
    }
    let allowed = match length {
        0..=3 => return 0,
        4..=7 => 1,
        _ => 2,
    };
    // Letters to add, drop, replace or swap with a neighbour.
    match strsim::osa_distance(word, token) {
        1 => ONE_TYPO,
        2 if allowed == 2 => TWO_TYPOS,
        _ => 0,
    }
}
