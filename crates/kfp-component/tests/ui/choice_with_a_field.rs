use kfp_component::prelude::*;

#[derive(Choice)]
enum Criterion {
    Gini(u8),
}

#[component]
fn component(criterion: Criterion) -> Result<()> {
    match criterion {
        Criterion::Gini(_) => Ok(()),
    }
}

kfp_component::main!(component);
