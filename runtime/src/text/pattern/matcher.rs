//! Running a [`Pattern`] over a subject: one loop, a stack of choices, no recursion.

use super::super::number::{NumberBuf, format_number};
use super::compile::{CaptureKind, Op, Pattern, SetIndex, Single, Start, Stop};
use super::{MAX_CAPTURES, PatternError};

/// A pattern, a subject, and the state of the match between them.
///
/// Every method that matches takes fuel: about one unit an op tried and one for every eight bytes run over. It
/// comes back less what was used. With none left the method returns [`PatternError::Interrupted`] and the state
/// stays as it is, for [`Matcher::resume`].
///
/// # Examples
///
/// ```
/// use ferrous_lua_runtime::text::pattern::{Capture, Caret, Matcher, Pattern, PatternError};
///
/// let pattern = Pattern::compile(b"(%w+)=(%w+)", Caret::Anchors);
/// let mut matcher = Matcher::new(b"x: key=value", &pattern);
/// let found = matcher.find(0, &mut 1000)?.expect("there is one");
/// assert_eq!((found.start, found.end), (3, 12));
/// assert_eq!(matcher.capture(1)?, Capture::Text { start: 7, end: 12 });
/// # Ok::<(), PatternError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Matcher<'a> {
    src: &'a [u8],
    pattern: &'a Pattern,
    phase: Phase,
    /// Where the match that is tried, or was found, begins.
    start: usize,
    /// Where it ends, once it was found.
    end: usize,
    /// While interrupted: the op to go on with, and where.
    op: usize,
    at: usize,
    choices: Choices,
    spans: [(usize, usize); MAX_CAPTURES],
}

/// Where a pattern matched: bytes `start..end` of the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    pub start: usize,
    pub end: usize,
}

impl Match {
    /// Where to look for the next match, as `gmatch` and `gsub` do: at the end of this one, or one byte further
    /// if it was empty. (`gsub` copies that byte; past the end of the subject there is nothing left to do.)
    pub fn next_start(self) -> usize {
        self.end + usize::from(self.end == self.start)
    }
}

/// What a capture holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// Bytes of the subject.
    Text { start: usize, end: usize },
    /// A position, from 0; Lua counts from 1.
    Position(usize),
}

/// What the next [`Matcher::resume`] has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing.
    Idle,
    /// Go on at `op` and `at`; if that comes to nothing, at later starts too when `search`ing.
    Running { search: bool },
}

