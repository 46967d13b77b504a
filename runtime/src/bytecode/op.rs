//! The instruction set: every opcode, declared once.
//!
//! [`for_each_op`] hands the whole table to a macro. From it come the enum, the operand kinds, the
//! disassembler and the verifier here, the dispatch table of the interpreter, and the recorder's skeleton.
//!
//! An instruction is one 32-bit word, `op | A << 8 | B << 16 | C << 24`, or `op | A << 8 | D << 16`, or
//! `op | J << 8` with a signed 24-bit J. Some are followed by *extra words*: jump offsets, hot counters,
//! constant indices and inline caches, which the interpreter rewrites in place. Offsets count words from the
//! end of the instruction, extra words included.
//!
//! Calls keep LuaJIT's frame layout: `R[A]` is the function, `R[A+1]` is left free for the return address,
//! and the arguments start at `R[A+2]`. Results arrive at `R[A]` and up.

/// Hands every opcode to `$mac!`: meaning, name, the kinds of A, B and C, the number of extra words, flags.
///
/// Operand kinds: `Dst` register written, `Reg` register read, `Base` first register of a range,
/// `Num` index of a number constant, `Str` of a string constant (in C: at most 255), `Upv` upvalue index, `Imm` a number meant literally,
/// `ImmD` / `SImmD` a number in D (unsigned / signed), `RegD`, `NumD`, `ConstD`, `ProtoD`: the named thing in D, `Jump` the 24-bit
/// offset, `None` unused.
///
/// Flags: `Plain`; `Call` may run Lua code or raise (metamethods, calls); `Branch` may jump by its extra word 0 (or J); `Exit`
/// never falls through.
#[macro_export]
macro_rules! for_each_op {
    ($mac:ident) => {
        $mac! {
            // ---- moves and constants
            /// `R[A] := R[D]`
            Move (Dst, RegD, None, 0, Plain),
            /// `R[A] := K[D]`
            LoadK (Dst, ConstD, None, 0, Plain),
            /// `R[A] := K[word 0]`, for indices that do not fit D
            LoadKX (Dst, None, None, 1, Plain),
            /// `R[A] := D`, a signed 16-bit integer
            LoadInt (Dst, SImmD, None, 0, Plain),
            /// `R[A] :=` primitive D (0 nil, 1 false, 2 true)
            LoadPri (Dst, ImmD, None, 0, Plain),
            /// `R[A], ..., R[D] := nil`
            LoadNil (Base, RegD, None, 0, Plain),
            // ---- unary
            /// `R[A] := not R[D]`
            Not (Dst, RegD, None, 0, Plain),
            /// `R[A] := -R[D]`
            Unm (Dst, RegD, None, 0, Call),
            /// `R[A] := #R[D]`
            Len (Dst, RegD, None, 0, Call),
            // ---- arithmetic: register-register, register-constant, constant-register
            /// `R[A] := R[B] + R[C]`
            AddRR (Dst, Reg, Reg, 0, Call),
            SubRR (Dst, Reg, Reg, 0, Call),
            MulRR (Dst, Reg, Reg, 0, Call),
            DivRR (Dst, Reg, Reg, 0, Call),
            ModRR (Dst, Reg, Reg, 0, Call),
            PowRR (Dst, Reg, Reg, 0, Call),
            /// `R[A] := R[B] + K[C]`
            AddRK (Dst, Reg, Num, 0, Call),
            SubRK (Dst, Reg, Num, 0, Call),
            MulRK (Dst, Reg, Num, 0, Call),
            DivRK (Dst, Reg, Num, 0, Call),
            ModRK (Dst, Reg, Num, 0, Call),
            PowRK (Dst, Reg, Num, 0, Call),
            /// `R[A] := K[B] + R[C]`
            AddKR (Dst, Num, Reg, 0, Call),
            SubKR (Dst, Num, Reg, 0, Call),
            MulKR (Dst, Num, Reg, 0, Call),
            DivKR (Dst, Num, Reg, 0, Call),
            ModKR (Dst, Num, Reg, 0, Call),
            PowKR (Dst, Num, Reg, 0, Call),
            /// `R[A] := R[B] .. ... .. R[C]` (B < C; the registers are clobbered)
            Concat (Dst, Base, Reg, 0, Call),
            // ---- comparison and jump: jump by word 0 if the condition holds
            /// `if R[A] < R[D] then jump`
            JltRR (Reg, RegD, None, 1, Branch),
            /// `if not (R[A] < R[D]) then jump`
            JnltRR (Reg, RegD, None, 1, Branch),
            JleRR (Reg, RegD, None, 1, Branch),
            JnleRR (Reg, RegD, None, 1, Branch),
            /// `if R[A] < K[D] then jump` (`K[D]` a number, as in the five below)
            JltRK (Reg, NumD, None, 1, Branch),
            JnltRK (Reg, NumD, None, 1, Branch),
            JleRK (Reg, NumD, None, 1, Branch),
            JnleRK (Reg, NumD, None, 1, Branch),
            /// `if K[D] < R[A] then jump`
            JltKR (Reg, NumD, None, 1, Branch),
            JnltKR (Reg, NumD, None, 1, Branch),
            JleKR (Reg, NumD, None, 1, Branch),
            JnleKR (Reg, NumD, None, 1, Branch),
            /// `if R[A] == R[D] then jump`
            JeqRR (Reg, RegD, None, 1, Branch),
            JneRR (Reg, RegD, None, 1, Branch),
            /// `if R[A] == K[D] then jump` (a number or string constant; no metamethod can matter)
            JeqRK (Reg, ConstD, None, 1, Branch),
            JneRK (Reg, ConstD, None, 1, Branch),
            /// `if R[A] == primitive D then jump`
            JeqRP (Reg, ImmD, None, 1, Branch),
            JneRP (Reg, ImmD, None, 1, Branch),
            /// `if R[A] then jump`
            Jt (Reg, None, None, 1, Branch),
            /// `if not R[A] then jump`
            Jf (Reg, None, None, 1, Branch),
            /// `if R[D] then R[A] := R[D], jump`
            JtSet (Dst, RegD, None, 1, Branch),
            /// `if not R[D] then R[A] := R[D], jump`
            JfSet (Dst, RegD, None, 1, Branch),
            /// `jump J`
            Jmp (None, None, Jump, 0, Exit),
            /// `jump J` backwards: the back-edge of a while, repeat or goto loop. Word 0 is the hot counter
            JmpBack (None, None, Jump, 1, Exit),
            // ---- upvalues and closures
            /// `R[A] :=` upvalue D, captured by value
            GetUpvalV (Dst, Upv, None, 0, Plain),
            /// `R[A] :=` upvalue D, captured by cell
            GetUpval (Dst, Upv, None, 0, Plain),
            /// upvalue A (by cell) `:= R[D]`
            SetUpval (Upv, RegD, None, 0, Plain),
            /// `R[A] := closure(P[D])`
            Closure (Dst, ProtoD, None, 0, Plain),
            /// Closes all open upvalues at `R[A]` and above
            Close (Base, None, None, 0, Plain),
            // ---- globals and fields: inline caches in the extra words
            /// `R[A] := env[K[word 0]]`. Words: key, shape, slot
            GetGlobal (Dst, None, None, 3, Call),
            /// `env[K[word 0]] := R[A]`. Words: key, shape, slot, new shape (0: no transition)
            SetGlobal (Reg, None, None, 4, Call),
            /// `R[A] := R[B][K[word 0]]`. Words: key, shape, slot, epoch, holder (2 words)
            GetField (Dst, Reg, None, 6, Call),
            /// `R[B][K[word 0]] := R[A]`. Words: key, shape, slot, new shape (0: no transition)
            SetField (Reg, Reg, None, 4, Call),
            /// `R[A], R[A+2] := R[B][K[word 0]], R[B]` (method call set-up). Words as `GetField`
            SelfField (Dst, Reg, None, 6, Call),
            /// `R[A] := R[B][R[C]]`
            GetIndex (Dst, Reg, Reg, 0, Call),
            /// `R[A] := R[B][C]`, C an integer 0..=255
            GetIndexI (Dst, Reg, Imm, 0, Call),
            /// `R[B][R[C]] := R[A]`
            SetIndex (Reg, Reg, Reg, 0, Call),
            /// `R[B][C] := R[A]`, C an integer 0..=255
            SetIndexI (Reg, Reg, Imm, 0, Call),
            // ---- constructors
            /// `R[A] := {}` with room for word 0 array elements (1..=n) and D other keys
            NewTable (Dst, ImmD, None, 1, Plain),
            /// `R[A] := {K1 = R[A+1], ..., Kn = R[A+n]}`, the keys by template word 0 of the prototype (n = D keys).
            /// Words: template, shape (cache), room for array elements
            NewObject (Dst, ImmD, None, 3, Plain),
            /// `R[A][word 0 + i] := R[A+1+i]` for 0 <= i < D - 1; D = 0: up to the multiple results' end
            SetList (Base, ImmD, None, 1, Plain),
            // ---- calls. B = arguments + 1 (0: up to the multiple results' end), C = results + 1 (0: all)
            /// `R[A], ... := R[A](R[A+2], ...)`
            Call (Base, Imm, Imm, 0, Call),
            /// `return R[A](R[A+2], ...)`, in a function without varargs. C is 0, and `Return A 0` follows: a native function
            /// is called in place and returns all its results there. `Close` comes before, where it is needed
            TailCall (Base, Imm, None, 0, Call),
            /// The same in a vararg function (`ReturnV A 0` follows)
            TailCallV (Base, Imm, None, 0, Call),
            /// `R[A], ... := ...`; B = wanted + 1 (0: all, setting the multiple results' end), C = fixed parameters
            Vararg (Base, Imm, Imm, 0, Plain),
            /// `R[A+1], ... := R[A], ...` up to the multiple results' end, which moves along
            MoveUp (Base, None, None, 0, Plain),
            /// `return R[A], ..., R[A+B-2]`, in a function without varargs; B = 0: up to the multiple results' end
            Return (Base, Imm, None, 0, Exit),
            /// The same in a vararg function, which has no other return instruction
            ReturnV (Base, Imm, None, 0, Exit),
            /// `return`
            Return0 (None, None, None, 0, Exit),
            /// `return R[A]`
            Return1 (Reg, None, None, 0, Exit),
            // ---- loops. Word 0 is the jump offset, word 1 the hot counter
            /// Checks `R[A]` (start), `R[A+1]` (limit), `R[A+2]` (step); enters with `R[A+3] := R[A]`, or jumps over the loop
            ForPrep (Base, None, None, 1, Branch),
            /// `R[A] += R[A+2]; if within R[A+1] then R[A+3] := R[A], jump back`
            ForLoop (Base, None, None, 2, Branch),
            /// The same where the step is a constant above zero
            ForLoopUp (Base, None, None, 2, Branch),
            /// Enters a generic for on `R[A], R[A+1], R[A+2]`: notices `next`; jumps by word 0 to its `TForCall`
            TForPrep (Base, None, None, 1, Exit),
            /// `R[A], ..., R[A+C-2] := R[A-3](R[A-2], R[A-1])`; clobbers up to `R[A+3]`. Its `TForLoop` (same A) follows directly
            TForCall (Base, None, Imm, 0, Call),
            /// `if R[A] ~= nil then R[A-1] := R[A], jump back`
            TForLoop (Base, None, None, 2, Branch),
            // ---- function headers: the first instruction of a prototype. A = frame size in registers, B = fixed parameters.
            // Word 0 is the hot counter
            /// Entry of a function without varargs
            Func (Imm, Imm, None, 1, Plain),
            /// Entry of a vararg function: moves the frame above its extra arguments; `R[B]`, where a function has its `arg`, becomes nil
            /// or the table
            FuncV (Imm, Imm, None, 1, Plain),
            // ---- quickened forms, into which the interpreter rewrites the instruction above of the like name and words; the
            // compiler never emits them, and `Op::plain` undoes them
            /// `GetField` that finds its key in the holder, by way of metatables
            GetFieldProto (Dst, Reg, None, 6, Call),
            /// `SelfField` that finds its key in the holder, by way of metatables
            SelfProto (Dst, Reg, None, 6, Call),
            /// `SelfField` on a string
            SelfString (Dst, Reg, None, 6, Call),
            /// Loops and functions that have native code: the hot counter's word is its number
            ForLoopJit (Base, None, None, 2, Branch),
            ForLoopUpJit (Base, None, None, 2, Branch),
            TForLoopJit (Base, None, None, 2, Branch),
            JmpBackJit (None, None, Jump, 1, Exit),
            FuncJit (Imm, Imm, None, 1, Plain),
            // ---- return landings: instructions that only fixed code contains (see `frame`); never in a prototype
            /// The host's call is over
            HostReturn (Base, None, None, 0, Exit),
            /// A coroutine's body is over
            CoReturn (Base, None, None, 0, Exit),
            /// The function called by `pcall` has returned
            PcallReturn (Base, None, None, 0, Exit),
            /// An `xpcall` message handler has returned
            HandlerReturn (Base, None, None, 0, Exit),
            /// A call that a native sequence asked for has returned
            SequenceReturn (Base, None, None, 0, Exit),
            /// Native code has taken a sequence's step: do what that asks for
            SequenceStep (Base, None, None, 0, Exit),
            /// A metamethod has returned: finish the instruction that called it
            MetaReturn (Base, None, None, 0, Exit),
            /// A debug hook has returned: on with what it was called for
            HookReturn (Base, None, None, 0, Exit),
        }
    };
}

