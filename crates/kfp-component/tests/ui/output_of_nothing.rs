use kfp_component::prelude::*;

#[component]
fn component(words: Output) -> Result<()> {
    words.write("a b")?;
    Ok(())
}

kfp_component::main!(component);
