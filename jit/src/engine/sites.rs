//! Sites: the instructions that count towards compilation, and that are rewritten once there is native code.
//!
//! ```text
//!   ForLoop  | jump | counter          counts down; at 0 the interpreter calls the engine, with the pc of the target
//!   ForLoopJit | jump | code number    the interpreter enters this code at the target
//! ```
//!
//! What an engine knows of a loop it keeps by *entry*, the address of the loop's first instruction: two back-edges to the
//! same instruction are two sites of one loop.
//!
//! # Rules
//!
//! 1. A site lies in the code of a live prototype; the collector tells of one that dies before it frees the code.
//! 2. A site is rewritten only in [`Sites::set_native`] and [`Sites::set_counting`], which run when no handler is between
//!    reading an instruction's word and its counter.

use ferrous_lua_runtime::bytecode::{ExtraWord, Instr, Op, instructions};
use ferrous_lua_runtime::proto::Proto;
use rustc_hash::FxHashMap;

use super::random::Random;
use crate::ir::TraceId;
use crate::params::{HOPELESS_FAILURES, MAX_BACKOFF_SHIFT};
use crate::record::RootKind;

/// One counting instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Site {
    word: *mut u32,
    counter: *mut u32,
}

/// What is known of an entry.
#[derive(Debug, Default)]
struct Entry {
    sites: Vec<Site>,
    root: Option<TraceId>,
    /// Failed recordings in a row.
    failures: u32,
}

/// All entries that have been hot.
pub struct Sites {
    entries: FxHashMap<*const Instr, Entry>,
    random: Random,
    hot_loop: u32,
    hot_call: u32,
}

impl Sites {
    pub fn new(hot_loop: u32, hot_call: u32, seed: u64) -> Sites {
        Sites { entries: FxHashMap::default(), random: Random::new(seed), hot_loop, hot_call }
    }

    /// Notes that a site of this entry exists.
    pub fn add(&mut self, entry: *const Instr, site: Site) {
        let sites = &mut self.entries.entry(entry).or_default().sites;
        if !sites.contains(&site) {
            sites.push(site);
        }
    }

    /// The root trace that begins at `entry`.
    pub fn root_at(&self, entry: *const Instr) -> Option<TraceId> {
        self.entries.get(&entry)?.root
    }

    /// Has recording from here failed so often that it will hardly ever succeed?
    pub fn is_hopeless(&self, entry: *const Instr) -> bool {
        self.entries.get(&entry).is_some_and(|entry| entry.failures >= HOPELESS_FAILURES)
    }

    /// There is a root trace now, be its code still in the making. Its sites are rewritten when they count to zero, which is next time.
    pub fn set_root(&mut self, entry: *const Instr, root: TraceId) {
        let known = self.entries.entry(entry).or_default();
        (known.root, known.failures) = (Some(root), 0);
        for site in &known.sites {
            // SAFETY: rule 1; the site counts, for it had no root.
            unsafe { *site.counter = 1 };
        }
    }

    /// Rewrites a site to enter its root trace.
    pub fn set_native(&mut self, site: Site, root: TraceId) {
        // SAFETY: rules 1 and 2.
        unsafe {
            let word = Instr(*site.word);
            if let Some(op) = Op::decode(word.op_byte()).and_then(native_form) {
                *site.counter = root.0;
                *site.word = word.0 & !0xff | op as u32;
            }
        }
    }

    /// The root trace of an entry is gone: its sites count again.
    pub fn set_counting(&mut self, entry: *const Instr, kind: RootKind) {
        let count = self.count_for(kind, 0);
        let Some(known) = self.entries.get_mut(&entry) else { return };
        known.root = None;
        for site in &known.sites {
            // SAFETY: rules 1 and 2.
            unsafe {
                let word = Instr(*site.word);
                if let Some(op) = Op::decode(word.op_byte()) {
                    *site.word = word.0 & !0xff | op.plain() as u32;
                    *site.counter = count;
                }
            }
        }
    }

