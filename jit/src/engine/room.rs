//! Room for traces: what is done when there are as many as there may be, or as much code, or too many that wait for the compiler.
//!
//! In the first case all are dropped, in the second all but those of the loop that wants room, and what is hot by then is compiled anew,
//! as LuaJIT does it: what ran long ago is rarely what runs next, and to say which trace is of little use would cost each of them a
//! count on every entry.

use super::Engine;
use super::compile::Background;
use crate::codemem::CodeMemoryError;
use crate::ir::TraceId;
use crate::link::Native;

impl Engine {
    /// Is there room for another trace? If not, there is when the place is hot the next time.
    pub(super) fn has_room(&mut self) -> bool {
        if self.background.as_ref().is_some_and(Background::is_overloaded) {
            self.poll();
            return false;
        }
        let is_full = self.traces.len() >= self.options.max_traces;
        if is_full {
            self.make_room(self.traces.ids().collect());
        }
        !is_full
    }

    /// Places code of the loop that `id` is a trace of. If there is no room, all but that loop's traces make some: it is not worth
    /// the rest of its own tree.
    pub(super) fn with_room(
        &mut self,
        id: TraceId,
        mut place: impl FnMut(&mut Native) -> Result<(), CodeMemoryError>,
    ) -> Result<(), CodeMemoryError> {
        match place(&mut self.native) {
            Err(CodeMemoryError::Full) if self.make_room_beside(id) => place(&mut self.native),
            placed => placed,
        }
    }

    fn make_room_beside(&mut self, id: TraceId) -> bool {
        let family = self.family(id);
        let others = self.traces.ids().filter(|id| self.family(*id) != family);
        self.make_room(others.collect())
    }

    /// The first trace of the loop whose tree, or a variant's, a trace belongs to.
    fn family(&self, id: TraceId) -> Option<TraceId> {
        let root = self.traces.get(id)?.root;
        Some(self.traces.get(root)?.family)
    }

    /// Drops traces, if that is what is wanted and there are any. Says whether it has.
    fn make_room(&mut self, traces: Vec<TraceId>) -> bool {
        let does = self.options.flush_when_full && !traces.is_empty();
        if does {
            self.stats.flushes += 1;
            traces.into_iter().for_each(|id| self.remove(id));
        }
        does
    }

    /// Drops all traces. No native code is running (rule 2 of the engine).
    pub(super) fn remove_all(&mut self) {
        let all: Vec<TraceId> = self.traces.ids().collect();
        all.into_iter().for_each(|id| self.remove(id));
    }
}
