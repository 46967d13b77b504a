//! Room for traces: what is done when there are as many as there may be, or as much code, or too many that wait for the compiler.
//!
//! In the first two cases all are dropped, and what is hot by then is compiled anew, as LuaJIT does it: what ran long ago is rarely what runs next, and to
//! say which trace is of little use would cost each of them a count on every entry.

use super::Engine;
use super::compile::Background;
use crate::ir::TraceId;

impl Engine {
    /// Is there room for another trace? If not, there is when the place is hot the next time.
    pub(super) fn has_room(&mut self) -> bool {
        if self.background.as_ref().is_some_and(Background::is_overloaded) {
            self.poll();
            return false;
        }
        let is_full = self.traces.len() >= self.options.max_traces;
        if is_full {
            self.make_room();
        }
        !is_full
    }

    /// Drops all traces, if that is what is wanted and not all are gone already. Says whether it has.
    pub(super) fn make_room(&mut self) -> bool {
        let does = self.options.flush_when_full && self.traces.len() > 0;
        if does {
            self.stats.flushes += 1;
            self.remove_all();
        }
        does
    }

    /// Drops all traces. No native code is running (rule 2 of the engine).
    pub(super) fn remove_all(&mut self) {
        for id in self.traces.ids().collect::<Vec<TraceId>>() {
            self.remove(id);
        }
    }
}
