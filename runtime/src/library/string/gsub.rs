//! `string.gsub`: with a string or a plain table as replacement it is done in one step; a function or an `__index` metamethod is
//! asked between two steps.

use super::super::make_room;
use super::buffer::Buffer;
use super::matching::{FUEL, capture, find_next, pattern_error};
use crate::error::Throw;
use crate::native::{Args, CALL_ARGS, SequenceFrame, Step};
use crate::object::{Gc, Table};
use crate::table::Index;
use crate::text::number::{NumberBuf, format_number};
use crate::text::pattern::{Caret, Match, Matcher};
use crate::{Value, Vm};

/// The slots of a `gsub` that asks.
struct Slots {
    result: Buffer,
    /// How much of the subject has been dealt with.
    done: u32,
    /// Where to look for the next match.
    next: u32,
    /// Where the match that is asked about begins and ends.
    start: u32,
    end: u32,
    /// Replacements so far.
    count: u32,
    /// Where calls are made.
    call: u32,
}

impl Slots {
    fn of(frame: &SequenceFrame) -> Slots {
        let at = frame.first_free();
        let after = at + Buffer::SLOTS;
        Slots {
            result: Buffer(at),
            done: after,
            next: after + 1,
            start: after + 2,
            end: after + 3,
            count: after + 4,
            call: after + 5,
        }
    }
}

/// A number that this file put into a slot.
fn number(frame: &SequenceFrame, slot: u32) -> usize {
    frame.slot(slot).as_number().expect("a number of gsub's own") as usize
}

fn set_number(frame: &mut SequenceFrame, slot: u32, n: usize) {
    frame.set_slot(slot, Value::number_unchecked(n as f64));
}

pub(super) fn gsub(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let args = frame.args();
    if frame.state != 0 {
        let slots = Slots::of(frame);
        let value = if frame.results > 0 { frame.slot(slots.call) } else { Value::NIL };
        replace(vm, frame, &slots, value)?;
        return ask_on(vm, frame, &slots);
    }
    let src = vm.check_string(args, 0)?;
    vm.check_string(args, 1)?;
    let replacement = args.get(2);
    // PUC looks at the limit before it complains about the replacement.
    let limit = replacement_limit(vm, args, src.len as usize)?;
    if replacement.is_string() || replacement.is_number() {
        let text = vm.check_string(args, 2)?.bytes();
        let escapes = memchr::memchr_iter(b'%', text).count();
        return gsub_at_once(vm, frame, limit, Replacement::Text(text, escapes));
    }
    if let Some(table) = replacement.as_table()
        && vm.table_metatable(table).is_none()
    {
        return gsub_at_once(vm, frame, limit, Replacement::Lookup(table));
    }
    if !(replacement.is_table() || replacement.is_function()) {
        return Err(vm.arg_error(2, "string/function/table expected"));
    }
    let slots = Slots::of(frame);
    slots.result.init(vm, frame, src.len as usize + 16)?;
    for slot in [slots.done, slots.next, slots.start, slots.end, slots.count] {
        set_number(frame, slot, 0);
    }
    frame.state = 1;
    ask_on(vm, frame, &slots)
}

/// The most replacements that may be made: argument 3.
fn replacement_limit(vm: &mut Vm, args: Args, len: usize) -> Result<usize, Throw> {
    if args.get(3).is_nil() { Ok(len + 1) } else { Ok(vm.check_int(args, 3)?.max(0) as usize) }
}

/// What stands in the place of a match, where nobody has to be asked.
#[derive(Clone, Copy)]
enum Replacement<'a> {
    /// A text with so many `%` in it.
    Text(&'a [u8], usize),
    /// What a table without metatable has for the first capture.
    Lookup(Gc<Table>),
}

/// Does it all in one step.
fn gsub_at_once(
    vm: &mut Vm,
    frame: &mut SequenceFrame,
    limit: usize,
    replacement: Replacement,
) -> Result<Step, Throw> {
    let args = frame.args();
    let subject = vm.check_string(args, 0)?;
    let (src, pattern) = (subject.bytes(), vm.check_string(args, 1)?.bytes());
    let pattern = vm.library.patterns.get(pattern, Caret::Anchors);
    let mut matcher = Matcher::new(src, &pattern);
    let mut out = std::mem::take(&mut vm.library.scratch);
    out.clear();
    let (mut done, mut next, mut count) = (0, 0, 0);
    let (mut fuel, mut number) = (FUEL, NumberBuf::new());
    while count < limit {
        let Some(found) = find_next(vm, &mut matcher, next, &mut fuel)? else { break };
        count += 1;
        let before = &src[done..found.start];
        match replacement {
            Replacement::Text(text, escapes) => {
                let inserted = text.len() + escapes * (found.end - found.start).max(NumberBuf::SIZE);
                make_room(vm, &mut out, before.len() + inserted)?;
                out.extend_from_slice(before);
                if escapes == 0 {
                    out.extend_from_slice(text);
                } else if let Err(error) = matcher.append_replacement(text, &mut out) {
                    return Err(pattern_error(vm, error));
                }
            }
            Replacement::Lookup(table) => {
                let key = capture(vm, &matcher, src, 0)?;
                let value = vm.table_get(table, key);
                let text = match (value.as_string(), value.as_number()) {
                    (Some(s), _) => s.bytes(),
                    (None, Some(n)) => format_number(n, &mut number),
                    (None, None) if value.is_falsy() => &src[found.start..found.end],
                    (None, None) => return Err(no_replacement(vm, value)),
                };
                make_room(vm, &mut out, before.len() + text.len())?;
                out.extend_from_slice(before);
                out.extend_from_slice(text);
            }
        }
        done = found.end;
        next = found.next_start();
        if pattern.is_anchored() {
            break;
        }
    }
    let result = if count == 0 {
        Value::string(subject)
    } else {
        make_room(vm, &mut out, src.len() - done)?;
        out.extend_from_slice(&src[done..]);
        vm.new_string(&out)?
    };
    vm.library.keep_scratch(out);
    Ok(finish(frame, result, count))
}

