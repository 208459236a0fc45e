use kfp_component::prelude::*;

struct Vocabulary;

#[component]
fn component(words: Input<Vocabulary>) -> Result<()> {
    println!("{}", words.path().display());
    Ok(())
}

kfp_component::main!(component);
