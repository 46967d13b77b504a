//! The runtime functions that machine code calls: one table of name, signature and effect.
//!
//! A helper is an `extern "C"` function of the runtime whose first argument is the VM and whose others
//! are as the table says (`num` in a float register, everything else in integer registers). It runs no
//! Lua code, moves no stack, collects nothing and unwinds nothing. One that can fail says so by its
//! result, in the manner noted beside it; the recorder then puts a guard behind the call whose exit lies
//! *before* the bytecode, so that the interpreter repeats it and raises the error.
//!
//! The addresses come in with [`HelperAddrs`], filled by the crate that owns the functions.

use super::op::Region;
use super::ty::Ty;

/// What a helper does to memory that a trace may have cached in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelperEffect {
    /// A mathematical function of its arguments.
    Pure,
    /// Reads the regions in the mask: two equal calls with nothing written there in between give the same.
    Read(u16),
    /// Writes the regions in the mask (bits of [`Region`]); 0 for a new object that nobody knows yet. Of the stack it writes results,
    /// from the slot on whose address it is given.
    Write(u16),
}

/// Everything that a table write of any kind may touch.
const TABLE: u16 = Region::Elem.bit()
    | Region::Array.bit()
    | Region::Field.bit()
    | Region::Shape.bit()
    | Region::Dict.bit()
    | Region::Keys.bit();

/// Hands every helper to `$mac!`: `Name (argument types) -> result, effect;`.
#[macro_export]
macro_rules! for_each_helper {
    ($mac:ident) => {
        $mac! {
            /// `a ^ b` as the interpreter computes it.
            Pow (Num, Num) -> Num, HelperEffect::Pure;
            Fmod (Num, Num) -> Num, HelperEffect::Pure;
            Sin (Num) -> Num, HelperEffect::Pure;
            Cos (Num) -> Num, HelperEffect::Pure;
            Tan (Num) -> Num, HelperEffect::Pure;
            Asin (Num) -> Num, HelperEffect::Pure;
            Acos (Num) -> Num, HelperEffect::Pure;
            Atan (Num) -> Num, HelperEffect::Pure;
            Atan2 (Num, Num) -> Num, HelperEffect::Pure;
            Sinh (Num) -> Num, HelperEffect::Pure;
            Cosh (Num) -> Num, HelperEffect::Pure;
            Tanh (Num) -> Num, HelperEffect::Pure;
            Exp (Num) -> Num, HelperEffect::Pure;
            Log (Num) -> Num, HelperEffect::Pure;
            Log10 (Num) -> Num, HelperEffect::Pure;
            /// `floor`, `ceil` where the processor has no rounding instruction.
            Floor (Num) -> Num, HelperEffect::Pure;
            Ceil (Num) -> Num, HelperEffect::Pure;
            /// A number modulo 2^32 for the `bit` library, of any size.
            ToBit (Num) -> Int, HelperEffect::Pure;

            /// Raw `t[k]`; `nil` where absent.
            TabGet (Tab, Any) -> Any, HelperEffect::Read(TABLE);
            /// Raw `t[k]` for a string.
            TabGetStr (Tab, Str) -> Any, HelperEffect::Read(TABLE);
            /// What [`Op::SlotFind`](super::Op::SlotFind) gives.
            SlotFind (Tab, Str) -> Ptr, HelperEffect::Read(Region::Shape.bit());
            /// Raw `t[k]` for an integer.
            TabGetInt (Tab, Int) -> Any, HelperEffect::Read(TABLE);
            /// `t[k]`, on along an `__index` chain of tables; [`crate::layout::boxing::NO_ANSWER`] where a function is to be asked.
            TabIndex (Tab, Any) -> Any, HelperEffect::Read(TABLE);
            /// Raw `t[k] = v` with barrier; 0 on failure.
            TabSet (Tab, Any, Any) -> Int, HelperEffect::Write(TABLE);
            /// The same for a table of any shape that has no metatable; 0 also if it has one.
            TabSetPlain (Tab, Any, Any) -> Int, HelperEffect::Write(TABLE);
            /// `t[k] = v`, on along a `__newindex` chain of tables; 0 on failure, or where a function is to be asked.
            TabSetIndex (Tab, Any, Any) -> Int, HelperEffect::Write(TABLE);
            TabSetStr (Tab, Str, Any) -> Int, HelperEffect::Write(TABLE);
            TabSetInt (Tab, Int, Any) -> Int, HelperEffect::Write(TABLE);
            /// `t[first + i] = values[i]` for so many values; 0 on failure.
            TabSetList (Tab, Int, Ptr, Int) -> Int, HelperEffect::Write(TABLE);
            /// `#t`; may cut a nil off the array part.
            TabLen (Tab) -> Int, HelperEffect::Write(Region::Array.bit());
            /// Room for one more named slot; 0 on failure.
            GrowSlots (Tab) -> Int, HelperEffect::Write(Region::Shape.bit());
            /// A new table: array elements in the low 24 bits and room for other keys in the 8 above them, shape number;
            /// null on failure.
            NewTable (Int, Int) -> Tab, HelperEffect::Write(0);
            /// The same where there is no going back: exceeds the memory limit rather than fail.
            RebuildTable (Int, Int) -> Tab, HelperEffect::Write(0);
            /// A closure of a prototype in a function's environment, with room for its upvalues, which the
            /// stack slots at `base` give; null on failure.
            NewClosure (Ptr, Func, Ptr) -> Func, HelperEffect::Write(Region::Cell.bit());
            /// A closure of a prototype in an environment, with its upvalues still to be set; null on failure.
            MakeClosure (Ptr, Tab) -> Func, HelperEffect::Write(0);
            /// The same where there is no going back.
            RebuildClosure (Ptr, Tab) -> Func, HelperEffect::Write(0);
            /// Closes the upvalues that point at or above a stack address.
            CloseUpvals (Ptr) -> None, HelperEffect::Write(Region::Cell.bit());
            /// Tells the collector that an old object was written.
            BarrierBack (Ptr) -> None, HelperEffect::Write(0);
            /// Tells the collector that this object was stored among the elements of an old table.
            BarrierForward (Tab, Any) -> None, HelperEffect::Write(0);

            /// Equality of strings by content: 0 or 1.
            StrEq (Str, Str) -> Int, HelperEffect::Pure;
            /// Order of strings as `<` has it: negative, 0, positive.
            StrCompare (Str, Str) -> Int, HelperEffect::Pure;
            /// `s:sub(i, j)`; null on failure.
            StrSub (Str, Int, Int) -> Str, HelperEffect::Write(0);
            /// The one-byte string with this code; null on failure.
            StrChar (Int) -> Str, HelperEffect::Write(0);
            /// Concatenation of stack slots from an address on, of this many; null on failure.
            Concat (Ptr, Int) -> Str, HelperEffect::Write(0);
            /// `tostring` of a number; null on failure.
            NumToStr (Num) -> Str, HelperEffect::Write(0);
            /// A string as a number, boxed; `nil` if it is none.
            StrToNum (Str) -> Any, HelperEffect::Pure;

            /// A step of `pairs`: table, control value (as `iterator_position` makes it), where to put key and value. The next
            /// control value; `nil`, and nothing written, at the end or if the control value is something else.
            TabNext (Tab, Any, Ptr) -> Any, HelperEffect::Write(Region::Stack.bit());
            /// The key behind a key, its value in the stack slot at the address; nil at the end, and nil with a value if the table does
            /// not have the key.
            TabAfter (Tab, Any, Ptr) -> Any, HelperEffect::Write(Region::Stack.bit());

            /// Runs the leaf library function on the arguments that begin two slots above an address, of this many; the last argument
            /// is as C of `Call` (results wanted + 1, or 0 for all): missing results become nil. The number of results, which
            /// lie at the address; -1 on failure, when nothing has happened yet (so a leaf that
            /// would move the stack fails first). `vm.leaf` is set while it runs.
            CallLeaf (Func, Ptr, Int, Int) -> Int, HelperEffect::Write(TABLE | Region::Stack.bit() | Region::Vm.bit());
            /// The same (and the same function) for a leaf that writes nothing but its results.
            CallQuietLeaf (Func, Ptr, Int, Int) -> Int, HelperEffect::Write(Region::Stack.bit() | Region::Vm.bit());

            /// Takes the next step of the sequence whose frame is at an address. It has called from a slot, where now come so many
            /// results (the last argument), of which it looks only at the first. What it asks for then is in `vm.step_taken`; for
            /// another call from the same slot everything is laid out, and the result is the number of arguments, else -1.
            SequenceStep (Ptr, Int, Any, Int) -> Int, HelperEffect::Write(TABLE | Region::Stack.bit() | Region::Vm.bit());
        }
    };
}

