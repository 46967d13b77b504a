//! Memory: when a load gives what an earlier load or store has in a register already.
//!
//! A load is compared with the stores and calls before it, newest first. One that surely wrote the same
//! place gives its value; one that surely did not is passed over; any other ends the search. Loads newer than
//! that end with the same operand give theirs.
//!
//! # Why this holds in loops too
//!
//! When a loop is peeled, a load of the second copy searches through the second copy up to itself, then the
//! first copy. Any store of the loop lies between the load and the load of the round before in one of the
//! two, and the two copies relate as any two successive rounds do.
//!
//! In a region ([`super::region`]) a load takes the value of an equal one from before the loop at its own risk: it is noted, and when all
//! segments are there, [`may_be_reused`] looks whether any of them writes what was read. Nothing is stored before the loop.

use super::emit::{Contradiction, Crossing, Emitter, split_offset};
use crate::ir::{Effect, Helper, HelperEffect, Instr, IrRef, Op, Region, Room, Segments, Trace, Ty};

/// How two places relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alias {
    Same,
    Different,
    Perhaps,
}

/// The value that a load would give, if it is known.
///
/// # Errors
///
/// None of its own.
pub(super) fn load(
    emitter: &mut Emitter,
    instr: Instr,
    region: Region,
) -> Result<Option<IrRef>, Contradiction> {
    let place = Place::new(emitter, instr);
    let mut limit = last_clobber(emitter, region, place.table);
    let related = store_for(instr.op).and_then(|store_op| {
        emitter
            .chain(store_op)
            .take_while(|(at, _)| limit.is_none_or(|limit| *at > limit))
            .map(|(at, store)| (at, store, alias(emitter, place, Place::new(emitter, store))))
            .find(|(.., alias)| *alias != Alias::Different)
    });
    match related {
        // A new shape says where the slot is, but is not the answer.
        Some((at, ..)) if instr.op == Op::SlotFind => limit = Some(at),
        Some((_, store, Alias::Same)) if instr.ty == Ty::Any => {
            return emitter.emit(Op::Box, Ty::Any, store.b, IrRef::NONE).map(Some);
        }
        Some((_, store, Alias::Same)) => return Ok(Some(store.b)),
        Some((at, ..)) => limit = Some(at),
        None => {}
    }
    let equal = emitter
        .chain(instr.op)
        .take_while(|(at, _)| limit.is_none_or(|limit| *at > limit))
        .find(|(_, old)| old.a == instr.a && old.b == instr.b && old.ty == instr.ty);
    if let Some((at, _)) = equal {
        return Ok(Some(reuse(emitter, at)));
    }
    let made = place.table.and_then(|table| emitter.trace().instr_of(table, Op::NewTable));
    match made {
        // Nobody has written to the new table.
        Some(made) if limit.is_none() => untouched(emitter, instr, made),
        _ => Ok(None),
    }
}

/// What a load from a table gives that is as [`Op::NewTable`] made it, if that is known.
fn untouched(emitter: &mut Emitter, load: Instr, made: Instr) -> Result<Option<IrRef>, Contradiction> {
    let room = Room::from_literal(made.a.raw());
    let trace = emitter.trace_mut();
    Ok(Some(match load.op {
        Op::FieldLoad => {
            let nil = trace.primitive(Ty::Nil);
            return emitter.emit(Op::Box, Ty::Any, nil, IrRef::NONE).map(Some);
        }
        Op::TabShape => trace.shape(made.lit()),
        Op::ArraySize => trace.int(0),
        // At least: key 0 has a place too.
        Op::ArrayCap if room.array > 0 => trace.int(room.array as i64 + 1),
        Op::SlotCap => trace.int(room.others.next_multiple_of(2) as i64),
        Op::TabDict => trace.ptr(0),
        _ => return Ok(None),
    }))
}

/// Drops an older store that this one overwrites before anyone could see it.
pub(super) fn kill_overwritten(emitter: &mut Emitter, store: Instr) {
    if store.op == Op::Tick {
        // It reads what it writes.
        return;
    }
    let place = Place::new(emitter, store);
    let since = [emitter.last_exit(), emitter.chain(Op::Call).next().map(|(at, _)| at)];
    let since = since.into_iter().flatten().max();
    let newest_load = load_for(store.op).and_then(|op| emitter.chain(op).next()).map(|(at, _)| at);
    let marker = emitter.peeling.as_ref().map(|peeling| peeling.marker);
    let bound = [since, newest_load, marker].into_iter().flatten().max();
    let dead = emitter
        .chain(store.op)
        .take_while(|(at, _)| bound.is_none_or(|bound| *at > bound))
        .find(|(_, old)| alias(emitter, place, Place::new(emitter, *old)) == Alias::Same)
        .map(|(at, _)| at);
    if let Some(at) = dead {
        let instr = &mut emitter.trace_mut().instrs[at.index()];
        *instr = Instr { prev: instr.prev, ..Instr::new(Op::Nop, Ty::None, IrRef::NONE, IrRef::NONE) };
    }
}

