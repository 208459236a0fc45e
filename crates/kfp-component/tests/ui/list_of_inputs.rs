use kfp_component::prelude::*;

#[component]
fn component(tables: Vec<Input<Dataset>>) -> Result<()> {
    drop(tables);
    Ok(())
}

kfp_component::main!(component);
