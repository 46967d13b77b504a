//! Text in, text out: each file in `jit/tests/opt/` is a trace, a line `---`, and what the passes make of it.
//!
//! The first line names the passes: `; emit` sends the trace through the emitter, `; peel` peels its loop as
//! well, `; dce` drops dead code at the end, `; sink` sinks allocations after that. A comment `; induction %INDEX %NEXT STOP`
//! declares the loop's counter. `BLESS=1 cargo test` writes the second half anew.

use std::path::Path;
use std::sync::Arc;

use super::{Branch, Emitter, Induction, dce, region, sink};
use crate::ir::{
    ExitKind, Instr, IrRef, Needed, Op, RecordedAt, SnapEntry, SnapId, Tail, Trace, Ty, parse, verify,
};

#[test]
fn passes_do_what_the_files_say() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/opt");
    let mut names: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert!(!names.is_empty());
    let mut wrong = Vec::new();
    for path in names {
        let text = std::fs::read_to_string(&path).unwrap();
        let (input, expected) = text.split_once("\n---\n").unwrap_or((text.trim_end(), ""));
        let output = run(input);
        if output == expected {
            continue;
        }
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, format!("{input}\n---\n{output}")).unwrap();
        } else {
            wrong.push(format!("{}:\n{output}\ninstead of\n{expected}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn run(input: &str) -> String {
    let passes: Vec<&str> =
        input.lines().next().unwrap().trim_start_matches(';').split_whitespace().collect();
    let trace = match parse(input) {
        Ok(trace) => trace,
        Err(error) => return format!("{error}\n"),
    };
    match apply(input, &passes, &trace) {
        Ok(trace) => trace.to_string(),
        Err(message) => format!("{message}\n"),
    }
}

fn apply(input: &str, passes: &[&str], trace: &Trace) -> Result<Trace, String> {
    verify(trace)?;
    let mut trace = trace.clone();
    if passes.contains(&"emit") || passes.contains(&"peel") {
        let mut emitter = Emitter::replay(&trace).map_err(|error| format!("{error:?}"))?;
        if let Some(induction) = induction(input, emitter.trace_mut()) {
            emitter.set_induction(induction);
        }
        trace = if passes.contains(&"peel") {
            emitter.peel().map_err(|error| format!("{error:?}"))?
        } else {
            emitter.into_trace()
        };
    }
    if passes.contains(&"dce") {
        trace = dce(&trace);
    }
    if passes.contains(&"sink") {
        sink(&mut trace);
    }
    verify(&trace)?;
    Ok(trace)
}

fn induction(input: &str, trace: &mut Trace) -> Option<Induction> {
    let line = input.lines().find_map(|line| line.strip_prefix("; induction "))?;
    let mut refs = line.split_whitespace().map(|word| match word.strip_prefix('%') {
        Some(number) => IrRef::instr(number.parse().unwrap()),
        None => trace.int(word.parse().unwrap()),
    });
    Some(Induction { index: refs.next()?, next: refs.next()?, stop: refs.next()? })
}

#[test]
fn exits_of_a_loop_restore_what_matters_there() {
    let mut emitter = Emitter::new();
    let slots = [0, 1].map(|slot| emitter.stack_slot(Ty::Num, slot));
    let one = emitter.trace_mut().num(1.0);
    let next = slots.map(|slot| emitter.emit(Op::Add, Ty::Num, slot, one).unwrap());
    let mut needed = Needed::ALL;
    needed.remove(1);
    emitter.set_state(ExitKind::Branch, 1, 0, Vec::new());
    emitter.set_needed(needed);
    emitter.guard(Op::Lt, next[0], next[1]).unwrap();
    let entry = |slot: usize| SnapEntry { slot: slot as i32, val: next[slot] };
    emitter.set_state(ExitKind::Guard, 2, 0, vec![entry(0), entry(1)]);
    emitter.finish(Tail::Again);
    let trace = emitter.peel().unwrap();
    // The other round's copy of the guard comes last.
    let exit = trace.instrs.iter().rev().find(|instr| instr.op == Op::Lt).unwrap().snap;
    let slots: Vec<i32> = trace.snap_entries(exit).iter().map(|entry| entry.slot).collect();
    assert_eq!(slots, [0]);
}

#[test]
fn an_index_is_converted_where_it_was_an_integer() {
    let conversions = |seen: i64| {
        let mut emitter = Emitter::new();
        let i = emitter.stack_slot(Ty::Num, 0);
        let one = emitter.trace_mut().num(1.0);
        let twice = emitter.emit(Op::Add, Ty::Num, i, i).unwrap();
        let index = emitter.emit(Op::Add, Ty::Num, twice, one).unwrap();
        emitter.set_state(ExitKind::Guard, 1, 0, Vec::new());
        emitter.to_index(index, seen).unwrap();
        let trace = emitter.into_trace();
        trace
            .instrs
            .iter()
            .filter(|instr| instr.op == Op::NumToInt)
            .map(|instr| instr.a == i)
            .collect::<Vec<_>>()
    };
    // 2 * 3 + 1: `i` is converted. 2 * 2.5 + 1: what is behind the multiplication.
    assert_eq!(conversions(7), [true]);
    assert_eq!(conversions(6), [false]);
}

#[test]
fn a_dividend_is_computed_with_integers_if_all_of_it_was_one() {
    let operations = |seen: [f64; 2], factor: f64, may_go_around: bool| {
        let mut emitter = Emitter::new();
        let operands = [0, 1].map(|slot| emitter.stack_slot(Ty::Num, slot));
        operands.into_iter().zip(seen).for_each(|(r, seen)| emitter.note_seen(r, seen));
        let factor = emitter.trace_mut().num(factor);
        let product = emitter.emit(Op::Mul, Ty::Num, operands[0], factor).unwrap();
        let sum = emitter.emit(Op::Add, Ty::Num, product, operands[1]).unwrap();
        let divisor = emitter.trace_mut().num(7.0);
        emitter.set_state(ExitKind::Guard, 1, 0, Vec::new());
        assert!(
            emitter.is_computed_from(sum, operands[0]) && !emitter.is_computed_from(product, operands[1])
        );
        emitter.remainder(sum, divisor, may_go_around).unwrap();
        let trace = emitter.into_trace();
        let of_interest = |instr: &&Instr| matches!(instr.op, Op::NumToInt | Op::Mod);
        trace.instrs.iter().filter(of_interest).map(|instr| (instr.op, instr.ty)).collect::<Vec<_>>()
    };
    let as_integers = [(Op::NumToInt, Ty::Int), (Op::NumToInt, Ty::Int), (Op::Mod, Ty::Int)];
    assert_eq!(operations([3.0, 4.0], 16807.0, true), as_integers);
    assert_eq!(operations([3.0, 4.0], 16807.0, false), [(Op::Mod, Ty::Num)]);
    // Nothing is converted in vain: not for a fraction, nor for a product that may exceed what doubles hold.
    assert_eq!(operations([3.0, 0.5], 16807.0, true), [(Op::Mod, Ty::Num)]);
    assert_eq!(operations([3.0, 4.0], 1_103_515_245.0, true), [(Op::Mod, Ty::Num)]);
    assert_eq!(operations([-0.0, 4.0], 16807.0, true), [(Op::Mod, Ty::Num)]);
}

#[test]
fn a_dividend_is_converted_if_a_loop_may_carry_it() {
    let remainder = |op: Op| {
        let mut emitter = Emitter::new();
        let place = emitter.stack_slot(Ty::Ptr, 0);
        let value = match op {
            Op::SLoad => emitter.stack_slot(Ty::Any, 1),
            _ => emitter.unary(op, Ty::Any, place).unwrap(),
        };
        emitter.set_state(ExitKind::Guard, 1, 0, Vec::new());
        let dividend = emitter.unary(Op::UnboxNum, Ty::Num, value).unwrap();
        emitter.note_seen(dividend, 5.0);
        let divisor = emitter.trace_mut().num(3.0);
        let result = emitter.remainder(dividend, divisor, true).unwrap();
        emitter.trace().ty(result)
    };
    assert_eq!([Op::SLoad, Op::UpvalLoad].map(remainder), [Ty::Int; 2]);
    assert_eq!([Op::ElemLoad, Op::FieldLoad].map(remainder), [Ty::Num; 2]);
}

#[test]
fn a_branch_that_ends_with_what_no_slot_can_carry_stays_outside() {
    let mut emitter = Emitter::new();
    let counter = emitter.stack_slot(Ty::Num, 0);
    let one = emitter.trace_mut().num(1.0);
    let next = emitter.emit(Op::Add, Ty::Num, counter, one).unwrap();
    for (pc, limit) in [(2, 100.0), (3, 200.0)] {
        let limit = emitter.trace_mut().num(limit);
        emitter.set_state(ExitKind::Guard, pc, 0, Vec::new());
        emitter.guard(Op::Lt, next, limit).unwrap();
    }
    emitter.set_state(ExitKind::Guard, 1, 0, vec![SnapEntry { slot: 0, val: next }]);
    emitter.finish(Tail::Again);
    let branch = |snap: u16, rest: &str| {
        let trace = format!(
            "%0 SLoad.num #0\n%1 Add.num %0, 2.0\nsnap 0 guard pc 1 base 0 {{ #0: %1{rest} }}\ntail link 0 !0\n"
        );
        let at = RecordedAt { branch: 0, snap: SnapId(snap) };
        Branch { at, trace: Arc::new(parse(&trace).unwrap()), vouched: Vec::new() }
    };
    let branches = [branch(0, ""), branch(1, ", #1: ptr:7")];
    assert_eq!(region(&emitter, &branches).expect("one can be merged").has, [true, false]);
}
