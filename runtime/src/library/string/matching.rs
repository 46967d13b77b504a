//! `string.find`, `string.match` and `string.gmatch`: leaves over the pattern matcher.

use super::super::{new_function, set_upvalue, upvalue};
use super::from_start;
use crate::error::{OutOfMemory, Throw};
use crate::native::{Args, Native, NativeKind};
use crate::text::pattern::{Capture, Caret, Match, Matcher, PatternError, find_plain, is_plain};
use crate::{Value, Vm};

/// Matching steps between two looks at [`Vm::interrupt`]: some milliseconds.
pub(super) const FUEL: u64 = 1 << 20;

/// Finds the next match at or after `init`, looking up whenever `fuel` is spent whether it should stop.
///
/// # Errors
///
/// That of the pattern; what an interrupt raises.
pub(super) fn find_next(
    vm: &mut Vm,
    matcher: &mut Matcher,
    init: usize,
    fuel: &mut u64,
) -> Result<Option<Match>, Throw> {
    let mut result = matcher.find(init, fuel);
    while result == Err(PatternError::Interrupted) {
        vm.poll_interrupt()?;
        *fuel = FUEL;
        result = matcher.resume(fuel);
    }
    result.map_err(|e| pattern_error(vm, e))
}

/// A mistake in a pattern.
#[cold]
pub(super) fn pattern_error(vm: &mut Vm, error: PatternError) -> Throw {
    vm.runtime_error(error.message().as_bytes())
}

/// Capture `i` of the last match, as a value.
pub(super) fn capture(vm: &mut Vm, matcher: &Matcher, src: &[u8], i: usize) -> Result<Value, Throw> {
    match matcher.capture(i) {
        Ok(Capture::Text { start, end }) => match vm.intern_piece(&src[start..end]) {
            Ok(text) => Ok(Value::string(text)),
            Err(OutOfMemory) => Err(vm.throw_memory()),
        },
        Ok(Capture::Position(at)) => Ok(Value::number_unchecked((at + 1) as f64)),
        Err(error) => Err(pattern_error(vm, error)),
    }
}

/// Puts `count` captures of the last match as results `first` and up; returns the number of results then.
fn put_captures(
    vm: &mut Vm,
    matcher: &Matcher,
    src: &[u8],
    args: Args,
    first: u32,
    count: usize,
) -> Result<u32, Throw> {
    for i in 0..count {
        let v = capture(vm, matcher, src, i)?;
        args.put(first + i as u32, v);
    }
    Ok(first + count as u32)
}

pub(super) fn find(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let src = vm.check_string(args, 0)?.bytes();
    let pattern = vm.check_string(args, 1)?.bytes();
    let init = start_argument(vm, args, src.len())?;
    if args.get(3).is_truthy() || is_plain(pattern) {
        return match find_plain(src, pattern, init) {
            Some(at) => args.ret2(position(at + 1), position(at + pattern.len())),
            None => args.ret1(Value::NIL),
        };
    }
    let pattern = vm.library.patterns.get(pattern, Caret::Anchors);
    let mut matcher = Matcher::new(src, &pattern);
    match find_next(vm, &mut matcher, init, &mut FUEL.clone())? {
        Some(found) => {
            let count = pattern.capture_count();
            // The arguments have been read: their places may be overwritten.
            let results = put_captures(vm, &matcher, src, args, 2, count)?;
            args.put(0, position(found.start + 1));
            args.put(1, position(found.end));
            Ok(results)
        }
        None => args.ret1(Value::NIL),
    }
}

pub(super) fn match_(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let src = vm.check_string(args, 0)?.bytes();
    let pattern = vm.check_string(args, 1)?.bytes();
    let init = start_argument(vm, args, src.len())?;
    let pattern = vm.library.patterns.get(pattern, Caret::Anchors);
    let mut matcher = Matcher::new(src, &pattern);
    match find_next(vm, &mut matcher, init, &mut FUEL.clone())? {
        Some(_) => put_captures(vm, &matcher, src, args, 0, matcher.value_count()),
        None => args.ret1(Value::NIL),
    }
}

/// Where to begin, from 0: argument 2, cut to the subject.
fn start_argument(vm: &mut Vm, args: Args, len: usize) -> Result<usize, Throw> {
    let init = from_start(vm.opt_integer(args, 2, 1)?, len);
    Ok(((init - 1).max(0) as usize).min(len))
}

fn position(n: usize) -> Value {
    Value::number_unchecked(n as f64)
}

/// The iterator of `gmatch`. Upvalues: subject, pattern, where to go on.
static GMATCH_ITERATOR: Native =
    Native { library: "string", name: "gmatch_iterator", kind: NativeKind::Leaf(gmatch_iterator) };

pub(super) fn gmatch(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let (src, pattern) = (vm.check_string(args, 0)?, vm.check_string(args, 1)?);
    let upvalues = [Value::string(src), Value::string(pattern), Value::ZERO];
    let iterator = new_function(vm, &GMATCH_ITERATOR, &upvalues)?;
    args.ret1(iterator)
}

fn gmatch_iterator(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let this = vm.leaf;
    let (src, pattern, at) = (upvalue(this, 0), upvalue(this, 1), upvalue(this, 2));
    let (Some(src), Some(pattern), Some(at)) = (src.as_string(), pattern.as_string(), at.as_number()) else {
        return args.ret1(Value::NIL);
    };
    let src = src.bytes();
    let pattern = vm.library.patterns.get(pattern.bytes(), Caret::Literal);
    let mut matcher = Matcher::new(src, &pattern);
    match find_next(vm, &mut matcher, at as usize, &mut FUEL.clone())? {
        Some(found) => {
            let results = put_captures(vm, &matcher, src, args, 0, matcher.value_count())?;
            // Not before it can fail no more: native code does a failed call again.
            set_upvalue(vm, this, 2, position(found.next_start()));
            Ok(results)
        }
        // No result at all, as in PUC Lua.
        None => args.ret0(),
    }
}
