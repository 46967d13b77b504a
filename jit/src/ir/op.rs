//! The IR instruction set: one table of name, operand kinds, result type and effect.
//!
//! Everything that must know the operations expands or reads this table: the enum, the printer, the
//! parser, the verifier, the emitter's choice between CSE and forwarding, dead-code elimination. The
//! two matches that give an operation its meaning are `opt::fold` (on constants) and `lower` (in
//! machine code); neither has a wildcard arm.
//!
//! Memory is divided into [`Region`]s: a load is only ever affected by stores to its own region and
//! by calls that write it.

use super::ty::Ty;

/// What one of the two operand fields of an instruction holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Unused.
    No,
    /// A number with a meaning of its own: field index, byte offset, upvalue index.
    Lit,
    /// A stack slot, counted from the base that the trace was entered with; may be negative.
    Slot,
    /// A list of values in [`super::Trace::args`].
    Args,
    /// A [`super::Helper`].
    Helper,
    /// A value of the instruction's own type.
    Same,
    /// A value of the same type as operand `a`.
    Like,
    /// A number or an integer.
    Arith,
    /// Any value at all.
    Val,
    /// Any Lua object.
    Obj,
    /// A value of exactly this type.
    Of(Ty),
}

impl Operand {
    /// Is this field an [`super::IrRef`]?
    pub const fn is_ref(self) -> bool {
        !matches!(self, Operand::No | Operand::Lit | Operand::Slot | Operand::Args | Operand::Helper)
    }
}

/// What type an instruction may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Res {
    /// Exactly this one; [`Ty::None`] for instructions without a value.
    Of(Ty),
    /// `Num` or `Int`, chosen per instruction.
    Arith,
    /// Chosen per instruction.
    Poly,
}

/// A part of memory that no other part overlaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Region {
    /// The Lua stack, where the trace reads back what a call left there.
    Stack,
    /// Elements of array parts.
    Elem,
    /// `array`, `asize` and `acap` of tables.
    Array,
    /// Values of named slots.
    Field,
    /// `shape`, `slots` and `slot_cap` of tables.
    Shape,
    /// Values of dictionary entries.
    Dict,
    /// Which key has which entry of a dictionary.
    Keys,
    /// Values of upvalue cells.
    Upvalue,
    /// Where an upvalue cell's value lives (changes when it is closed).
    Cell,
    /// Environments of functions.
    Env,
    /// Fields of the VM structure and absolute cells.
    Vm,
}

impl Region {
    pub const ALL: &'static [Region] = &[
        Region::Stack,
        Region::Elem,
        Region::Array,
        Region::Field,
        Region::Shape,
        Region::Dict,
        Region::Keys,
        Region::Upvalue,
        Region::Cell,
        Region::Env,
        Region::Vm,
    ];

    pub const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// What an instruction does besides computing its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: may be shared, folded and dropped.
    Pure,
    /// Reads a region: may be shared until the region is written.
    Load(Region),
    /// Writes a region.
    Store(Region),
    /// Leaves the trace if its condition does not hold. Once passed, it holds for good, so an equal
    /// guard further down is dropped.
    Guard,
    /// Leaves the trace on a condition of the moment; never shared, never dropped.
    Check,
    /// Creates an object; leaves the trace if memory is short. Dropped if unused.
    Alloc,
    /// Does something once: an equal instruction further down is dropped, the first one never.
    Once,
    /// As its [`super::Helper`] says.
    Call,
    /// Structure of the trace: loop marker, phi, nothing at all.
    Mark,
}

