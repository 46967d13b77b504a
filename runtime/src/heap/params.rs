//! The collector's tuning numbers.

/// Objects above this many bytes get an allocation of their own.
pub const LARGE_OBJECT: usize = 8 * 1024;

/// Objects from this size on that do not fit the current run go to blocks of their own kind, so that the current one is kept.
pub const MEDIUM_OBJECT: usize = 512;

/// Free runs below this many bytes are left alone until their neighbours die too.
pub const MIN_RUN: usize = 64;

/// A block that gave less than this many free bytes is not visited again before the next major sweep.
pub const MIN_BLOCK_YIELD: usize = 8 * 1024;

/// Allocation between two minor collections: a share of what is live, within these bounds.
pub const NURSERY_MIN: usize = 512 * 1024;
pub const NURSERY_MAX: usize = 8 * 1024 * 1024;
pub const NURSERY_SHARE: usize = 4;

/// Minor collections come sooner if, going by the last one, more than this many bytes would survive them: they take the program's
/// time at once.
pub const SURVIVORS_MAX: usize = 4 * 1024 * 1024;

/// Tables with fewer array and dictionary entries are scanned again when they have been written to; of bigger ones
/// single elements are remembered ...
pub const BIG_TABLE: usize = 512;

/// ... unless there have been more stores than this share of the elements: then to scan them all is little more work.
pub const STORES_SHARE: usize = 16;

/// A major cycle starts when memory exceeds what was live after the last one by this many percent, at a pause of 200 ...
pub const MAJOR_GROWTH: usize = 70;

/// ... and by at least this many bytes.
pub const MAJOR_GROWTH_MIN: usize = 1024 * 1024;

/// Allocation between two steps of a major cycle.
pub const STEP_BYTES: usize = 256 * 1024;

/// A major cycle is to finish its marking within this many steps, at a step multiplier of 200 ...
pub const STEPS_PER_CYCLE: usize = 8;

/// ... unless that takes more work than this (bytes of objects) in each. It is a multiple of [`STEP_BYTES`], so marking gets to an end.
pub const MAX_STEP_WORK: usize = 3 * 1024 * 1024;

/// How often a major cycle that is done looks again at what has changed, before it finishes.
pub const LOOKS: u32 = 1;

/// Marking work (bytes of objects) of a step that the program asks for, for each KiB it names.
pub const STEP_WORK_PER_KIB: usize = 2 * 1024;

/// `collectgarbage("setpause")` and `("setstepmul")` at the start.
pub const DEFAULT_PAUSE: u32 = 200;
pub const DEFAULT_STEPMUL: u32 = 200;

/// How far beyond its limit a state may go after an allocation has failed, to report that.
pub const LIMIT_OVERSHOOT: usize = 64 * 1024;

/// Near the limit, a collection is paid for by the allocation of one such part of the limit, or the release of one such part of what
/// was in use.
pub const CRAMPED_SHARE: usize = 16;

/// While collections free nothing, a power of two of allocations may fail before the next collection: with an exponent of up to this,
/// less two.
pub const MOST_PATIENCE: u32 = 14;

/// How far the footprint of a state may exceed its limit, however small that is.
pub const FOOTPRINT_SLACK: usize = 1024 * 1024;

/// Empty blocks beyond this many bytes, and beyond half of what is live, are given back to the system; less if the limit is tight.
pub const EMPTY_RESERVE: usize = 4 * 1024 * 1024;

/// Large objects from this size on are mapped one by one.
pub const MAPPED_OBJECT: usize = 64 * 1024;

/// Bytes of freed mappings that are kept for other objects.
pub const SPARE_MAPPINGS: usize = 4 * 1024 * 1024;

/// Entries that the gray stack keeps room for between major cycles.
pub const GRAY_RESERVE: usize = 16 * 1024;

/// What freed memory is filled with under stress: values of it are numbers, pointers of it are invalid.
pub const POISON: u8 = 0xdb;

/// Under stress a collection follows every allocation while less than this is in use; for each multiple of it one
/// safepoint more goes by.
pub const STRESS_SHARE: usize = 256 * 1024;