macro_rules! define_ops {
    ($( $(#[$doc:meta])* $op:ident ($a:ident, $b:ident, $c:ident, $extra:literal, $flow:ident), )*) => {
        /// The low byte of an instruction word.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op { $( $(#[$doc])* $op, )* }

        impl Op {
            pub const ALL: &'static [Op] = &[ $( Op::$op, )* ];

            pub const fn name(self) -> &'static str {
                match self { $( Op::$op => stringify!($op), )* }
            }

            /// The kinds of A, B and C; a D or J operand stands in B or C.
            pub const fn operands(self) -> [Operand; 3] {
                match self { $( Op::$op => [Operand::$a, Operand::$b, Operand::$c], )* }
            }

            /// How many words follow the instruction word.
            pub const fn extra_words(self) -> usize {
                match self { $( Op::$op => $extra, )* }
            }

            pub const fn flow(self) -> Flow {
                match self { $( Op::$op => Flow::$flow, )* }
            }
        }
    };
}
for_each_op!(define_ops);

/// What an operand field means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    None,
    Dst,
    Reg,
    Base,
    Num,
    Upv,
    Imm,
    ImmD,
    SImmD,
    RegD,
    NumD,
    ConstD,
    ProtoD,
    Jump,
}

/// What may happen besides falling through to the next instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Nothing.
    Plain,
    /// Lua code may run, or an error may be raised.
    Call,
    /// May jump; comparisons may also call metamethods.
    Branch,
    /// Never falls through.
    Exit,
}