/// Hands every IR operation to `$mac!`: `Name (a, b) -> result, effect;`. Operand and result columns
/// are expressions in which the variants of [`Operand`], [`Res`], [`Effect`], [`Region`] and [`Ty`]
/// are in scope under the short names of `define_ops!`.
#[macro_export]
macro_rules! for_each_ir_op {
    ($mac:ident) => {
        $mac! {
            /// Removed.
            Nop (No, No) -> Of(None), Mark;
            /// The loop starts here: what is before runs once, what is behind runs again and again.
            Loop (No, No) -> Of(None), Mark;
            /// `a` is, inside the loop, `a` at first and then `b` of the round before.
            Phi (Val, Like) -> Poly, Mark;
            /// In a region, the value that the loop carries for stack slot `b`: `a` when the loop is entered, then what the
            /// back-edge taken says.
            Carry (Same, Lit) -> Poly, Mark;
            /// A back-edge of a region: the next value of each carry, in their order.
            Next (Args, No) -> Of(None), Mark;
            /// A branch of a region begins here: where guards lead that leave by snapshot `a`.
            Branch (Lit, No) -> Of(None), Mark;

            // ---- Frame -----------------------------------------------------------------------
            /// The value of a stack slot when the trace was entered. Typed other than `any` where the
            /// exit that leads here vouches for the type.
            SLoad (Slot, No) -> Poly, Pure;
            /// The value of a stack slot now (a call may have written it).
            StackLoad (Slot, No) -> Any, Load(Stack);
            /// Writes a stack slot now (a call will read it). State that only exits need belongs in
            /// snapshots instead.
            StackStore (Slot, Val) -> Of(None), Store(Stack);
            /// The address of slot 0.
            BasePtr (No, No) -> Of(Ptr), Pure;
            /// The address of a slot.
            SlotPtr (Slot, No) -> Of(Ptr), Pure;

            // ---- Arithmetic ------------------------------------------------------------------
            /// On `int`: only where the result is known to stay exact.
            Add (Same, Same) -> Arith, Pure;
            Sub (Same, Same) -> Arith, Pure;
            Mul (Same, Same) -> Arith, Pure;
            Div (Num, Num) -> Of(Num), Pure;
            /// Lua's floored remainder. On `int`: the divisor is a positive constant of 32 bits, and a double holds the dividend exactly.
            Mod (Same, Same) -> Arith, Pure;
            Pow (Num, Num) -> Of(Num), Pure;
            Neg (Same, No) -> Arith, Pure;
            Abs (Same, No) -> Arith, Pure;
            /// `b < a and b or a`, which is what `math.min` computes.
            Min (Same, Same) -> Arith, Pure;
            /// `a < b and b or a`, which is what `math.max` computes.
            Max (Same, Same) -> Arith, Pure;
            Sqrt (Num, No) -> Of(Num), Pure;
            Floor (Num, No) -> Of(Num), Pure;
            Ceil (Num, No) -> Of(Num), Pure;
            /// `a + b`, which must fit 32 bits.
            AddOv (Int, Int) -> Of(Int), Guard;
            SubOv (Int, Int) -> Of(Int), Guard;
            MulOv (Int, Int) -> Of(Int), Guard;
            /// Passes if `a` fits 32 bits.
            CheckInt (Int, No) -> Of(None), Guard;

            // ---- Bits: on the low 32 bits, results are signed 32-bit integers ------------------
            /// A number modulo 2^32 as the `bit` library takes it; |a| < 2^51.
            ToBit (Num, No) -> Of(Int), Pure;
            /// The low 32 bits of an integer, signed.
            IntToBit (Int, No) -> Of(Int), Pure;
            BNot (Int, No) -> Of(Int), Pure;
            BAnd (Int, Int) -> Of(Int), Pure;
            BOr (Int, Int) -> Of(Int), Pure;
            BXor (Int, Int) -> Of(Int), Pure;
            Shl (Int, Int) -> Of(Int), Pure;
            Shr (Int, Int) -> Of(Int), Pure;
            Sar (Int, Int) -> Of(Int), Pure;
            Rol (Int, Int) -> Of(Int), Pure;
            Ror (Int, Int) -> Of(Int), Pure;
            BSwap (Int, No) -> Of(Int), Pure;

            // ---- Conversions -----------------------------------------------------------------
            IntToNum (Int, No) -> Of(Num), Pure;
            /// The number as a 32-bit integer; it must be one, and not -0.
            NumToInt (Num, No) -> Of(Int), Guard;
            Box (Val, No) -> Of(Any), Pure;
            /// The value without its tag; its type must be the instruction's.
            Unbox (Any, No) -> Poly, Guard;
            /// Like `Unbox.num`, cheaper, and does not pass NaN.
            UnboxNum (Any, No) -> Of(Num), Guard;

            // ---- Guards ----------------------------------------------------------------------
            /// Neither `nil` nor `false`.
            Truthy (Any, No) -> Of(None), Guard;
            Falsy (Any, No) -> Of(None), Guard;
            Lt (Arith, Like) -> Of(None), Guard;
            Le (Arith, Like) -> Of(None), Guard;
            /// Passes for NaN, as `not (a < b)` does.
            NotLt (Arith, Like) -> Of(None), Guard;
            NotLe (Arith, Like) -> Of(None), Guard;
            /// Numbers by value, everything else by identity.
            Eq (Val, Like) -> Of(None), Guard;
            Ne (Val, Like) -> Of(None), Guard;
            /// `0 <= a < b`.
            InBounds (Int, Int) -> Of(None), Guard;
            /// The 32-bit cell at constant address `a` is zero.
            CellZero (Ptr, No) -> Of(None), Check;
            /// The Lua stack has room for the slots before `a`.
            StackRoom (Slot, No) -> Of(None), Guard;
            /// The VM wants nothing: no interrupt, hook or collection is due.
            Interrupt (No, No) -> Of(None), Check;

            // ---- Tables ----------------------------------------------------------------------
            TabShape (Tab, No) -> Of(Shape), Load(Shape);
            /// Gives a table the shape `b`; its new slot has been written before.
            SetShape (Tab, Shape) -> Of(None), Store(Shape);
            /// Notes in a table's header that it has a metatable, as the shape that it has just been given says.
            MarkMeta (Tab, No) -> Of(None), Store(Shape);
            SlotsPtr (Tab, No) -> Of(Ptr), Load(Shape);
            SlotCap (Tab, No) -> Of(Int), Load(Shape);
            /// The address of named slot number `b` of slots `a`.
            FieldRef (Ptr, Lit) -> Of(Ptr), Pure;
            FieldLoad (Ptr, No) -> Any, Load(Field);
            FieldStore (Ptr, Val) -> Of(None), Store(Field);
            /// The address of the value that table `a`, a plain record ([`ferrous_lua_runtime::table::SlotCache`]), has for a string, which
            /// [`Op::FieldLoad`] and, unless that is nil, [`Op::FieldStore`] take; of a nil that is never written where it has none. 0 if the
            /// table is something else.
            SlotFind (Tab, Str) -> Of(Ptr), Load(Shape);
            ArrayPtr (Tab, No) -> Of(Ptr), Load(Array);
            ArraySize (Tab, No) -> Of(Int), Load(Array);
            ArrayCap (Tab, No) -> Of(Int), Load(Array);
            /// The address of the dictionary, 0 if there is none.
            TabDict (Tab, No) -> Of(Ptr), Load(Array);
            SetArraySize (Tab, Int) -> Of(None), Store(Array);
            /// The address of element `b` of array part `a`.
            ElemRef (Ptr, Int) -> Of(Ptr), Pure;
            ElemLoad (Ptr, No) -> Any, Load(Elem);
            ElemStore (Ptr, Val) -> Of(None), Store(Elem);
            /// The address of the value that dictionary `a` has for a key which is equal to no other value; the address of a nil that
            /// is never written where it has none.
            DictFind (Ptr, Val) -> Of(Ptr), Load(Keys);
            /// The value at the address that `DictFind` gave.
            DictLoad (Ptr, No) -> Any, Load(Dict);
            /// Gives an entry that has a value another one.
            DictStore (Ptr, Val) -> Of(None), Store(Dict);
            /// A new table of shape `b` with room for elements and other keys: `a` is a [`Room`].
            NewTable (Lit, Lit) -> Of(Tab), Alloc;
            /// A collectable value was or will be stored into the object: tell the collector once. No
            /// collection runs inside native code, so once per entry is enough.
            Barrier (Val, No) -> Of(None), Once;
            /// The same where `b` is stored among the elements or the entries of table `a`, which may be many.
            ElemBarrier (Tab, Val) -> Of(None), Once;

            // ---- Functions, upvalues, strings -------------------------------------------------
            /// A new closure of prototype `a` in environment `b`, whose upvalues are all set directly behind.
            NewClosure (Ptr, Tab) -> Of(Func), Alloc;
            /// The place of upvalue number `b`.
            UpvalRef (Func, Lit) -> Of(Ptr), Pure;
            /// Gives a new closure an upvalue: a value, or a cell.
            UpvalInit (Ptr, Val) -> Of(None), Store(Upvalue);
            FuncProto (Func, No) -> Of(Ptr), Pure;
            FuncEnv (Func, No) -> Of(Tab), Load(Env);
            /// Upvalue number `b`, captured by value.
            UpvalConst (Func, Lit) -> Any, Pure;
            /// The cell of upvalue number `b`.
            UpvalCell (Func, Lit) -> Of(Ptr), Pure;
            /// Where the cell's value lives.
            CellPtr (Ptr, No) -> Of(Ptr), Load(Cell);
            /// The cell's variable lies below address `b`, where the trace's first slot is, or outside of the running stack.
            CellApart (Ptr, Ptr) -> Of(None), Guard;
            UpvalLoad (Ptr, No) -> Any, Load(Upvalue);
            UpvalStore (Ptr, Val) -> Of(None), Store(Upvalue);
            StrLen (Str, No) -> Of(Int), Pure;
            /// Passes if the string is the only one with its content.
            Interned (Str, No) -> Of(None), Guard;
            /// Byte number `b`, from 0, which is in range.
            StrByte (Str, Int) -> Of(Int), Pure;
            /// The word of a return address after one more tail call.
            CountTailCall (Val, No) -> Any, Pure;
            /// The address in the word of a return address, however many tail calls that counts.
            ReturnAddress (Val, No) -> Of(Ptr), Pure;
            /// The VM's field at byte offset `b`, boxed or an address.
            VmLoad (Lit, No) -> Poly, Load(Vm);
            /// Adds one to the 64-bit counter at constant address `a`, for statistics.
            Tick (Ptr, No) -> Of(None), Store(Vm);

            // ---- Calls -----------------------------------------------------------------------
            /// Calls a runtime function that runs no Lua code, moves no stack and unwinds nothing.
            Call (Args, Helper) -> Poly, Call;
        }
    };
}

