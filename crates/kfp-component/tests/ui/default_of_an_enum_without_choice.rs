use kfp_component::prelude::*;

enum Criterion {
    Gini,
}

#[component]
fn component(#[arg(default = "gini")] criterion: Criterion) -> Result<()> {
    match criterion {
        Criterion::Gini => Ok(()),
    }
}

kfp_component::main!(component);