impl<'a> Matcher<'a> {
    /// A matcher of `pattern` over `src` that has not matched yet.
    pub fn new(src: &'a [u8], pattern: &'a Pattern) -> Matcher<'a> {
        Matcher {
            src,
            pattern,
            phase: Phase::Idle,
            start: 0,
            end: 0,
            op: 0,
            at: 0,
            choices: Choices::new(),
            spans: [(0, 0); MAX_CAPTURES],
        }
    }

    /// Matches at `pos` and nowhere else; returns where the match ends.
    ///
    /// # Errors
    ///
    /// Any [`PatternError`]; with [`PatternError::Interrupted`] there is no answer yet.
    pub fn match_at(&mut self, pos: usize, fuel: &mut u64) -> Result<Option<usize>, PatternError> {
        if pos > self.src.len() {
            return Ok(None);
        }
        self.begin(pos, false);
        Ok(self.resume(fuel)?.map(|found| found.end))
    }

    /// Finds the first match that begins at or after `init`; at `init` only if the pattern is anchored.
    ///
    /// # Errors
    ///
    /// As [`Matcher::match_at`].
    pub fn find(&mut self, init: usize, fuel: &mut u64) -> Result<Option<Match>, PatternError> {
        if init > self.src.len() {
            return Ok(None);
        }
        let search = !self.pattern.anchored;
        let start = if search { self.next_start(init) } else { Some(init) };
        let Some(start) = start else { return Ok(None) };
        self.begin(start, search);
        self.resume(fuel)
    }

    /// Goes on with what was interrupted. The answer is the one that the interrupted call would have given; a
    /// matcher that was not interrupted has none.
    ///
    /// # Errors
    ///
    /// As [`Matcher::match_at`].
    pub fn resume(&mut self, fuel: &mut u64) -> Result<Option<Match>, PatternError> {
        while let Phase::Running { search } = self.phase {
            match self.run(fuel) {
                Ok(Some(end)) => {
                    self.phase = Phase::Idle;
                    self.end = end;
                    return Ok(Some(Match { start: self.start, end }));
                }
                Ok(None) => match self.next_start(self.start + 1) {
                    Some(start) if search => self.begin(start, search),
                    _ => self.phase = Phase::Idle,
                },
                Err(PatternError::Interrupted) => return Err(PatternError::Interrupted),
                Err(error) => {
                    self.phase = Phase::Idle;
                    return Err(error);
                }
            }
        }
        Ok(None)
    }

    /// How many values the last match gives: its captures, or the whole match if the pattern has none.
    /// (`find` wants none then: see [`Pattern::capture_count`].)
    pub fn value_count(&self) -> usize {
        self.pattern.captures.len().max(1)
    }

    /// Value `index` of the last match, from 0. Value 0 of a pattern without captures is the whole match.
    ///
    /// # Errors
    ///
    /// [`PatternError::InvalidCaptureIndex`] if there are not so many; [`PatternError::UnfinishedCapture`] if
    /// the pattern never closes it.
    ///
    /// Source: `push_onecapture` in PUC 5.1's `lstrlib.c`.
    pub fn capture(&self, index: usize) -> Result<Capture, PatternError> {
        match self.pattern.captures.get(index) {
            None if index == 0 => Ok(Capture::Text { start: self.start, end: self.end }),
            None => Err(PatternError::InvalidCaptureIndex),
            Some(CaptureKind::Unfinished) => Err(PatternError::UnfinishedCapture),
            Some(CaptureKind::Position) => Ok(Capture::Position(self.spans[index].0)),
            Some(CaptureKind::Text) => {
                let (start, end) = self.spans[index];
                Ok(Capture::Text { start, end })
            }
        }
    }

    /// Appends `replacement` with its `%0` to `%9` filled in from the last match, as `gsub` does.
    ///
    /// # Errors
    ///
    /// As [`Matcher::capture`].
    ///
    /// Source: `add_s`; a `%` at the very end gives a NUL there and here.
    pub fn append_replacement(&self, replacement: &[u8], out: &mut Vec<u8>) -> Result<(), PatternError> {
        let mut rest = replacement;
        while let Some(percent) = memchr::memchr(b'%', rest) {
            out.extend_from_slice(&rest[..percent]);
            let escaped = rest.get(percent + 1).copied().unwrap_or(0);
            rest = rest.get(percent + 2..).unwrap_or_default();
            match escaped {
                b'0' => out.extend_from_slice(&self.src[self.start..self.end]),
                b'1'..=b'9' => match self.capture(usize::from(escaped - b'1'))? {
                    Capture::Text { start, end } => out.extend_from_slice(&self.src[start..end]),
                    Capture::Position(at) => {
                        let mut buf = NumberBuf::new();
                        out.extend_from_slice(format_number((at + 1) as f64, &mut buf));
                    }
                },
                _ => out.push(escaped),
            }
        }
        out.extend_from_slice(rest);
        Ok(())
    }

    fn begin(&mut self, start: usize, search: bool) {
        self.phase = Phase::Running { search };
        self.start = start;
        self.op = 0;
        self.at = start;
        self.choices.clear();
    }

    /// The first place from `from` on where a match can begin.
    fn next_start(&self, from: usize) -> Option<usize> {
        let rest = self.src.get(from..)?;
        let skip = match &self.pattern.start {
            Start::Anywhere => Some(0),
            Start::Byte(b) => memchr::memchr(*b, rest),
            Start::Set(set) => rest.iter().position(|&b| set.contains(b)),
            Start::Literal(finder) => finder.find(rest),
        };
        skip.map(|skip| from + skip)
    }

    /// Runs from `self.op` at `self.at` until the pattern has matched (`Some(end)`) or cannot (`None`).
    fn run(&mut self, fuel: &mut u64) -> Result<Option<usize>, PatternError> {
        let (src, pattern) = (self.src, self.pattern);
        let (mut op, mut at) = (self.op, self.at);
        loop {
            if *fuel == 0 {
                (self.op, self.at) = (op, at);
                return Err(PatternError::Interrupted);
            }
            *fuel -= 1;
            let moved = match pattern.ops[op] {
                Op::One(single) => match src.get(at) {
                    Some(&b) if pattern.accepts(single, b) => Some(at + 1),
                    _ => None,
                },
                Op::Greedy { single, min, once, stop } => {
                    let end = if once {
                        at + usize::from(src.get(at).is_some_and(|&b| pattern.accepts(single, b)))
                    } else {
                        at + pattern.run_length(single, &src[at..])
                    };
                    burn(fuel, end - at);
                    let low = at + usize::from(min);
                    if end < low { None } else { self.give_back(op, stop, low, end, fuel) }
                }
                Op::Lazy { single, stop } => self.take_on(op, single, stop, at, fuel),
                Op::Open(index) => {
                    self.spans[usize::from(index)].0 = at;
                    Some(at)
                }
                Op::Close(index) => {
                    self.spans[usize::from(index)].1 = at;
                    Some(at)
                }
                Op::Position(index) => {
                    self.spans[usize::from(index)] = (at, at);
                    Some(at)
                }
                Op::BackReference(index) => match pattern.captures[usize::from(index)] {
                    CaptureKind::Text => {
                        let (start, end) = self.spans[usize::from(index)];
                        burn(fuel, end - start);
                        src[at..].starts_with(&src[start..end]).then(|| at + (end - start))
                    }
                    // PUC compares with a capture of length -2.
                    _ => None,
                },
                Op::Balance(open, close) => {
                    let end = balanced_end(&src[at..], open, close).map(|len| at + len);
                    burn(fuel, end.unwrap_or(src.len()) - at);
                    end
                }
                Op::Frontier(SetIndex(set)) => {
                    let set = pattern.sets[set as usize];
                    let before = at.checked_sub(1).map_or(0, |i| src[i]);
                    let after = src.get(at).copied().unwrap_or(0);
                    (!set.contains(before) && set.contains(after)).then_some(at)
                }
                Op::End => (at == src.len()).then_some(at),
                Op::Match => return Ok(Some(at)),
                Op::Fail(error) => return Err(error),
            };
            match moved {
                Some(moved) => {
                    at = moved;
                    op += 1;
                }
                None => match self.backtrack(fuel) {
                    Some((choice, moved)) => {
                        at = moved;
                        op = choice + 1;
                    }
                    None => return Ok(None),
                },
            }
        }
    }

    /// Goes back to the last choice that has an alternative: its op, and where that one leaves off now.
    fn backtrack(&mut self, fuel: &mut u64) -> Option<(usize, usize)> {
        while let Some(Choice { op, low, at }) = self.choices.pop() {
            let moved = match self.pattern.ops[op] {
                Op::Greedy { stop, .. } => self.give_back(op, stop, low, at, fuel),
                Op::Lazy { single, stop } => match self.src.get(at) {
                    Some(&b) if self.pattern.accepts(single, b) => {
                        self.take_on(op, single, stop, at + 1, fuel)
                    }
                    _ => None,
                },
                _ => unreachable!("only repetitions are choices"),
            };
            if let Some(moved) = moved {
                return Some((op, moved));
            }
        }
        None
    }

    /// The last place in `low..=end` where a greedy repetition may stop; leaves a choice if there are others.
    fn give_back(&mut self, op: usize, stop: Stop, low: usize, end: usize, fuel: &mut u64) -> Option<usize> {
        let src = self.src;
        let last = match stop {
            Stop::Latest => return Some(end),
            Stop::Anywhere => end,
            _ if end == src.len() && stop.allows_end() => end,
            Stop::Before(b) => {
                let last = memchr::memrchr(b, &src[low..src.len().min(end + 1)]);
                burn(fuel, last.map_or(end - low, |last| end - (low + last)));
                low + last?
            }
            Stop::BeforeSet { set: SetIndex(set), .. } => {
                let set = self.pattern.sets[set as usize];
                let last = src[low..src.len().min(end + 1)].iter().rposition(|&b| set.contains(b));
                burn(fuel, last.map_or(end - low, |last| end - (low + last)));
                low + last?
            }
        };
        if last > low {
            self.choices.push(Choice { op, low, at: last - 1 });
        }
        Some(last)
    }

    /// The first place at or after `at` where a lazy repetition may stop; leaves a choice to take more.
    fn take_on(&mut self, op: usize, single: Single, stop: Stop, at: usize, fuel: &mut u64) -> Option<usize> {
        let rest = &self.src[at..];
        let skip = match stop {
            Stop::Anywhere | Stop::Latest => Some(0),
            Stop::Before(b) => memchr::memchr(b, rest),
            Stop::BeforeSet { set: SetIndex(set), or_end } => {
                let set = self.pattern.sets[set as usize];
                let found = rest.iter().position(|&b| set.contains(b));
                found.or_else(|| or_end.then_some(rest.len()))
            }
        };
        burn(fuel, skip.unwrap_or(rest.len()));
        let skip = skip.filter(|&skip| self.pattern.run_length(single, &rest[..skip]) == skip)?;
        self.choices.push(Choice { op, low: at, at: at + skip });
        Some(at + skip)
    }
}

