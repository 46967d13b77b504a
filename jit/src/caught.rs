//! Panics end where they happen: none may cross native code or the interpreter's handlers, neither of which can unwind.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`; a panic, which is a fault of ours, gives `failure`. What `work` was changing must be thrown away then.
pub(crate) fn caught<R>(failure: R, work: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(failure)
}
