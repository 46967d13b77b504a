//! Making tables and closures: a bump of the heap's pointer and the fields as constants, where the heap's current run has
//! room; else by a helper, in a cold block.
//!
//! ```text
//!   header | array | asize acap | slots | dict | capacities | slots ...   and, with an array part:   header | - | elements ...
//! ```
//!
//! What must hold nil is not written if the trace stores there before it can be left: until then nobody looks.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, StackSlotData, StackSlotKind, Value};
use rustc_hash::FxHashSet;

use super::body::Body;
use super::compiler::{ADDR, CompileError};
use super::stubs;
use crate::ir::{Effect, Helper, HelperEffect, Instr, IrRef, Op, Region, Room, Trace};
use crate::layout::{self, boxing, function, table};

type Emitted<T> = Result<T, CompileError>;

/// Tables with more slots or elements are the helper's business.
const MAX_INLINE: usize = 32;

/// The parts of a table made inline.
#[derive(Clone, Copy)]
struct Parts {
    slots: usize,
    /// Places of the array part, key 0's among them.
    elements: usize,
}

impl Parts {
    fn of(made: Instr) -> Option<Parts> {
        let room = Room::from_literal(made.a.raw());
        // As the runtime rounds them.
        let slots = room.others.next_multiple_of(2);
        let elements = if room.array == 0 { 0 } else { (room.array + 1).next_multiple_of(2) };
        (slots <= MAX_INLINE && elements <= MAX_INLINE).then_some(Parts { slots, elements })
    }

    const fn array_object(self) -> i32 {
        table::INLINE_SLOTS + self.slots as i32 * layout::VALUE
    }

    const fn array(self) -> i32 {
        self.array_object() + layout::values::DATA
    }

    const fn bytes(self) -> i32 {
        match self.elements {
            0 => self.array_object(),
            elements => self.array() + elements as i32 * layout::VALUE,
        }
    }
}

impl Body<'_, '_> {
    /// A new table; in an exit, which cannot go back, one that cannot fail.
    pub fn new_table(&mut self, at: IrRef, instr: Instr) -> Emitted<Value> {
        let [room, shape] = [instr.a, instr.b].map(|literal| self.int_const(u64::from(literal.raw())));
        if self.is_in_exit() {
            return self.made_by(Helper::RebuildTable, [room, shape]);
        }
        let Some(parts) = Parts::of(instr) else {
            let object = self.made_by(Helper::NewTable, [room, shape])?;
            self.guard(object, instr.snap);
            return Ok(object);
        };
        let slow = (Helper::NewTable, [room, shape]);
        self.bumped(parts.bytes(), slow, instr, |this, object| this.fill_table(at, instr, parts, object))
    }

    /// A new closure, likewise. Its upvalues are set by the instructions behind.
    pub fn new_closure(&mut self, at: IrRef, instr: Instr) -> Emitted<Value> {
        let (proto, env) = (self.val(instr.a)?, self.val(instr.b)?);
        if self.is_in_exit() {
            return self.made_by(Helper::RebuildClosure, [proto, env]);
        }
        let count = upvalue_count(self.trace, at);
        let slow = (Helper::MakeClosure, [proto, env]);
        self.bumped(function::byte_size(count), slow, instr, |this, object| {
            let header = this.int_const(function::header(count as u16));
            this.store(header, object, 0);
            this.store(proto, object, function::PROTO);
            this.store(env, object, function::ENV);
        })
    }

    /// An object of so many bytes, filled in where the heap's run has room for it, and by a helper otherwise.
    fn bumped(
        &mut self,
        bytes: i32,
        (helper, args): (Helper, [Value; 2]),
        instr: Instr,
        fill: impl FnOnce(&mut Self, Value),
    ) -> Emitted<Value> {
        let [slow, fast, done] = std::array::from_fn(|_| self.builder.create_block());
        self.builder.set_cold_block(slow);
        let object = self.load(ADDR, self.vm, layout::vm::BUMP);
        let end = self.load(ADDR, self.vm, layout::vm::BUMP_END);
        let behind = self.builder.ins().iadd_imm_s(object, i64::from(bytes));
        let fits = self.builder.ins().icmp(IntCC::UnsignedLessThanOrEqual, behind, end);
        self.builder.ins().brif(fits, fast, &[], slow, &[]);

        self.builder.switch_to_block(slow);
        let made = self.made_by(helper, args)?;
        self.guard(made, instr.snap);
        self.builder.ins().jump(done, &[made.into()]);

        self.builder.switch_to_block(fast);
        self.store(behind, self.vm, layout::vm::BUMP);
        fill(self, object);
        self.builder.ins().jump(done, &[object.into()]);

        let made = self.builder.append_block_param(done, ADDR);
        self.builder.switch_to_block(done);
        Ok(made)
    }

