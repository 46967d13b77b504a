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

use std::ops::Add;

use ferrous_lua_runtime::bytecode::{ExtraWord, Instr, Op, instructions};
use ferrous_lua_runtime::proto::Proto;
use rustc_hash::FxHashMap;

use super::random::Random;
use super::stats::Passes;
use crate::ir::TraceId;
use crate::params::{HOPELESS_FAILURES, MAX_AWAITED_FAILURES, MAX_BACKOFF_SHIFT};
use crate::record::RootKind;

/// One counting instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Site {
    word: *mut u32,
    counter: *mut u32,
}

impl Site {
    /// The instruction, as it is now.
    ///
    /// # Safety
    ///
    /// Rule 1 holds for the site.
    unsafe fn op(self) -> Op {
        // SAFETY: the caller vouches for the site.
        let word = unsafe { *self.word };
        Op::decode(Instr(word).op_byte()).expect("a site is an instruction")
    }

    /// Makes it an instruction again that does not enter native code.
    ///
    /// # Safety
    ///
    /// Rules 1 and 2 hold for the site.
    unsafe fn make_plain(self) {
        // SAFETY: the caller vouches for the site.
        unsafe { *self.word = Instr(*self.word).with_op(self.op().plain()).0 };
    }
}

/// A site and what it began to count down from, unless it enters native code.
#[derive(Debug)]
struct Counting {
    site: Site,
    from: Option<u32>,
}

impl Counting {
    /// Adds up what has been counted; from now on its counter is something else's.
    fn settle(&mut self, passes: &mut Passes) {
        let Some(from) = self.from.take() else { return };
        // SAFETY: rule 1; it counts.
        let (op, left) = unsafe { (self.site.op(), *self.site.counter) };
        passes.count(op, u64::from(from.wrapping_sub(left)));
    }
}

/// What is known of an entry.
#[derive(Debug, Default)]
struct Entry {
    sites: Vec<Counting>,
    root: Option<TraceId>,
    /// Failed recordings, and traces that have died of their constants.
    failures: u32,
    /// How many of them failed only because the loop was left before it came around.
    left: u32,
    /// How much its counters have counted since the last attempt to record, and how often native code has arrived here.
    heat: u32,
}

impl Entry {
    /// Adds to the heat. Gives what is left until the entry is hot; if nothing is, it is cold again.
    fn warm_up(&mut self, counted: u32, hot: u32, factor: u32) -> u32 {
        self.heat = self.heat.saturating_add(counted);
        let left = backed_off(hot, self.failures).saturating_mul(factor).saturating_sub(self.heat);
        if left == 0 {
            self.heat = 0;
        }
        left
    }
}

/// All entries that have been hot.
pub struct Sites {
    entries: FxHashMap<*const Instr, Entry>,
    random: Random,
    hot_loop: u32,
    hot_call: u32,
    /// Counted by counters that have been set anew since.
    passes: Passes,
    /// Instructions that have met tables of kinds that did not last.
    short_lived: FxHashMap<*const Instr, ()>,
}

impl Sites {
    pub fn new(hot_loop: u32, hot_call: u32, seed: u64) -> Sites {
        let (entries, short_lived) = (FxHashMap::default(), FxHashMap::default());
        Sites {
            entries,
            random: Random::new(seed),
            hot_loop,
            hot_call,
            passes: Passes::default(),
            short_lived,
        }
    }

    /// How often loops run and functions are called from now on before they are hot.
    pub fn set_counts(&mut self, hot_loop: u32, hot_call: u32) {
        (self.hot_loop, self.hot_call) = (hot_loop, hot_call);
    }

    /// Notes that a site of this entry exists.
    pub fn add(&mut self, entry: *const Instr, site: Site) {
        // SAFETY: rule 1.
        let from = if is_header(unsafe { site.op() }) { self.hot_call } else { self.hot_loop };
        let sites = &mut self.entries.entry(entry).or_default().sites;
        if sites.iter().all(|known| known.site != site) {
            sites.push(Counting { site, from: Some(from) });
        }
    }

    /// Sets the counters of an entry's sites, or of just one of them.
    fn set_counters(&mut self, entry: *const Instr, only: Option<Site>, count: u32) {
        let Some(known) = self.entries.get_mut(&entry) else { return };
        for counting in known.sites.iter_mut().filter(|known| only.is_none_or(|only| only == known.site)) {
            counting.settle(&mut self.passes);
            counting.from = Some(count);
            // SAFETY: rule 1; the caller knows that the site counts.
            unsafe { *counting.site.counter = count };
        }
    }

