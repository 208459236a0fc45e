use kfp_component::prelude::*;

#[component]
fn component(words: Output<Option<u64>>) -> Result<()> {
    drop(words);
    Ok(())
}

kfp_component::main!(component);