    /// A recording from here has failed: the next one is after twice as long. An outer loop's success or another path
    /// through the loop may change its fortune, so it is never given up.
    pub fn punish(&mut self, entry: *const Instr, kind: RootKind) {
        let failures = self.entries.get(&entry).map_or(0, |known| known.failures) + 1;
        let count = self.count_for(kind, failures);
        if let Some(known) = self.entries.get_mut(&entry) {
            known.failures = failures;
            for site in known.sites.iter().filter(|_| known.root.is_none()) {
                // SAFETY: rule 1; the site counts, for its entry has no root.
                unsafe { *site.counter = count };
            }
        }
    }

    /// Lets a site count from the start.
    pub fn restart(&mut self, entry: *const Instr, site: Site, kind: RootKind) {
        let failures = self.entries.get(&entry).map_or(0, |known| known.failures);
        let count = self.count_for(kind, failures);
        // SAFETY: rule 1; the site has just counted to zero.
        unsafe { *site.counter = count };
    }

    /// Forgets the sites of a prototype that is about to be freed.
    pub fn forget(&mut self, proto: &Proto) {
        let code = proto.code().as_ptr_range();
        self.entries.retain(|entry, _| !code.contains(&entry.cast()));
    }

    /// Rewrites everything back, for good.
    pub fn detach(&mut self) {
        for site in self.entries.values().flat_map(|known| &known.sites) {
            // SAFETY: rules 1 and 2.
            unsafe {
                let word = Instr(*site.word);
                if let Some(op) = Op::decode(word.op_byte()) {
                    *site.word = word.0 & !0xff | op.plain() as u32;
                    *site.counter = 0;
                }
            }
        }
        self.entries.clear();
    }

    fn count_for(&mut self, kind: RootKind, failures: u32) -> u32 {
        let hot = match kind {
            RootKind::Loop => self.hot_loop,
            RootKind::Function | RootKind::Continuation => self.hot_call,
        };
        let count = hot.saturating_mul(1 << failures.min(MAX_BACKOFF_SHIFT));
        // Jitter, lest a loop and its recording keep meeting the same rare path.
        let jitter = if failures == 0 { 0 } else { self.random.below(count / 4 + 1) };
        count.saturating_add(jitter).max(1)
    }
}

/// Sets the counters of a new prototype.
pub fn start_counters(proto: &mut Proto, hot_loop: u32, hot_call: u32) {
    let base = proto.code as *mut u32;
    let counters: Vec<(usize, Op)> = instructions(proto.code())
        .filter_map(|at| Some((at.word + 1 + counter_of(at.op)?, at.op.plain())))
        .collect();
    for (word, op) in counters {
        // SAFETY: the word lies in the prototype's code, which nobody else is looking at.
        unsafe { *base.add(word) = if matches!(op, Op::Func | Op::FuncV) { hot_call } else { hot_loop } };
    }
}

/// The back-edge to `entry` whose counter has run out, or the header before it.
///
/// # Safety
///
/// The prototype is live, and nobody borrows its code.
pub unsafe fn site_of(proto: &Proto, entry: *const Instr, kind: RootKind) -> Option<Site> {
    let code = proto.code();
    let wanted = proto.word_of(entry)? as isize;
    let found = instructions(code).find(|at| {
        let Some(counter) = counter_of(at.op) else { return false };
        let leads_here = match kind {
            RootKind::Loop => at.target() == Some(wanted),
            RootKind::Function => at.op.plain() == Op::Func && at.end() as isize == wanted,
            // No instruction counts for it.
            RootKind::Continuation => false,
        };
        leads_here && at.op.plain() == at.op && at.extra[counter] == 0
    })?;
    let word = (proto.code as *mut u32).wrapping_add(found.word);
    Some(Site { word, counter: word.wrapping_add(1 + counter_of(found.op)?) })
}

fn counter_of(op: Op) -> Option<usize> {
    op.extra_kinds().iter().position(|kind| *kind == ExtraWord::Counter)
}

/// The instruction that enters native code in this one's place.
fn native_form(op: Op) -> Option<Op> {
    match op.plain() {
        Op::ForLoop => Some(Op::ForLoopJit),
        Op::ForLoopUp => Some(Op::ForLoopUpJit),
        Op::TForLoop => Some(Op::TForLoopJit),
        Op::JmpBack => Some(Op::JmpBackJit),
        Op::Func => Some(Op::FuncJit),
        _ => None,
    }
}