macro_rules! define_helpers {
    ($( $(#[$doc:meta])* $name:ident ($($arg:ident),*) -> $ret:ident, $effect:expr; )*) => {
        /// A runtime function that machine code calls.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Helper { $( $(#[$doc])* $name, )* }

        impl Helper {
            pub const ALL: &'static [Helper] = &[ $( Helper::$name, )* ];
            pub const COUNT: usize = Helper::ALL.len();

            pub const fn name(self) -> &'static str {
                match self { $( Helper::$name => stringify!($name), )* }
            }

            /// Types of the arguments behind the VM.
            pub const fn args(self) -> &'static [Ty] {
                match self { $( Helper::$name => &[ $( Ty::$arg ),* ], )* }
            }

            pub const fn ret(self) -> Ty {
                match self { $( Helper::$name => Ty::$ret, )* }
            }

            pub const fn effect(self) -> HelperEffect {
                match self { $( Helper::$name => $effect, )* }
            }
        }
    };
}
for_each_helper!(define_helpers);

impl Helper {
    pub fn from_name(name: &str) -> Option<Helper> {
        Helper::ALL.iter().copied().find(|helper| helper.name() == name)
    }

    pub fn from_index(index: u32) -> Option<Helper> {
        Helper::ALL.get(index as usize).copied()
    }
}

/// Where each helper is.
#[derive(Clone, Debug)]
pub struct HelperAddrs([usize; Helper::COUNT]);

impl HelperAddrs {
    /// No addresses yet. Compiling a trace that calls a helper without address is refused.
    pub const fn empty() -> HelperAddrs {
        HelperAddrs([0; Helper::COUNT])
    }

    pub fn set(&mut self, helper: Helper, address: usize) {
        self.0[helper as usize] = address;
    }

    /// `None` if the helper has not been given.
    pub fn get(&self, helper: Helper) -> Option<usize> {
        Some(self.0[helper as usize]).filter(|address| *address != 0)
    }
}
