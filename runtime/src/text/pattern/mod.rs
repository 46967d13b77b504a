//! Lua patterns: what `string.find`, `match`, `gmatch` and `gsub` are built on.
//!
//! ```text
//!   "(%w+)=(.-);"  ──compile──►  Pattern: a straight line of ops  ──Matcher(src)──►  Match, captures
//! ```
//!
//! A pattern has no alternatives and no groups under a repetition, so it compiles to a straight line of
//! [`compile::Op`]s, each tried at most once on any path. Three things follow, and all of the matcher rests on them:
//!
//! 1. The only points to come back to are repeated single characters, so the stack of choices is no deeper than the
//!    pattern is long and the native stack is not used: there is no "pattern too complex".
//! 2. Which captures are open, closed or missing at an op is known when it is compiled. A mistake in the pattern
//!    becomes an op that raises the error *when it is reached*, which is when PUC notices it.
//! 3. What may follow a repetition is known too, so that it stops only where the rest can go on, and keeps no choice
//!    at all where giving back could not help (`%d+%.`).
//!
//! Matching takes fuel and stops when there is none left ([`PatternError::Interrupted`]); it can be
//! [resumed](Matcher::resume) with more, so a catastrophic pattern cannot hang the program that holds it.
//!
//! Where we differ from PUC 5.1: a NUL in a pattern is a character like any other (PUC ends there).

mod compile;
mod matcher;
mod set;

use std::rc::Rc;

pub use compile::Pattern;
pub use matcher::{Capture, Match, Matcher};

/// How many captures a pattern may have (`LUA_MAXCAPTURES`).
pub const MAX_CAPTURES: usize = 32;

/// What a `^` at the start of a pattern is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caret {
    /// An anchor: `find`, `match`, `gsub`.
    Anchors,
    /// A character: `gmatch`, where an anchor would make no sense.
    Literal,
}

/// Why a match did not come to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternError {
    EndsWithPercent,
    MissingBracket,
    MissingFrontierSet,
    UnbalancedPattern,
    UnfinishedCapture,
    InvalidPatternCapture,
    InvalidCaptureIndex,
    TooManyCaptures,
    /// The fuel ran out: not an error of the pattern. [`Matcher::resume`] goes on.
    Interrupted,
}

impl PatternError {
    /// PUC 5.1's message.
    pub fn message(self) -> &'static str {
        match self {
            PatternError::EndsWithPercent => "malformed pattern (ends with '%')",
            PatternError::MissingBracket => "malformed pattern (missing ']')",
            PatternError::MissingFrontierSet => "missing '[' after '%f' in pattern",
            PatternError::UnbalancedPattern => "unbalanced pattern",
            PatternError::UnfinishedCapture => "unfinished capture",
            PatternError::InvalidPatternCapture => "invalid pattern capture",
            PatternError::InvalidCaptureIndex => "invalid capture index",
            PatternError::TooManyCaptures => "too many captures",
            PatternError::Interrupted => "interrupted",
        }
    }
}

/// Whether `pattern` has no magic characters, so that [`find_plain`] finds what it does.
///
/// As in PUC, `)` and `]` do not count: alone they make a text that is looked for as it stands.
pub fn is_plain(pattern: &[u8]) -> bool {
    !pattern.iter().any(|b| b"^$*+?.([%-".contains(b))
}

/// The first place at or after `init` where `src` holds `needle`.
pub fn find_plain(src: &[u8], needle: &[u8], init: usize) -> Option<usize> {
    let rest = src.get(init..)?;
    let found = match needle {
        [] => Some(0),
        &[b] => memchr::memchr(b, rest),
        _ => memchr::memmem::find(rest, needle),
    };
    found.map(|at| init + at)
}

/// The compiled patterns used last; a program uses few, over and over.
#[derive(Clone, Debug)]
pub struct PatternCache {
    /// Direct-mapped by a hash of the pattern.
    entries: Vec<Option<Rc<Pattern>>>,
}

impl PatternCache {
    const ENTRIES: usize = 64;

    /// An empty cache.
    pub fn new() -> PatternCache {
        PatternCache { entries: vec![None; PatternCache::ENTRIES] }
    }

    /// The pattern that `text` spells, compiled now or before.
    pub fn get(&mut self, text: &[u8], caret: Caret) -> Rc<Pattern> {
        let hash = text.iter().take(32).fold(text.len() as u32, |hash, &b| {
            (hash.rotate_left(5) ^ u32::from(b)).wrapping_mul(0x9e37_79b9)
        });
        let entry = &mut self.entries[(hash >> 16) as usize % PatternCache::ENTRIES];
        match entry {
            Some(pattern) if pattern.text() == text && pattern.caret() == caret => pattern.clone(),
            _ => entry.insert(Rc::new(Pattern::compile(text, caret))).clone(),
        }
    }
}

impl Default for PatternCache {
    fn default() -> PatternCache {
        PatternCache::new()
    }
}

#[cfg(test)]
mod tests;
