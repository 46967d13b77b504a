//! `table.sort`: without comparator and metamethods in one step, else between two steps for each comparison that runs Lua code.
//!
//! The order of comparisons is [`crate::text::sort`]'s. Its state lies in the bytes of a string object that nobody else
//! sees: a sequence keeps nothing on the Rust side, because it may be left for good between two steps.
//!
//! # Rules
//!
//! 1. The string in the first free slot was made here with room for a [`SortState`], one was written into it, and it is
//!    reachable from this slot only.

use crate::arith::{compare_strings, less_than};
use crate::error::Throw;
use crate::native::{CALL_ARGS, SequenceFrame, Step};
use crate::object::{Gc, LuaString, Table};
use crate::string::Event;
use crate::text::sort::{INVALID_ORDER_FUNCTION, Operand, SortState, SortStep};
use crate::{Value, Vm};

const _: () = assert!(size_of::<SortState>() > crate::string::MAX_INTERNED);
const _: () = assert!(align_of::<SortState>() <= 16, "a string's bytes begin at a granule");

/// The states of the sequence.
mod state {
    /// The first step.
    pub const START: u32 = 0;
    /// A comparator or `__lt` was called.
    pub const COMPARED: u32 = 1;
}

/// The slots: the state, the pivot, and where calls are made.
fn slots(frame: &SequenceFrame) -> (u32, u32, u32) {
    let at = frame.first_free();
    (at, at + 1, at + 2)
}

pub(super) fn sort(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let t = vm.check_table(frame.args(), 0)?;
    let (blob, pivot, call) = slots(frame);
    if frame.state == state::START {
        vm.check_writable(t)?;
        let n = vm.table_len(t);
        if !frame.arg(1).is_nil() {
            vm.check_function(frame.args(), 1)?;
        } else if sort_plain(vm, t, n as usize) {
            return Ok(Step::done(call, 0));
        }
        init(vm, frame, n as u32)?;
        frame.set_slot(pivot, Value::NIL);
        frame.state = state::COMPARED;
        return advance(vm, frame, t, None);
    }
    let answer = frame.results > 0 && frame.slot(call).is_truthy();
    debug_assert!(frame.slot(blob).is_string());
    advance(vm, frame, t, Some(answer))
}

/// Sorts a list of numbers that are all comparable, or of strings. Equal elements cannot be told apart, so any order of
/// comparisons will do.
fn sort_plain(vm: &mut Vm, t: Gc<Table>, n: usize) -> bool {
    let Some(list) = vm.table_array(t).get(..n) else { return false };
    let numbers = list.iter().all(|v| v.as_number().is_some_and(|n| !n.is_nan()));
    if !numbers && !list.iter().all(|v| v.is_string()) {
        return false;
    }
    // SAFETY: the elements are in the array part of a live table, and nobody else looks at it meanwhile. They stay in
    // the same object: no barrier.
    let list = unsafe { std::slice::from_raw_parts_mut(list.as_ptr().cast_mut(), n) };
    if numbers {
        list.sort_unstable_by(|a, b| a.as_f64_raw().total_cmp(&b.as_f64_raw()));
    } else {
        let bytes = |v: &Value| v.as_string().expect("a list of strings").bytes();
        list.sort_unstable_by(|a, b| compare_strings(bytes(a), bytes(b)));
    }
    true
}

/// Writes a fresh state into a fresh object.
fn init(vm: &mut Vm, frame: &mut SequenceFrame, n: u32) -> Result<(), Throw> {
    let blob = vm.string_with(size_of::<SortState>(), |_| ())?;
    let (slot, ..) = slots(frame);
    frame.set_slot(slot, blob);
    // SAFETY: the string is fresh, long enough and aligned (asserted above).
    unsafe { state_of(blob).write(SortState::new(n)) };
    Ok(())
}

fn state_of(blob: Value) -> *mut SortState {
    let string = blob.as_string().expect("the sort's state");
    LuaString::data(string.as_ptr()).cast_mut().cast()
}

/// Goes on until the sort is over or a comparison has to call something.
fn advance(
    vm: &mut Vm,
    frame: &mut SequenceFrame,
    t: Gc<Table>,
    mut answer: Option<bool>,
) -> Result<Step, Throw> {
    let (blob, pivot, call) = slots(frame);
    let comparator = frame.arg(1);
    // SAFETY: rule 1.
    let state = unsafe { &mut *state_of(frame.slot(blob)) };
    loop {
        match state.step(answer.take()) {
            SortStep::Compare(a, b) => {
                let value = |operand| match operand {
                    Operand::At(i) => vm.table_get_int(t, i64::from(i)),
                    Operand::Pivot => frame.slot(pivot),
                };
                let (a, b) = (value(a), value(b));
                let handler = if comparator.is_nil() {
                    match less_than(a, b) {
                        Some(less) => {
                            answer = Some(less);
                            continue;
                        }
                        None => order_handler(vm, a, b)?,
                    }
                } else {
                    comparator
                };
                frame.set_slot(call, handler);
                frame.set_slot(call + CALL_ARGS, a);
                frame.set_slot(call + CALL_ARGS + 1, b);
                return Ok(Step::call(call, 2));
            }
            SortStep::Swap(i, j) => swap(vm, t, i, j)?,
            SortStep::TakePivot { from, to } => {
                frame.set_slot(pivot, vm.table_get_int(t, i64::from(from)));
                swap(vm, t, from, to)?;
            }
            SortStep::Done => return Ok(Step::done(call, 0)),
            SortStep::Invalid => return Err(vm.runtime_error(INVALID_ORDER_FUNCTION.as_bytes())),
        }
    }
}

fn swap(vm: &mut Vm, t: Gc<Table>, i: u32, j: u32) -> Result<(), Throw> {
    let (i, j) = (i64::from(i), i64::from(j));
    let (a, b) = (vm.table_get_int(t, i), vm.table_get_int(t, j));
    vm.raw_set_int(t, i, b)?;
    vm.raw_set_int(t, j, a)
}

/// The `__lt` that both values share.
///
/// Source: `luaV_lessthan`, `call_orderTM` (`lvm.c`).
fn order_handler(vm: &mut Vm, a: Value, b: Value) -> Result<Value, Throw> {
    if a.type_of() == b.type_of() {
        let handler = vm.shared_metamethod(a, b, Event::Lt);
        if !handler.is_nil() {
            return Ok(handler);
        }
    }
    Err(vm.compare_error(a, b))
}