/// An older call with the same result.
pub(super) fn same_call(emitter: &mut Emitter, instr: Instr) -> Option<IrRef> {
    let (args, helper) = instr.call();
    if !Emitter::is_quiet(helper) {
        return None;
    }
    let trace = emitter.trace();
    let is_same = |old: Instr| old.call().1 == helper && trace.args(old.call().0) == trace.args(args);
    let (at, _) = emitter.chain(Op::Call).find(|(_, old)| is_same(*old))?;
    match helper.effect() {
        HelperEffect::Read(regions) if wrote_since(emitter, at, regions) => None,
        HelperEffect::Read(_) => Some(reuse(emitter, at)),
        _ => Some(at),
    }
}

/// An older load or call whose value is wanted again.
fn reuse(emitter: &mut Emitter, at: IrRef) -> IrRef {
    if let Some(crossing) = emitter.crossing.as_mut().filter(|crossing| at.index() < crossing.marker) {
        crossing.reused.insert(at);
    }
    at
}

/// Does nothing in the loop of a finished region write what a load or call from before it has read?
pub(super) fn may_be_reused(emitter: &Emitter, crossing: &Crossing, segments: &Segments, at: IrRef) -> bool {
    let read = emitter.trace().instrs[at.index()];
    match read.op.effect() {
        Effect::Load(_) => {
            let shape = Place::new(emitter, read)
                .table
                .and_then(|table| ShapeInLoop::of(emitter, crossing, segments, table));
            (crossing.marker..emitter.trace().instrs.len()).map(IrRef::instr).all(|store| {
                is_left_alone(emitter, read, store)
                    || shape.as_ref().is_some_and(|shape| shape.differs_at(store))
            })
        }
        Effect::Call => match read.call().1.effect() {
            HelperEffect::Read(regions) => !wrote_since(emitter, IrRef::instr(crossing.marker), regions),
            HelperEffect::Pure => true,
            HelperEffect::Write(_) => false,
        },
        _ => true,
    }
}

/// Does an instruction surely not write what a load reads, whatever has been found out on the way to it?
fn is_left_alone(emitter: &Emitter, read: Instr, at: IrRef) -> bool {
    let instr = emitter.trace().instrs[at.index()];
    let place = Place::new(emitter, read);
    match (instr.op.effect(), read.op.effect()) {
        (Effect::Store(_), _) => {
            store_for(read.op) != Some(instr.op)
                || alias_but_for_shapes(emitter, place, Place::new(emitter, instr)) == Alias::Different
        }
        (Effect::Call, Effect::Load(region)) => !clobbers(emitter, instr, region, place.table),
        _ => true,
    }
}

/// A table from before the loop of a region which has one shape as long as the loop runs.
struct ShapeInLoop<'a> {
    emitter: &'a Emitter,
    segments: &'a Segments,
    /// Where its shape was read,
    at: IrRef,
    /// and what it was.
    shape: IrRef,
}

impl<'a> ShapeInLoop<'a> {
    fn of(
        emitter: &'a Emitter,
        crossing: &Crossing,
        segments: &'a Segments,
        table: IrRef,
    ) -> Option<ShapeInLoop<'a>> {
        let trace = emitter.trace();
        let (at, shape) =
            guarded_shapes(trace, table).filter(|(_, guard)| guard.index() < crossing.marker).last()?;
        let read = trace.instrs[at.index()];
        let is_kept =
            (at.index()..trace.instrs.len()).map(IrRef::instr).all(|at| is_left_alone(emitter, read, at));
        is_kept.then(|| ShapeInLoop { emitter, segments, at, shape: trace.instrs[shape.index()].b })
    }

    /// Does a store write to a table that has been seen to have another shape, on every way to the store?
    ///
    /// It is not enough that the emitter knows of a guard: what it knows is what holds where it is, in one of the segments.
    fn differs_at(&self, store: IrRef) -> bool {
        let trace = self.emitter.trace();
        let Some(table) = Place::new(self.emitter, trace.instrs[store.index()]).table else { return false };
        guarded_shapes(trace, table).any(|(at, guard)| {
            let is_kept_since = at > self.at
                || !trace.instrs[at.index()..self.at.index()].iter().any(|i| writes(i, Region::Shape.bit()));
            trace.instrs[guard.index()].b != self.shape
                && self.segments.is_visible(store, guard)
                && is_kept_since
        })
    }
}