macro_rules! define_ops {
    ($( $(#[$doc:meta])* $op:ident ($a:ident, $b:ident) -> $res:ident $(($ty:ident))?, $eff:ident $(($reg:ident))?; )*) => {
        /// An IR operation; see the table for what each does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op { $( $(#[$doc])* $op, )* }

        impl Op {
            pub const ALL: &'static [Op] = &[ $( Op::$op, )* ];
            pub const COUNT: usize = Op::ALL.len();

            pub const fn name(self) -> &'static str {
                match self { $( Op::$op => stringify!($op), )* }
            }

            /// What the fields `a` and `b` hold.
            pub const fn operands(self) -> [Operand; 2] {
                match self { $( Op::$op => [define_ops!(@operand $a), define_ops!(@operand $b)], )* }
            }

            pub const fn result(self) -> Res {
                match self { $( Op::$op => define_ops!(@result $res $($ty)?), )* }
            }

            pub const fn effect(self) -> Effect {
                match self { $( Op::$op => define_ops!(@effect $eff $($reg)?), )* }
            }
        }
    };
    (@operand No) => { Operand::No };
    (@operand Lit) => { Operand::Lit };
    (@operand Slot) => { Operand::Slot };
    (@operand Args) => { Operand::Args };
    (@operand Helper) => { Operand::Helper };
    (@operand Same) => { Operand::Same };
    (@operand Like) => { Operand::Like };
    (@operand Arith) => { Operand::Arith };
    (@operand Val) => { Operand::Val };
    (@operand Obj) => { Operand::Obj };
    (@operand $ty:ident) => { Operand::Of(Ty::$ty) };
    (@result Arith) => { Res::Arith };
    (@result Poly) => { Res::Poly };
    (@result Any) => { Res::Of(Ty::Any) };
    (@result Of $ty:ident) => { Res::Of(Ty::$ty) };
    (@effect Load $region:ident) => { Effect::Load(Region::$region) };
    (@effect Store $region:ident) => { Effect::Store(Region::$region) };
    (@effect $effect:ident) => { Effect::$effect };
}
for_each_ir_op!(define_ops);

impl Op {
    /// The operation with this name in the text form.
    pub fn from_name(name: &str) -> Option<Op> {
        Op::ALL.iter().copied().find(|op| op.name() == name)
    }

    /// Can the instruction leave the trace, and so needs a snapshot?
    pub const fn can_exit(self) -> bool {
        matches!(self.effect(), Effect::Guard | Effect::Check | Effect::Alloc)
    }

    /// May it be dropped when nobody uses its value?
    pub const fn removable(self) -> bool {
        matches!(self.effect(), Effect::Pure | Effect::Load(_) | Effect::Alloc)
    }
}

/// For how many elements (from key 1 on) and other keys a new table is to have room: the first literal of [`Op::NewTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    pub array: usize,
    pub others: usize,
}

impl Room {
    const ARRAY_BITS: u32 = 24;
    const MAX_ARRAY: usize = (1 << Room::ARRAY_BITS) - 1;

    /// As much room as that, or as the literal can say.
    pub fn new(array: usize, others: usize) -> Room {
        Room { array: array.min(Room::MAX_ARRAY), others: others.min(u8::MAX as usize) }
    }

    pub const fn from_literal(literal: u32) -> Room {
        Room { array: literal as usize & Room::MAX_ARRAY, others: literal as usize >> Room::ARRAY_BITS }
    }

    pub const fn to_literal(self) -> u32 {
        self.array as u32 | (self.others as u32) << Room::ARRAY_BITS
    }
}
