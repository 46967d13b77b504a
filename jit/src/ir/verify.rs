//! The IR verifier: run after each pass in debug builds, and on every trace of the tests.
//!
//! # What holds of a valid trace
//!
//! 1. A value is defined before it is used, and on every way to its use; only phis use what comes later in the loop.
//! 2. Operands have the types that the table asks for.
//! 3. What can leave has a snapshot; snapshots name only storable values, defined before the
//!    instruction that uses them.
//! 4. Phis stand at the end, join a value from before the loop marker with another of its type, and are
//!    there if and only if the tail is the loop.
//!    A region has carries in their place, directly behind the marker, and each of its segments ends with a value of the right
//!    type for each of them.
//! 5. What is sunk belongs to an object made on the trace, all of which is sunk; nothing uses it but what is sunk
//!    itself, and snapshots other than the tail's.

use super::op::{Op, Operand, Res};
use super::segment::Segments;
use super::trace::{Instr, IrRef, SnapId, Tail, Trace};
use super::ty::Ty;

/// Checks the rules above.
///
/// # Errors
///
/// A sentence about the first violation.
pub fn verify(trace: &Trace) -> Result<(), String> {
    let marker = trace.loop_marker();
    let segments = Segments::of(trace);
    verify_region(trace, &segments, marker)?;
    for (index, instr) in trace.instrs.iter().copied().enumerate() {
        let at = IrRef::instr(index);
        verify_instr(trace, &segments, at, instr, marker)
            .map_err(|message| format!("%{index} {}: {message}", instr.op.name()))?;
    }
    match trace.tail {
        Tail::Loop if marker.is_none() => return Err("a loop without its marker".into()),
        Tail::Loop => {}
        _ if marker.is_some() => return Err("a loop marker without a loop".into()),
        _ => {}
    }
    if let Some(snap) = trace.tail_snap() {
        verify_snap(trace, &segments, snap, trace.next_ref())
            .map_err(|message| format!("tail: {message}"))?;
        if trace.snap_entries(snap).iter().any(|entry| trace.is_sunk(entry.val)) {
            return Err("tail: names what is sunk".into());
        }
    }
    Ok(())
}

/// The shape of a region.
fn verify_region(trace: &Trace, segments: &Segments, marker: Option<IrRef>) -> Result<(), String> {
    let carries = trace.carries();
    let Some(marker) = marker.filter(|_| trace.is_region()) else {
        return if trace.is_region() { Err("a region without a loop".into()) } else { Ok(()) };
    };
    for (nth, carry) in carries.iter().enumerate() {
        if carry.index() != marker.index() + 1 + nth {
            return Err("carries stand directly behind the loop marker".into());
        }
    }
    for segment in 0..segments.len() {
        if segment > 0 && segments.fork(segment).is_none_or(|fork| fork < marker) {
            return Err(format!("nothing in the loop leads to branch {segment}"));
        }
        let range = segments.range(segment, trace.instrs.len());
        let ends = trace.instrs[range.clone()].iter().position(|instr| instr.op == Op::Next);
        if ends.map(|end| range.start + end + 1) != Some(range.end) {
            return Err(format!("branch {segment} does not end with its back-edge"));
        }
        let list = trace.instrs[range.end - 1].list().expect("it has one");
        let types = trace.args(list).iter().map(|next| trace.ty(*next));
        if !types.eq(carries.iter().map(|carry| trace.ty(*carry))) {
            return Err(format!("branch {segment} gives other values than the loop carries"));
        }
    }
    Ok(())
}

fn verify_instr(
    trace: &Trace,
    segments: &Segments,
    at: IrRef,
    instr: Instr,
    marker: Option<IrRef>,
) -> Result<(), String> {
    match instr.op.result() {
        Res::Of(ty) if ty != instr.ty => return Err(format!("has type {}", instr.ty)),
        Res::Arith if !instr.ty.is_arith() => return Err("is no arithmetic type".into()),
        _ => {}
    }
    if instr.op == Op::Phi {
        let marker = marker.ok_or("phi outside a loop")?;
        if instr.a >= marker || instr.a.is_const() {
            return Err("a phi starts with a value from before the loop".into());
        }
        if trace.instrs[at.index()..].iter().any(|later| later.op != Op::Phi) {
            return Err("phis come last".into());
        }
    }
    let mut result = Ok(());
    trace.for_each_use(instr, |r| {
        if r.is_none() || (r.is_instr() && !segments.is_visible(at, r)) {
            result = Err(format!("uses {r:?} before it is defined"));
        } else if r.is_instr() && !trace.instrs[r.index()].has_value() {
            result = Err(format!("uses {r:?}, which has no value"));
        }
    });
    result?;
    for (kind, field) in instr.op.operands().into_iter().zip([instr.a, instr.b]) {
        let ok = match kind {
            Operand::No | Operand::Lit | Operand::Slot | Operand::Args | Operand::Helper => true,
            Operand::Same => trace.ty(field) == instr.ty,
            Operand::Like => trace.ty(field) == trace.ty(instr.a),
            Operand::Arith => trace.ty(field).is_arith(),
            Operand::Val => trace.ty(field) != Ty::None,
            Operand::Obj => trace.ty(field).is_object(),
            Operand::Of(ty) => trace.ty(field) == ty,
        };
        if !ok {
            return Err(format!("operand {} has type {}", trace.text(field), trace.ty(field)));
        }
    }
    verify_by_op(trace, instr)?;
    verify_sunk(trace, at, instr)?;
    match (instr.op.can_exit(), instr.snap) {
        (true, SnapId::NONE) => Err("can leave but has no snapshot".into()),
        (false, snap) if snap != SnapId::NONE => Err("has a snapshot but cannot leave".into()),
        (true, snap) => verify_snap(trace, segments, snap, at),
        (false, _) => Ok(()),
    }
}

