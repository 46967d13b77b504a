//! The one error of the front end.

use std::fmt;

/// Why a source text is no Lua program.
///
/// It is boxed in `Result`s: the good path then returns in registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// `chunk:line: what near 'token'`, to the letter what Lua 5.1 says.
    pub message: Vec<u8>,
    /// The text ended too early, so that a prompt may ask for one more line.
    pub at_eof: bool,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.message))
    }
}

impl std::error::Error for SyntaxError {}

/// What every stage of the front end returns.
pub type Result<T> = std::result::Result<T, Box<SyntaxError>>;