    /// How often the counting instructions of a prototype have run since their counters were set.
    fn counted_in(&self, proto: &Proto) -> Passes {
        let start = proto.code().as_ptr().cast::<Instr>();
        let mut passes = Passes::default();
        for at in instructions(proto.code()) {
            let Some(counter) = counter_of(at.op) else { continue };
            let initial = if is_header(at.op) { self.hot_call } else { self.hot_loop };
            let word = start.wrapping_add(at.word).cast::<u32>().cast_mut();
            let leads_to = at.target().unwrap_or(at.end() as isize);
            let entry = self.entries.get(&start.wrapping_offset(leads_to));
            let known = entry.and_then(|entry| entry.sites.iter().find(|known| known.site.word == word));
            if let Some(from) = known.map_or(Some(initial), |known| known.from) {
                passes.count(at.op, u64::from(from.wrapping_sub(at.extra[counter])));
            }
        }
        passes
    }

    /// How often back-edges and function headers have run that count; `protos` are the live prototypes.
    pub fn passes<'a>(&self, protos: impl Iterator<Item = &'a Proto>) -> Passes {
        protos.map(|proto| self.counted_in(proto)).fold(self.passes, Add::add)
    }

    /// The root trace that begins at `entry`.
    pub fn root_at(&self, entry: *const Instr) -> Option<TraceId> {
        self.entries.get(&entry)?.root
    }

    /// How many recordings from here have failed, and traces died of their constants.
    pub fn failures(&self, entry: *const Instr) -> u32 {
        self.entries.get(&entry).map_or(0, |known| known.failures)
    }

    /// Has recording from here failed so often that it will hardly ever succeed? (Of a loop that was only left too early, it will once
    /// more rounds are run.)
    pub fn is_hopeless(&self, entry: *const Instr) -> bool {
        self.entries.get(&entry).is_some_and(|known| known.failures - known.left >= HOPELESS_FAILURES)
    }

    /// May recording from here succeed soon?
    pub fn is_promising(&self, entry: *const Instr) -> bool {
        self.failures(entry) < MAX_AWAITED_FAILURES
    }

    /// There is a root trace now, be its code still in the making. Its sites are rewritten when they count to zero, which is next time.
    pub fn set_root(&mut self, entry: *const Instr, root: TraceId) {
        self.entries.entry(entry).or_default().root = Some(root);
        // They count, for the entry had no root.
        self.set_counters(entry, None, 1);
    }

    /// Rewrites a site of an entry to enter its root trace.
    pub fn set_native(&mut self, entry: *const Instr, site: Site, root: TraceId) {
        let known = self.entries.get_mut(&entry).and_then(|e| e.sites.iter_mut().find(|k| k.site == site));
        if let Some(known) = known {
            known.settle(&mut self.passes);
        }
        // SAFETY: rules 1 and 2.
        unsafe {
            if let Some(op) = site.op().native_form() {
                *site.counter = root.0;
                *site.word = Instr(*site.word).with_op(op).0;
            }
        }
    }

    /// The root trace of an entry is gone: its sites count again.
    pub fn set_counting(&mut self, entry: *const Instr, kind: RootKind) {
        let failures = self.failures(entry);
        let count = self.count_for(kind, failures);
        let Some(known) = self.entries.get_mut(&entry) else { return };
        known.root = None;
        for known in &known.sites {
            // SAFETY: rule 1.
            unsafe { known.site.make_plain() };
        }
        self.set_counters(entry, None, count);
    }

    /// A recording from here has failed, or been of no use for long: the next one is after twice as long. An outer loop's success
    /// or another path through the loop may change its fortune, so it is never given up.
    pub fn punish(&mut self, entry: *const Instr, kind: RootKind) {
        let failures = self.failures(entry) + 1;
        let count = self.count_for(kind, failures);
        let Some(known) = self.entries.get_mut(&entry) else { return };
        known.failures = failures;
        if known.root.is_none() {
            self.set_counters(entry, None, count);
        }
    }

    /// The counter of a site has run out. If the entry is not hot yet, by counts that are multiplied by `factor`, the site counts
    /// on; says whether it is.
    pub fn is_hot(&mut self, entry: *const Instr, site: Site, kind: RootKind, factor: u32) -> bool {
        let hot = self.hot_for(kind);
        let Some(known) = self.entries.get_mut(&entry) else { return false };
        let counted = known.sites.iter().find(|known| known.site == site).and_then(|known| known.from);
        let left = known.warm_up(counted.unwrap_or(0), hot, factor);
        if left > 0 {
            self.set_counters(entry, Some(site), left);
        }
        left == 0
    }

    /// The recording from here that was just punished failed because the loop was left.
    pub fn was_left(&mut self, entry: *const Instr) {
        if let Some(known) = self.entries.get_mut(&entry) {
            known.left += 1;
        }
    }

    /// The loop was seen to run many rounds. If no recording has failed but for too few of them, it is hot at once.
    pub fn goes_around(&mut self, entry: *const Instr) {
        let known = self.entries.entry(entry).or_default();
        if known.failures == known.left {
            (known.failures, known.left) = (0, 0);
        }
        self.heat_up(entry);
    }

    /// Lets an entry be hot when next somebody arrives, unless a recording from there has failed.
    pub fn heat_up(&mut self, entry: *const Instr) {
        let known = self.entries.entry(entry).or_default();
        if known.failures == 0 {
            known.heat = u32::MAX;
            self.set_counters(entry, None, 1);
        }
    }

    /// Native code has arrived at the entry, which has no trace, instead of one of its sites. Says as [`Sites::is_hot`] whether it is
    /// hot.
    pub fn is_hot_by_arrival(&mut self, entry: *const Instr, kind: RootKind, factor: u32) -> bool {
        let hot = self.hot_for(kind);
        self.entries.get_mut(&entry).is_some_and(|known| known.warm_up(1, hot, factor) == 0)
    }

    /// Lets a site count from the start.
    pub fn restart(&mut self, entry: *const Instr, site: Site, kind: RootKind) {
        let failures = self.failures(entry);
        let count = self.count_for(kind, failures);
        self.set_counters(entry, Some(site), count);
    }

    /// Forgets the sites of a prototype that is about to be freed.
    pub fn forget(&mut self, proto: &Proto) {
        self.passes = self.passes([proto].into_iter());
        forget_code(&mut self.entries, proto);
        forget_code(&mut self.short_lived, proto);
    }

    /// Notes that the instruction at `pc`, in the code of a live prototype, has met tables of a kind that did not last. Says whether
    /// that is new.
    pub fn meet_short_lived_kind(&mut self, pc: *const Instr) -> bool {
        self.short_lived.insert(pc, ()).is_none()
    }

    pub fn meets_short_lived_kinds(&self, pc: *const Instr) -> bool {
        self.short_lived.contains_key(&pc)
    }

    /// Rewrites everything back, for good.
    pub fn detach(&mut self) {
        for known in self.entries.values().flat_map(|known| &known.sites) {
            // SAFETY: rules 1 and 2.
            unsafe {
                known.site.make_plain();
                *known.site.counter = 0;
            }
        }
        self.entries.clear();
    }

    fn hot_for(&self, kind: RootKind) -> u32 {
        match kind {
            RootKind::Loop => self.hot_loop,
            RootKind::Function | RootKind::Continuation => self.hot_call,
        }
    }

    fn count_for(&mut self, kind: RootKind, failures: u32) -> u32 {
        let count = backed_off(self.hot_for(kind), failures);
        // Jitter, lest a loop and its recording keep meeting the same rare path.
        let jitter = if failures == 0 { 0 } else { self.random.below(count / 4 + 1) };
        count.saturating_add(jitter)
    }
}

