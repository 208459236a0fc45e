use kfp_component::prelude::*;

#[component]
fn component(text: String) {
    println!("{text}");
}

kfp_component::main!(component);