    /// Calls a helper, such as an allocator, without disturbing what is in registers.
    pub fn made_by(&mut self, helper: Helper, [a, b]: [Value; 2]) -> Emitted<Value> {
        let address = self.link.helpers.get(helper).ok_or(CompileError::NoHelper(helper.name()))?;
        let slot = *self.made.get_or_insert_with(|| {
            let data = StackSlotData::new(StackSlotKind::ExplicitSlot, layout::VALUE as u32, 3);
            self.builder.create_sized_stack_slot(data)
        });
        let allocator = self.int_const(address as u64);
        let thunk = self.int_const(self.link.make_thunk as u64);
        let result = self.builder.ins().stack_addr(ADDR, slot, 0);
        let signature = self.builder.import_signature(stubs::make_signature());
        self.builder.ins().call_indirect(signature, thunk, &[self.vm, allocator, a, b, result]);
        Ok(self.builder.ins().stack_load(ADDR, ADDR, slot, 0))
    }

    /// Writes the fields of a new table.
    fn fill_table(&mut self, at: IrRef, instr: Instr, parts: Parts, object: Value) {
        let header = self.int_const(table::header(instr.b.raw()));
        self.store(header, object, 0);
        let slots = self.builder.ins().iadd_imm_s(object, i64::from(table::INLINE_SLOTS));
        self.store(slots, object, table::SLOTS);
        let array = match parts.elements {
            // Any aligned address.
            0 => self.int_const(layout::VALUE as u64),
            _ => self.builder.ins().iadd_imm_s(object, i64::from(parts.array())),
        };
        self.store(array, object, table::ARRAY);
        let sizes = self.int_const(table::sizes(0, parts.elements as u32));
        self.store(sizes, object, table::ASIZE);
        let none = self.int_const(0);
        self.store(none, object, table::DICT);
        let capacity = self.int_const(table::inline_capacity(parts.slots as u16));
        self.store(capacity, object, table::SLOT_CAP);
        if parts.elements > 0 {
            let header = self.int_const(layout::values::header(parts.elements as u32));
            self.store(header, object, parts.array_object());
        }
        let stored = stored_at_once(self.trace, at);
        let nil = self.int_const(boxing::NIL);
        let slots = (0..parts.slots).map(|n| (Place::Slot(n as i64), table::INLINE_SLOTS, n));
        let elements = (0..parts.elements).map(|n| (Place::Element(n as i64), parts.array(), n));
        for (place, first, n) in slots.chain(elements) {
            if !stored.contains(&place) {
                self.store(nil, object, first + n as i32 * layout::VALUE);
            }
        }
    }

    /// The slots of a table: those inside it, if it has been made on the trace and has had no others since.
    pub fn slots_of(&mut self, at: IrRef, t: IrRef) -> Emitted<Value> {
        if self.is_in_exit()
            || (self.is_in_loop() && self.uses.is_phi(t))
            || !has_inline_slots(self.trace, t, at)
        {
            return self.load_at(ADDR, t, table::SLOTS);
        }
        let object = self.val(t)?;
        Ok(self.builder.ins().iadd_imm_s(object, i64::from(table::INLINE_SLOTS)))
    }
}

/// Is `t` a table that has been made with inline slots, and still has them at `at`?
fn has_inline_slots(trace: &Trace, t: IrRef, at: IrRef) -> bool {
    let is_small = trace.instr_of(t, Op::NewTable).and_then(Parts::of).is_some();
    is_small && trace.instrs[t.index()..at.index()].iter().all(|instr| !writes(*instr, Region::Shape))
}

fn writes(instr: Instr, region: Region) -> bool {
    match instr.op.effect() {
        Effect::Call => match instr.call().1.effect() {
            HelperEffect::Write(regions) => regions & region.bit() != 0,
            HelperEffect::Pure | HelperEffect::Read(_) => false,
        },
        _ => false,
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Slot(i64),
    Element(i64),
}

/// Where the trace stores into the new table at `made` before it can be left or calls anything.
fn stored_at_once(trace: &Trace, made: IrRef) -> FxHashSet<Place> {
    let behind = (made.index() + 1..trace.instrs.len()).map(IrRef::instr).filter(|r| !trace.is_sunk(*r));
    let straight = behind.map(|r| trace.instrs[r.index()]).take_while(|instr| {
        !instr.op.can_exit() && !matches!(instr.op.effect(), Effect::Call | Effect::Mark)
    });
    straight.filter_map(|instr| place_in(trace, made, instr)).collect()
}

fn place_in(trace: &Trace, table: IrRef, store: Instr) -> Option<Place> {
    let (place, object) = match store.op {
        Op::FieldStore => {
            let field = trace.instr_of(store.a, Op::FieldRef)?;
            (Place::Slot(i64::from(field.lit())), trace.instr_of(field.a, Op::SlotsPtr)?)
        }
        Op::ElemStore => {
            let element = trace.instr_of(store.a, Op::ElemRef)?;
            (Place::Element(trace.int_of(element.b)?), trace.instr_of(element.a, Op::ArrayPtr)?)
        }
        _ => return None,
    };
    (object.a == table).then_some(place)
}

/// As many upvalues as are set.
fn upvalue_count(trace: &Trace, closure: IrRef) -> usize {
    let inits = trace.instrs.iter().filter(|instr| instr.op == Op::UpvalInit);
    inits.filter(|init| trace.instr_of(init.a, Op::UpvalRef).is_some_and(|place| place.a == closure)).count()
}
