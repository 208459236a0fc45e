//! Writes a file, a directory and a value, and ends in every way a program can.

use std::io::Write as _;
use std::{fs, thread};

use kfp_component::prelude::*;

#[derive(Choice)]
enum Outcome {
    /// As it should.
    Done,
    /// With the last output forgotten.
    Forgets,
    /// With an error that has a hint.
    Fails,
    /// With a panic.
    Panics,
    /// With a panic in a thread whose end the component does not mind.
    Recovers,
    /// Only when it is told to.
    Never,
}

/// How much of it there is to write, and how often.
static BLOCK: [u8; 1 << 16] = [b'x'; 1 << 16];

/// Writes all kinds of outputs and ends in some way.
#[component(name = "Outcomes")]
fn outcomes(
    #[arg(default = "done")] outcome: Outcome,
    #[arg(default = 8, range = 1..)] blocks: u16,
    #[arg(default = false)] keep: bool,
    file: Output<Dataset>,
    directory: Output<Model>,
    value: Output<i64>,
) -> Result<()> {
    if keep {
        file.keep_on_failure();
    }
    let mut writer = file.create()?;
    let parts = directory.create_dir()?;
    for block in 0..blocks {
        writer.write_all(&BLOCK)?;
        fs::write(parts.join(block.to_string()), BLOCK)?;
    }
    match outcome {
        Outcome::Forgets => return Ok(()),
        Outcome::Fails => return Err("`many` is not a number\nhint: give digits".into()),
        Outcome::Panics => panic!("out of luck"),
        Outcome::Recovers => assert!(thread::spawn(|| panic!("out of luck")).join().is_err()),
        Outcome::Never => loop {
            // Said on standard output, so that whoever waits for it need not guess.
            writeln!(std::io::stdout(), "writing")?;
            writer.write_all(&BLOCK)?;
            thread::sleep(std::time::Duration::from_millis(1));
        },
        Outcome::Done => {}
    }
    value.set(blocks.into())?;
    Ok(())
}

kfp_component::main!(outcomes);