fn finish(frame: &mut SequenceFrame, result: Value, count: usize) -> Step {
    let first = frame.first_free();
    frame.set_slot(first, result);
    set_number(frame, first + 1, count);
    Step::done(first, 2)
}

/// Goes from match to match until one has to be asked about, or there are no more.
fn ask_on(vm: &mut Vm, frame: &mut SequenceFrame, slots: &Slots) -> Result<Step, Throw> {
    let args = frame.args();
    let subject = vm.check_string(args, 0)?;
    let (src, pattern) = (subject.bytes(), vm.check_string(args, 1)?.bytes());
    let limit = replacement_limit(vm, args, src.len())?;
    let pattern = vm.library.patterns.get(pattern, Caret::Anchors);
    let mut matcher = Matcher::new(src, &pattern);
    let replacement = args.get(2);
    let mut fuel = FUEL;
    loop {
        let count = number(frame, slots.count);
        let over = count >= limit || (pattern.is_anchored() && count > 0);
        let found =
            if over { None } else { find_next(vm, &mut matcher, number(frame, slots.next), &mut fuel)? };
        let Some(found) = found else {
            slots.result.append(vm, frame, &src[number(frame, slots.done)..])?;
            let result = vm.new_string(slots.result.bytes(frame))?;
            return Ok(finish(frame, result, count));
        };
        note_match(vm, frame, slots, src, found, count)?;
        if replacement.is_function() {
            let nargs = matcher.value_count();
            frame.set_slot(slots.call, replacement);
            for i in 0..nargs {
                let v = capture(vm, &matcher, src, i)?;
                frame.set_slot(slots.call + CALL_ARGS + i as u32, v);
            }
            return Ok(Step::call(slots.call, nargs as u32));
        }
        let key = capture(vm, &matcher, src, 0)?;
        match vm.index_chain(replacement, key) {
            Index::Value(v) => replace(vm, frame, slots, v)?,
            Index::Call { handler, object } => {
                frame.set_slot(slots.call, handler);
                frame.set_slot(slots.call + CALL_ARGS, object);
                frame.set_slot(slots.call + CALL_ARGS + 1, key);
                return Ok(Step::call(slots.call, 2));
            }
            Index::NotIndexable(v) => return Err(vm.operand_error("index", v, None)),
            Index::Loop => return Err(vm.operation_error(b"loop in gettable")),
        }
    }
}

/// Copies what lies before a match, and remembers where the match is.
fn note_match(
    vm: &mut Vm,
    frame: &mut SequenceFrame,
    slots: &Slots,
    src: &[u8],
    found: Match,
    count: usize,
) -> Result<(), Throw> {
    slots.result.append(vm, frame, &src[number(frame, slots.done)..found.start])?;
    set_number(frame, slots.start, found.start);
    set_number(frame, slots.end, found.end);
    set_number(frame, slots.done, found.end);
    set_number(frame, slots.next, found.next_start());
    set_number(frame, slots.count, count + 1);
    Ok(())
}

/// Puts `value` in the place of the last match, or the match itself if that is false or nil.
fn replace(vm: &mut Vm, frame: &mut SequenceFrame, slots: &Slots, value: Value) -> Result<(), Throw> {
    if value.is_falsy() {
        let src = vm.check_string(frame.args(), 0)?.bytes();
        let (start, end) = (number(frame, slots.start), number(frame, slots.end));
        return slots.result.append(vm, frame, &src[start..end]);
    }
    if !(value.is_string() || value.is_number()) {
        return Err(no_replacement(vm, value));
    }
    let text = vm.tostring_raw(value)?;
    slots.result.append(vm, frame, text.bytes())
}

#[cold]
fn no_replacement(vm: &mut Vm, value: Value) -> Throw {
    let text = format!("invalid replacement value (a {})", value.type_name());
    vm.runtime_error(text.as_bytes())
}
