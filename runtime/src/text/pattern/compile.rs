//! From the text of a pattern to a straight line of [`Op`]s, and what can be known about it beforehand.

use memchr::memmem::Finder;

use super::set::ByteSet;
use super::{Caret, MAX_CAPTURES, PatternError};

/// A compiled pattern. See the [module](super) for the idea.
///
/// Compiling never fails: what is wrong with a pattern is raised by the match that gets to that place.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: Box<[u8]>,
    caret: Caret,
    pub(super) anchored: bool,
    pub(super) ops: Vec<Op>,
    pub(super) sets: Vec<ByteSet>,
    pub(super) captures: Vec<CaptureKind>,
    pub(super) start: Start,
}

/// One step of a match. An op either fails, or moves on by some bytes and goes to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// One byte.
    One(Single),
    /// As many as there are, at least `min` (0 or 1), at most one if `once`; then fewer.
    Greedy { single: Single, min: u8, once: bool, stop: Stop },
    /// As few as will do.
    Lazy { single: Single, stop: Stop },
    /// Starts a capture.
    Open(u8),
    /// Ends it.
    Close(u8),
    /// Captures the position.
    Position(u8),
    /// What the capture matched, once more.
    BackReference(u8),
    /// `%bxy`.
    Balance(u8, u8),
    /// `%f[set]`.
    Frontier(SetIndex),
    /// `$` at the end.
    End,
    /// The pattern has matched.
    Match,
    /// The pattern is wrong here.
    Fail(PatternError),
}

/// What one byte is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Single {
    Any,
    Byte(u8),
    Set(SetIndex),
}

/// Into [`Pattern::sets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SetIndex(pub u32);

/// Where a repetition may stop, judged by the byte that comes then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Wherever it likes.
    Anywhere,
    /// Only as late as it can: no earlier stop could help the rest to match.
    Latest,
    /// Before this byte.
    Before(u8),
    /// Before one of these bytes, or at the end of the subject if the rest could match there.
    BeforeSet { set: SetIndex, or_end: bool },
}

/// What a capture is once the whole pattern has matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CaptureKind {
    Text,
    Position,
    Unfinished,
}

/// Where a match can begin.
#[derive(Clone, Debug)]
pub(super) enum Start {
    Anywhere,
    Byte(u8),
    Set(ByteSet),
    Literal(Box<Finder<'static>>),
}

/// What the ops from some place on can begin with.
#[derive(Clone, Copy)]
struct First {
    /// Every byte that a match of them which is not empty can begin with.
    bytes: ByteSet,
    empty: Empty,
}

/// When ops can match the empty string.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    Never,
    /// At the end of the subject only.
    AtEnd,
    /// In some places.
    Sometimes,
    /// Everywhere; so they always match.
    Always,
}

impl Pattern {
    /// Compiles `text`.
    pub fn compile(text: &[u8], caret: Caret) -> Pattern {
        let anchored = caret == Caret::Anchors && text.first() == Some(&b'^');
        let mut compiler = Compiler { text, at: usize::from(anchored), ..Compiler::default() };
        if let Err(error) = compiler.ops() {
            compiler.ops.push(Op::Fail(error));
        }
        let first = compiler.choose_stops();
        let start = compiler.start(first);
        let Compiler { ops, sets, captures, .. } = compiler;
        Pattern { text: text.into(), caret, anchored, ops, sets, captures, start }
    }

    /// What it was compiled from.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// How it was compiled.
    pub fn caret(&self) -> Caret {
        self.caret
    }

    /// Whether it begins with an anchor: it can match at the start of a search only.
    pub fn is_anchored(&self) -> bool {
        self.anchored
    }

    /// How many captures it has, not counting the whole match.
    pub fn capture_count(&self) -> usize {
        self.captures.len()
    }
}

#[derive(Default)]
struct Compiler<'a> {
    text: &'a [u8],
    at: usize,
    ops: Vec<Op>,
    sets: Vec<ByteSet>,
    captures: Vec<CaptureKind>,
}

