use kfp_component::prelude::*;

struct Trainer;

impl Trainer {
    #[component]
    fn train(&self) -> Result<()> {
        Ok(())
    }
}

fn main() {}
