use kfp_component::prelude::*;

#[derive(Choice)]
enum Criterion {
    Gini,
    Entropy,
}

#[component]
fn component(#[arg(default = "ginni")] criterion: Criterion) -> Result<()> {
    match criterion {
        Criterion::Gini | Criterion::Entropy => Ok(()),
    }
}

kfp_component::main!(component);
