//! The catalog: its files, its page in a real browser, and the programs that read it.

mod browser;
mod consumers;
mod files;
mod page;
mod real;
mod serve;

use kfp_component_spec::catalog::{Member, Site, testing};

/// A catalog of two thousand generated components, in memory.
fn two_thousand() -> Site {
    let members = testing::many(2000)
        .iter()
        .map(|draft| Member {
            index: draft.add_to(None).unwrap().0,
            readme: None,
        })
        .collect();
    Site {
        title: "Many".to_owned(),
        url: None,
        members,
    }
}