impl Op {
    pub const COUNT: usize = Op::ALL.len();

    /// `None` if `byte` is no opcode, as in a damaged dump.
    pub fn decode(byte: u8) -> Option<Op> {
        Op::ALL.get(usize::from(byte)).copied()
    }

    /// The form that the compiler emits, for a quickened one.
    pub const fn plain(self) -> Op {
        match self {
            Op::GetFieldProto => Op::GetField,
            Op::SelfProto | Op::SelfString => Op::SelfField,
            Op::ForLoopJit => Op::ForLoop,
            Op::ForLoopUpJit => Op::ForLoopUp,
            Op::TForLoopJit => Op::TForLoop,
            Op::JmpBackJit => Op::JmpBack,
            Op::FuncJit => Op::Func,
            op => op,
        }
    }

    /// The form that enters native code, for an instruction that counts what is hot.
    pub const fn native_form(self) -> Option<Op> {
        match self.plain() {
            Op::ForLoop => Some(Op::ForLoopJit),
            Op::ForLoopUp => Some(Op::ForLoopUpJit),
            Op::TForLoop => Some(Op::TForLoopJit),
            Op::JmpBack => Some(Op::JmpBackJit),
            Op::Func => Some(Op::FuncJit),
            _ => None,
        }
    }

    /// Whether this enters native code.
    pub const fn is_native(self) -> bool {
        matches!(self.native_form(), Some(form) if form as u8 == self as u8)
    }

    /// Whether this is the end of a loop, which leads back to its start.
    pub const fn ends_loop(self) -> bool {
        matches!(self.plain(), Op::ForLoop | Op::ForLoopUp | Op::TForLoop | Op::JmpBack)
    }

    /// Whether this is a return landing, which only fixed code contains.
    pub const fn is_landing(self) -> bool {
        self as u8 >= Op::HostReturn as u8
    }

    /// Words in all.
    pub const fn words(self) -> usize {
        1 + self.extra_words()
    }
}

const _: () = assert!(Op::COUNT < 128, "an opcode has seven bits, and the last of them ends a run");