/// Rule 5.
fn verify_sunk(trace: &Trace, at: IrRef, instr: Instr) -> Result<(), String> {
    if trace.is_sunk(at) {
        let object = trace.owner(if instr.op == Op::Phi { instr.a } else { at });
        return if object.is_some_and(|object| trace.is_sunk(object)) {
            Ok(())
        } else {
            Err("is sunk without its object".into())
        };
    }
    let mut result = Ok(());
    trace.for_each_use(instr, |r| {
        if trace.is_sunk(r) {
            result = Err(format!("uses {r:?}, which is sunk"));
        }
    });
    result
}

/// Rules of single operations.
fn verify_by_op(trace: &Trace, instr: Instr) -> Result<(), String> {
    match instr.op {
        Op::Unbox if matches!(instr.ty, Ty::None | Ty::Any | Ty::Int | Ty::Ptr | Ty::Shape) => {
            Err(format!("no tag says {}", instr.ty))
        }
        Op::Mod if instr.ty == Ty::Int && trace.int_of(instr.b).is_none_or(|divisor| divisor <= 0) => {
            Err("an integer remainder needs a positive constant".into())
        }
        Op::CellZero if !instr.a.is_const() => Err("needs a constant address".into()),
        Op::Call => {
            let (args, helper) = instr.call();
            let types = trace.args(args).iter().map(|arg| trace.ty(*arg));
            if !types.eq(helper.args().iter().copied()) {
                return Err(format!("{} takes other arguments", helper.name()));
            }
            if instr.ty != helper.ret() {
                return Err(format!("{} gives {}", helper.name(), helper.ret()));
            }
            Ok(())
        }
        Op::FieldStore
        | Op::ElemStore
        | Op::DictStore
        | Op::UpvalStore
        | Op::UpvalInit
        | Op::StackStore
        | Op::ElemBarrier
        | Op::Box => {
            let val = if instr.op == Op::Box { instr.a } else { instr.b };
            if trace.ty(val).is_storable() { Ok(()) } else { Err("stores what is no Lua value".into()) }
        }
        _ => Ok(()),
    }
}

fn verify_snap(trace: &Trace, segments: &Segments, id: SnapId, at: IrRef) -> Result<(), String> {
    if id.index() >= trace.snaps.len() {
        return Err(format!("there is no snapshot {}", id.0));
    }
    for entry in trace.snap_entries(id) {
        if entry.val.is_none() || (entry.val.is_instr() && !segments.is_visible(at, entry.val)) {
            return Err(format!("snapshot {} names {:?} too early", id.0, entry.val));
        }
        if !trace.ty(entry.val).is_storable() {
            return Err(format!("snapshot {} stores a {}", id.0, trace.ty(entry.val)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::ir::parse;

    fn error(text: &str) -> String {
        super::verify(&parse(text).unwrap()).unwrap_err()
    }

    #[test]
    fn types_of_operands_are_checked() {
        assert_eq!(error("%0 SLoad.any #0\n%1 Add.num %0, 1.0"), "%1 Add: operand %0 has type any");
        assert_eq!(
            error("%0 SLoad.int #0\n%1 Mod.int %0, -2"),
            "%1 Mod: an integer remainder needs a positive constant"
        );
    }

    #[test]
    fn exits_need_snapshots_of_earlier_values() {
        assert_eq!(error("%0 SLoad.any #0\n%1 Unbox.tab %0"), "%1 Unbox: can leave but has no snapshot");
        let text = "%0 SLoad.any #0\n%1 Unbox.tab %0 !0\nsnap 0 guard pc 0 base 0 { #0: %1 }";
        assert_eq!(error(text), "%1 Unbox: snapshot 0 names %1 too early");
    }

    #[test]
    fn phis_belong_to_loops() {
        assert_eq!(error("%0 SLoad.num #0\n%1 Phi.num %0, %0"), "%1 Phi: phi outside a loop");
    }

    #[test]
    fn what_is_sunk_is_used_by_exits_only() {
        let text = "%0 NewTable @0, @1 !0 sunk\n%1 TabShape %0\nsnap 0 guard pc 0 base 0 { }";
        assert_eq!(error(text), "%1 TabShape: uses %0, which is sunk");
        let text = "%0 SLoad.tab #0\n%1 SlotsPtr %0 sunk";
        assert_eq!(error(text), "%1 SlotsPtr: is sunk without its object");
    }
}
