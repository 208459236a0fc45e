//! What a catalog is, seen from outside: its files, its page in a real browser, and the programs that read it.

mod consumers;
mod directory;
mod load;
mod page;
mod serve;
