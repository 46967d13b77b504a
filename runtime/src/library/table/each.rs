//! `table.foreach` and `table.foreachi`: 5.0's loops, which call a function until it returns something.

use crate::error::Throw;
use crate::native::{CALL_ARGS, SequenceFrame, Step};
use crate::{Value, Vm};

/// The slots of both: where the loop is, and where calls are made.
fn slots(frame: &SequenceFrame) -> (u32, u32) {
    (frame.first_free(), frame.first_free() + 1)
}

/// The step that ends the loop, if the last call returned anything but nil.
fn result_of_call(frame: &SequenceFrame, call: u32) -> Option<Step> {
    (frame.results > 0 && !frame.slot(call).is_nil()).then_some(Step::done(call, 1))
}

/// `f(key, value)` comes next.
fn call_with(frame: &mut SequenceFrame, call: u32, key: Value, value: Value) -> Step {
    frame.set_slot(call, frame.arg(1));
    frame.set_slot(call + CALL_ARGS, key);
    frame.set_slot(call + CALL_ARGS + 1, value);
    Step::call(call, 2)
}

pub(super) fn foreach(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let t = vm.check_table(frame.args(), 0)?;
    let (last_key, call) = slots(frame);
    if frame.state == 0 {
        vm.check_function(frame.args(), 1)?;
        frame.set_slot(last_key, Value::NIL);
        frame.state = 1;
    } else if let Some(done) = result_of_call(frame, call) {
        return Ok(done);
    }
    match vm.table_next(t, frame.slot(last_key)) {
        Ok(Some((key, value))) => {
            frame.set_slot(last_key, key);
            Ok(call_with(frame, call, key, value))
        }
        Ok(None) => Ok(Step::done(call, 0)),
        Err(_) => Err(vm.operation_error(b"invalid key to 'next'")),
    }
}

pub(super) fn foreachi(vm: &mut Vm, frame: &mut SequenceFrame) -> Result<Step, Throw> {
    let t = vm.check_table(frame.args(), 0)?;
    // The list's length at the start is kept in the state.
    let (index, call) = slots(frame);
    if frame.state == 0 {
        let n = vm.table_len(t);
        vm.check_function(frame.args(), 1)?;
        frame.set_slot(index, Value::ZERO);
        frame.state = (n as u32).saturating_add(1);
    } else if let Some(done) = result_of_call(frame, call) {
        return Ok(done);
    }
    let i = frame.slot(index).as_number().expect("the loop's own number") + 1.0;
    if i >= f64::from(frame.state) {
        return Ok(Step::done(call, 0));
    }
    frame.set_slot(index, Value::number_unchecked(i));
    let value = vm.table_get_int(t, i as i64);
    Ok(call_with(frame, call, Value::number_unchecked(i), value))
}