impl Pattern {
    #[inline]
    fn accepts(&self, single: Single, b: u8) -> bool {
        match single {
            Single::Any => true,
            Single::Byte(byte) => b == byte,
            Single::Set(SetIndex(set)) => self.sets[set as usize].contains(b),
        }
    }

    /// How many bytes at the start of `text` are accepted by `single`.
    #[inline]
    fn run_length(&self, single: Single, text: &[u8]) -> usize {
        let first_other = match single {
            Single::Any => None,
            Single::Byte(byte) => text.iter().position(|&b| b != byte),
            Single::Set(SetIndex(set)) => {
                let set = self.sets[set as usize];
                text.iter().position(|&b| !set.contains(b))
            }
        };
        first_other.unwrap_or(text.len())
    }
}

impl Stop {
    fn allows_end(self) -> bool {
        matches!(self, Stop::Anywhere | Stop::Latest | Stop::BeforeSet { or_end: true, .. })
    }
}

/// Uses up the fuel for running over `bytes` bytes.
fn burn(fuel: &mut u64, bytes: usize) {
    *fuel = fuel.saturating_sub(bytes as u64 / 8);
}

/// The length of the balanced text that `text` begins with.
fn balanced_end(text: &[u8], open: u8, close: u8) -> Option<usize> {
    if text.first() != Some(&open) {
        return None;
    }
    let mut depth = 1usize;
    for at in memchr::memchr2_iter(open, close, &text[1..]) {
        // The closing byte is looked at first, for when both are the same.
        if text[at + 1] == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + 2);
            }
        } else {
            depth += 1;
        }
    }
    None
}

/// A repetition that could have stopped elsewhere.
#[derive(Clone, Copy, Debug, Default)]
struct Choice {
    op: usize,
    /// A greedy one may give back down to here.
    low: usize,
    /// A greedy one may stop here or before; a lazy one has stopped here.
    at: usize,
}

/// A stack that needs no allocation for as many choices as most patterns have.
#[derive(Clone, Debug)]
struct Choices {
    few: [Choice; Choices::FEW],
    len: usize,
    more: Vec<Choice>,
}

impl Choices {
    const FEW: usize = 6;

    fn new() -> Choices {
        Choices { few: [Choice::default(); Choices::FEW], len: 0, more: Vec::new() }
    }

    fn clear(&mut self) {
        self.len = 0;
        self.more.clear();
    }

    fn push(&mut self, choice: Choice) {
        match self.few.get_mut(self.len) {
            Some(place) => {
                *place = choice;
                self.len += 1;
            }
            None => self.more.push(choice),
        }
    }

    fn pop(&mut self) -> Option<Choice> {
        if let Some(choice) = self.more.pop() {
            return Some(choice);
        }
        self.len = self.len.checked_sub(1)?;
        Some(self.few[self.len])
    }
}