impl Compiler<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    /// Compiles everything up to the end or the first mistake. Source: `match` in PUC 5.1's `lstrlib.c`.
    fn ops(&mut self) -> Result<(), PatternError> {
        while let Some(b) = self.peek(0) {
            let op = match (b, self.peek(1)) {
                (b'(', Some(b')')) => {
                    self.at += 2;
                    Op::Position(self.open(CaptureKind::Position)?)
                }
                (b'(', _) => {
                    self.at += 1;
                    Op::Open(self.open(CaptureKind::Unfinished)?)
                }
                (b')', _) => {
                    self.at += 1;
                    let open = self.captures.iter().rposition(|&kind| kind == CaptureKind::Unfinished);
                    let index = open.ok_or(PatternError::InvalidPatternCapture)?;
                    self.captures[index] = CaptureKind::Text;
                    Op::Close(index as u8)
                }
                (b'%', Some(b'b')) => {
                    let (Some(open), Some(close)) = (self.peek(2), self.peek(3)) else {
                        return Err(PatternError::UnbalancedPattern);
                    };
                    self.at += 4;
                    Op::Balance(open, close)
                }
                (b'%', Some(b'f')) => {
                    self.at += 2;
                    if self.peek(0) != Some(b'[') {
                        return Err(PatternError::MissingFrontierSet);
                    }
                    let set = self.bracket()?;
                    Op::Frontier(self.intern(set))
                }
                (b'%', Some(digit @ b'0'..=b'9')) => {
                    self.at += 2;
                    let index = digit.wrapping_sub(b'1');
                    match self.captures.get(usize::from(index)) {
                        None | Some(CaptureKind::Unfinished) => {
                            return Err(PatternError::InvalidCaptureIndex);
                        }
                        Some(_) => Op::BackReference(index),
                    }
                }
                (b'$', None) => {
                    self.at += 1;
                    Op::End
                }
                _ => self.single_op()?,
            };
            self.ops.push(op);
        }
        self.ops.push(Op::Match);
        Ok(())
    }

    fn open(&mut self, kind: CaptureKind) -> Result<u8, PatternError> {
        if self.captures.len() == MAX_CAPTURES {
            return Err(PatternError::TooManyCaptures);
        }
        self.captures.push(kind);
        Ok(self.captures.len() as u8 - 1)
    }

    /// A single character and what says how often; the stops are chosen later.
    fn single_op(&mut self) -> Result<Op, PatternError> {
        let single = self.single()?;
        let stop = Stop::Anywhere;
        let op = match self.peek(0) {
            Some(b'*') => Op::Greedy { single, min: 0, once: false, stop },
            Some(b'+') => Op::Greedy { single, min: 1, once: false, stop },
            Some(b'?') => Op::Greedy { single, min: 0, once: true, stop },
            Some(b'-') => Op::Lazy { single, stop },
            _ => return Ok(Op::One(single)),
        };
        self.at += 1;
        Ok(op)
    }

    fn single(&mut self) -> Result<Single, PatternError> {
        let set = match (self.text[self.at], self.peek(1)) {
            (b'%', None) => return Err(PatternError::EndsWithPercent),
            (b'%', Some(letter)) => {
                self.at += 2;
                ByteSet::class(letter)
            }
            (b'[', _) => self.bracket()?,
            (b'.', _) => {
                self.at += 1;
                return Ok(Single::Any);
            }
            (b, _) => {
                self.at += 1;
                return Ok(Single::Byte(b));
            }
        };
        Ok(match set.only() {
            Some(b) => Single::Byte(b),
            None if set == ByteSet::ALL => Single::Any,
            None => Single::Set(self.intern(set)),
        })
    }

    /// A set in brackets, from the `[` on. Source: `classend` and `matchbracketclass`.
    fn bracket(&mut self) -> Result<ByteSet, PatternError> {
        self.at += 1;
        let negated = self.peek(0) == Some(b'^');
        self.at += usize::from(negated);
        let inside = self.at;
        // A `]` that comes first is an ordinary character.
        loop {
            match self.peek(0) {
                None => return Err(PatternError::MissingBracket),
                Some(b'%') if self.peek(1).is_some() => self.at += 2,
                Some(_) => self.at += 1,
            }
            if self.peek(0) == Some(b']') {
                break;
            }
        }
        let mut set = ByteSet::EMPTY;
        let mut items = &self.text[inside..self.at];
        self.at += 1;
        loop {
            items = match *items {
                [] => break,
                [b'%', letter, ref rest @ ..] => {
                    set = set.union(ByteSet::class(letter));
                    rest
                }
                [low, b'-', high, ref rest @ ..] => {
                    (low..=high).for_each(|b| set.insert(b));
                    rest
                }
                // Only after a range up to `%`, as in `[a-%%]`: PUC then escapes the bracket that ends the set.
                [b'%'] => {
                    set.insert(b']');
                    &[]
                }
                [b, ref rest @ ..] => {
                    set.insert(b);
                    rest
                }
            };
        }
        Ok(if negated { set.complement() } else { set })
    }

    fn intern(&mut self, set: ByteSet) -> SetIndex {
        // Only the last few are compared, so that a huge pattern still compiles in linear time.
        let recent = self.sets.len().saturating_sub(16);
        let known = self.sets[recent..].iter().position(|&other| other == set);
        let index = known.map_or(self.sets.len(), |i| recent + i);
        if index == self.sets.len() {
            self.sets.push(set);
        }
        SetIndex(index as u32)
    }

    fn bytes_of(&self, single: Single) -> ByteSet {
        match single {
            Single::Any => ByteSet::ALL,
            Single::Byte(b) => ByteSet::of(b),
            Single::Set(SetIndex(i)) => self.sets[i as usize],
        }
    }

    /// Goes through the ops from the last to the first, and tells each repetition where it may stop. Returns
    /// what the whole pattern can begin with.
    fn choose_stops(&mut self) -> First {
        let mut rest = First { bytes: ByteSet::EMPTY, empty: Empty::Always };
        for i in (0..self.ops.len()).rev() {
            let only = |bytes| First { bytes, empty: Empty::Never };
            rest = match self.ops[i] {
                Op::One(single) => only(self.bytes_of(single)),
                Op::Greedy { single, min, once, .. } => {
                    let bytes = self.bytes_of(single);
                    let stop =
                        if rest.always_better_late(bytes) { Stop::Latest } else { self.stop_before(rest) };
                    self.ops[i] = Op::Greedy { single, min, once, stop };
                    if min > 0 { only(bytes) } else { First { bytes: bytes.union(rest.bytes), ..rest } }
                }
                Op::Lazy { single, .. } => {
                    let bytes = self.bytes_of(single).union(rest.bytes);
                    self.ops[i] = Op::Lazy { single, stop: self.stop_before(rest) };
                    First { bytes, ..rest }
                }
                Op::Open(_) | Op::Close(_) | Op::Position(_) => rest,
                Op::Balance(open, _) => only(ByteSet::of(open)),
                Op::Frontier(_) => match rest.empty {
                    Empty::Always => First { empty: Empty::Sometimes, ..rest },
                    _ => rest,
                },
                Op::BackReference(_) => First { bytes: ByteSet::ALL, empty: Empty::Sometimes },
                Op::End => First { bytes: ByteSet::EMPTY, empty: Empty::AtEnd },
                Op::Match => First { bytes: ByteSet::EMPTY, empty: Empty::Always },
                // So that no place from which it can be reached is left out.
                Op::Fail(_) => First { bytes: ByteSet::ALL, empty: Empty::Sometimes },
            };
        }
        rest
    }

    fn stop_before(&mut self, rest: First) -> Stop {
        match (rest.empty, rest.bytes.only()) {
            (Empty::Sometimes | Empty::Always, _) => Stop::Anywhere,
            (Empty::Never, Some(b)) => Stop::Before(b),
            (Empty::Never, None) if rest.bytes == ByteSet::ALL => Stop::Anywhere,
            (empty, _) => Stop::BeforeSet { set: self.intern(rest.bytes), or_end: empty == Empty::AtEnd },
        }
    }

    /// How to look for the first place where a match can begin.
    fn start(&self, first: First) -> Start {
        let steps = self.ops.iter().filter(|op| !matches!(op, Op::Open(_) | Op::Position(_) | Op::Close(_)));
        let prefix: Vec<u8> = steps
            .map_while(|op| match op {
                Op::One(Single::Byte(b)) => Some(*b),
                _ => None,
            })
            .collect();
        match (first.empty, first.bytes.only()) {
            _ if prefix.len() > 1 => Start::Literal(Box::new(Finder::new(&prefix).into_owned())),
            (Empty::Never, Some(b)) => Start::Byte(b),
            (Empty::Never, None) if first.bytes != ByteSet::ALL => Start::Set(first.bytes),
            _ => Start::Anywhere,
        }
    }
}

impl First {
    /// Whether ops that begin so can never match after fewer bytes out of `repeated` when they do not match
    /// after all of them. With fewer, the next byte is one of `repeated`, and not the end.
    fn always_better_late(self, repeated: ByteSet) -> bool {
        match self.empty {
            Empty::Always => true,
            Empty::Sometimes => false,
            Empty::Never | Empty::AtEnd => self.bytes.is_disjoint(repeated),
        }
    }
}
