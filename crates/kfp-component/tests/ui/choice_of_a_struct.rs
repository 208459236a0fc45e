use kfp_component::prelude::*;

#[derive(Choice)]
struct Criterion;

#[component]
fn component(criterion: Criterion) -> Result<()> {
    let Criterion = criterion;
    Ok(())
}

kfp_component::main!(component);