/// Takes out of a map what it has for places in the code of a prototype: by looking up each of them, lest many prototypes that are
/// freed one by one take time with the square of their number.
pub(super) fn forget_code<T>(map: &mut FxHashMap<*const Instr, T>, proto: &Proto) -> Vec<T> {
    if map.is_empty() {
        return Vec::new();
    }
    proto.code().iter().filter_map(|word| map.remove(&std::ptr::from_ref(word).cast())).collect()
}

/// How often a place that is hot after `hot` visits is visited before the next attempt, so many in a row having failed.
pub fn backed_off(hot: u32, failures: u32) -> u32 {
    hot.max(1).saturating_mul(1 << failures.min(MAX_BACKOFF_SHIFT))
}

/// Sets the counters of a prototype, but for those of sites that enter native code.
pub fn start_counters(proto: &mut Proto, hot_loop: u32, hot_call: u32) {
    let base = proto.code as *mut u32;
    let counters: Vec<(usize, Op)> = instructions(proto.code())
        .filter(|at| at.op == at.op.plain())
        .filter_map(|at| Some((at.word + 1 + counter_of(at.op)?, at.op)))
        .collect();
    for (word, op) in counters {
        // SAFETY: the word lies in the prototype's code, which nobody else is looking at.
        unsafe { *base.add(word) = if is_header(op) { hot_call } else { hot_loop } };
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

/// Does the instruction begin a function?
pub fn is_header(op: Op) -> bool {
    matches!(op.plain(), Op::Func | Op::FuncV)
}

/// The extra word of an instruction that is its counter, or the number of its native code.
fn counter_of(op: Op) -> Option<usize> {
    op.extra_kinds().iter().position(|kind| *kind == ExtraWord::Counter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_was_only_left_early_is_not_hopeless() {
        let mut sites = Sites::new(50, 50, 1);
        let entry = std::ptr::dangling();
        sites.heat_up(entry);
        for _ in 0..HOPELESS_FAILURES {
            sites.punish(entry, RootKind::Loop);
            sites.was_left(entry);
        }
        assert!(!sites.is_hopeless(entry));
        assert_eq!(sites.failures(entry), HOPELESS_FAILURES);
        sites.goes_around(entry);
        assert_eq!(sites.failures(entry), 0);
        for _ in 0..HOPELESS_FAILURES {
            sites.punish(entry, RootKind::Loop);
        }
        sites.goes_around(entry);
        assert!(sites.is_hopeless(entry));
    }
}
