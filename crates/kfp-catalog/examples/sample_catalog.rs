//! Writes a catalog of made-up components, to look at the page: `cargo run -p kfp-catalog --example sample_catalog -- DIR [COUNT]`.

use kfp_catalog::testing;
use kfp_catalog::{Catalog, Settings};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("the folder to write");
    let count = arguments.next().map_or(0, |count| {
        count.parse().expect("how many components to generate")
    });
    let mut releases = testing::samples();
    releases.extend(testing::many(count));
    let catalog = Catalog::at(folder);
    catalog.add(&releases).expect("samples are good components");
    let title = Some("Sample components".to_owned());
    catalog
        .build(&Settings { title, url: None })
        .expect("a new catalog can be built");
}