/// The places where a table's shape is read that is guarded to be a constant, with the guards.
fn guarded_shapes(trace: &Trace, table: IrRef) -> impl Iterator<Item = (IrRef, IrRef)> {
    let guards =
        trace.instrs.iter().enumerate().filter(|(_, guard)| guard.op == Op::Eq && guard.b.is_const());
    let of_table =
        move |guard: &Instr| trace.instr_of(guard.a, Op::TabShape).is_some_and(|read| read.a == table);
    guards.filter(move |(_, guard)| of_table(guard)).map(|(at, guard)| (guard.a, IrRef::instr(at)))
}

/// Was anything stored in these regions after `at`?
fn wrote_since(emitter: &Emitter, at: IrRef, regions: u16) -> bool {
    emitter.trace().instrs[at.index()..].iter().any(|instr| writes(instr, regions))
}

/// May the instruction store in one of these regions?
fn writes(instr: &Instr, regions: u16) -> bool {
    match instr.op.effect() {
        Effect::Store(region) => regions & region.bit() != 0,
        Effect::Call => {
            matches!(instr.call().1.effect(), HelperEffect::Write(written) if regions & written != 0)
        }
        _ => false,
    }
}

/// Where a load or store goes: its reference and the table that it belongs to, if it belongs to one.
#[derive(Clone, Copy)]
struct Place {
    op: Op,
    a: IrRef,
    table: Option<IrRef>,
}

impl Place {
    fn new(emitter: &Emitter, instr: Instr) -> Place {
        let trace = emitter.trace();
        let table = match instr.op {
            Op::FieldLoad | Op::FieldStore => {
                let of_field = trace.instr_of(instr.a, Op::FieldRef);
                let of_field = of_field.and_then(|field| trace.instr_of(field.a, Op::SlotsPtr));
                of_field.or_else(|| trace.instr_of(instr.a, Op::SlotFind))
            }
            Op::ElemLoad | Op::ElemStore => {
                trace.instr_of(instr.a, Op::ElemRef).and_then(|elem| trace.instr_of(elem.a, Op::ArrayPtr))
            }
            Op::TabShape | Op::SetShape | Op::SlotsPtr | Op::SlotCap | Op::ArrayPtr => Some(instr),
            Op::ArraySize | Op::ArrayCap | Op::SetArraySize | Op::TabDict => Some(instr),
            Op::DictFind => trace.instr_of(instr.a, Op::TabDict),
            Op::SlotFind => Some(instr),
            _ => None,
        };
        Place { op: instr.op, a: instr.a, table: table.map(|owner| owner.a) }
    }
}

/// The operation that writes what a load reads, or finds its way by.
fn store_for(load: Op) -> Option<Op> {
    Some(match load {
        Op::StackLoad => Op::StackStore,
        Op::FieldLoad => Op::FieldStore,
        Op::ElemLoad => Op::ElemStore,
        Op::DictLoad => Op::DictStore,
        Op::UpvalLoad => Op::UpvalStore,
        Op::TabShape | Op::SlotFind => Op::SetShape,
        Op::ArraySize => Op::SetArraySize,
        _ => return None,
    })
}

fn load_for(store: Op) -> Option<Op> {
    Some(match store {
        Op::StackStore => Op::StackLoad,
        Op::FieldStore => Op::FieldLoad,
        Op::ElemStore => Op::ElemLoad,
        Op::DictStore => Op::DictLoad,
        Op::UpvalStore => Op::UpvalLoad,
        Op::SetShape => Op::TabShape,
        Op::SetArraySize => Op::ArraySize,
        _ => return None,
    })
}

fn alias(emitter: &Emitter, x: Place, y: Place) -> Alias {
    let is_field = matches!(x.op, Op::FieldLoad | Op::FieldStore);
    match alias_but_for_shapes(emitter, x, y) {
        Alias::Perhaps if is_field && shapes_differ(emitter, x.table, y.table) => Alias::Different,
        alias => alias,
    }
}

/// The same without a look at the shapes that tables have here.
fn alias_but_for_shapes(emitter: &Emitter, x: Place, y: Place) -> Alias {
    if x.a == y.a {
        return Alias::Same;
    }
    let trace = emitter.trace();
    let tables_differ = match (x.table, y.table) {
        (Some(x), Some(y)) => tables_differ(emitter, x, y),
        _ => false,
    };
    if tables_differ {
        return Alias::Different;
    }
    match x.op {
        // Slot numbers.
        Op::StackLoad | Op::StackStore => Alias::Different,
        Op::FieldLoad | Op::FieldStore => {
            match (trace.instr_of(x.a, Op::FieldRef), trace.instr_of(y.a, Op::FieldRef)) {
                (Some(x), Some(y)) if x.lit() != y.lit() => Alias::Different,
                _ => Alias::Perhaps,
            }
        }
        Op::ElemLoad | Op::ElemStore => {
            match (trace.instr_of(x.a, Op::ElemRef), trace.instr_of(y.a, Op::ElemRef)) {
                (Some(x), Some(y)) if indices_differ(emitter, x.b, y.b) => Alias::Different,
                _ => Alias::Perhaps,
            }
        }
        Op::UpvalLoad | Op::UpvalStore => {
            match (trace.instr_of(x.a, Op::CellPtr), trace.instr_of(y.a, Op::CellPtr)) {
                (Some(x), Some(y)) if x.a.is_const() && y.a.is_const() && x.a != y.a => Alias::Different,
                _ => Alias::Perhaps,
            }
        }
        _ => Alias::Perhaps,
    }
}

