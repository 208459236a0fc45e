use kfp_component::prelude::*;

struct Vocabulary;

#[component]
fn component(words: Output<Vocabulary>) -> Result<()> {
    drop(words);
    Ok(())
}

kfp_component::main!(component);
