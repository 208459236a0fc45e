use kfp_component::prelude::*;

#[component]
fn component(words: &Input<Dataset>) -> Result<()> {
    words.open()?;
    Ok(())
}

kfp_component::main!(component);