fn indices_differ(emitter: &Emitter, x: IrRef, y: IrRef) -> bool {
    let trace = emitter.trace();
    if let (Some(x), Some(y)) = (trace.int_of(x), trace.int_of(y)) {
        return x != y;
    }
    let ((x_base, x_offset), (y_base, y_offset)) = (split_offset(trace, x), split_offset(trace, y));
    x_base == y_base && x_offset != y_offset
}

/// Are these surely two tables? A new table is none of those that were there before it.
fn tables_differ(emitter: &Emitter, x: IrRef, y: IrRef) -> bool {
    if x == y {
        return false;
    }
    let (x_new, y_new) = (is_new(emitter, x), is_new(emitter, y));
    (x.is_const() && y.is_const())
        || (x_new && y_new)
        || (x_new && (y.is_const() || y < x || is_private(emitter, x)))
        || (y_new && (x.is_const() || x < y || is_private(emitter, y)))
}

/// Have two tables been seen to have different shapes, while nothing changed any? Then they are two.
fn shapes_differ(emitter: &Emitter, x: Option<IrRef>, y: Option<IrRef>) -> bool {
    let guarded = |table: Option<IrRef>| table.and_then(|table| guarded_shape(emitter, table));
    let (Some((x_at, x_shape)), Some((y_at, y_shape))) = (guarded(x), guarded(y)) else { return false };
    let between = x_at.min(y_at).index()..x_at.max(y_at).index();
    // (Constants are unique.)
    x_shape != y_shape
        && !emitter.trace().instrs[between].iter().any(|instr| writes(instr, Region::Shape.bit()))
}

/// The constant that a table's shape was last guarded to be, and where it was read.
fn guarded_shape(emitter: &Emitter, table: IrRef) -> Option<(IrRef, IrRef)> {
    let (at, _) = emitter.chain(Op::TabShape).find(|(_, load)| load.a == table)?;
    let (_, guard) = emitter.chain(Op::Eq).find(|(_, guard)| guard.a == at && guard.b.is_const())?;
    Some((at, guard.b))
}

/// Is the object a new one whose address has gone nowhere, so that nothing that came from memory or from a call can be it?
///
/// In a loop's second copy the object is looked at from its making in the first one on: what will be done with it later in this round
/// was done in the first.
fn is_private(emitter: &Emitter, object: IrRef) -> bool {
    let trace = emitter.trace();
    let is_it = |r: IrRef| r == object || trace.instr_of(r, Op::Box).is_some_and(|boxed| boxed.a == object);
    is_new(emitter, object)
        && trace.instrs[object.index()..].iter().all(|instr| match instr.op {
            Op::Call | Op::Next => {
                !instr.list().is_some_and(|list| trace.args(list).iter().any(|arg| is_it(*arg)))
            }
            Op::Carry => !is_it(instr.a),
            op => !matches!(op.effect(), Effect::Store(_)) || !is_it(instr.b),
        })
}

/// Was the object made on this trace?
pub(super) fn is_new(emitter: &Emitter, r: IrRef) -> bool {
    emitter.trace().instr(r).is_some_and(|instr| match instr.op {
        Op::NewTable | Op::NewClosure => true,
        Op::Call => instr.call().1 == Helper::NewClosure,
        _ => false,
    })
}

/// The newest call that may have written the region, as far as it concerns this table.
fn last_clobber(emitter: &Emitter, region: Region, table: Option<IrRef>) -> Option<IrRef> {
    if table.is_some_and(|table| is_private(emitter, table)) {
        return None;
    }
    emitter.chain(Op::Call).find(|(_, call)| clobbers(emitter, *call, region, table)).map(|(at, _)| at)
}

/// May the call have written the region, as far as it concerns this table?
fn clobbers(emitter: &Emitter, call: Instr, region: Region, table: Option<IrRef>) -> bool {
    match call.call().1.effect() {
        HelperEffect::Write(regions) if regions & region.bit() != 0 => {
            // A helper for one table leaves others alone.
            let subject = emitter.trace().args(call.call().0).first().copied();
            let subject = subject.filter(|subject| emitter.trace().ty(*subject) == Ty::Tab);
            match (table, subject) {
                (Some(table), Some(subject)) => !tables_differ(emitter, table, subject),
                _ => true,
            }
        }
        _ => false,
    }
}
