//! The catalog: its files, its page in a real browser, and the programs that read it.

mod browser;
mod consumers;
mod page;
mod real;
mod serve;
