//! The code buffer of the function being compiled: instructions with their lines, jumps, constants.
//!
//! # Jump lists
//!
//! Jumps that will lead to the same place are chained through their own offset fields: each holds the word
//! number of the next one, and 0, where the function's header is, ends the list. [`Emitter::patch_to_here`]
//! only notes a list as pending; it is resolved when the next instruction is made, and if that is an
//! unconditional jump itself, the list joins the list of that jump, so that no jump leads to a jump.
//! Every chained jump leads forward: backward edges are loop instructions, made when the target is known.

use super::function::{Constant, FunctionCode};
use crate::syntax::symbol::Symbol;
use ferrous_lua_runtime::bytecode::{Instr, MAX_REGISTERS, Op};
use std::collections::HashMap;

/// The word number of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pc(pub(super) u32);

impl Pc {
    /// The function header, to which nothing can jump.
    pub(super) const HEADER: Pc = Pc(0);
}

/// A list of jumps: see the head of this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct JumpList {
    first: Pc,
    last: Pc,
}

impl JumpList {
    pub(super) const EMPTY: JumpList = JumpList { first: Pc::HEADER, last: Pc::HEADER };

    pub(super) fn is_empty(self) -> bool {
        self.first == Pc::HEADER
    }
}

impl From<Pc> for JumpList {
    fn from(pc: Pc) -> JumpList {
        JumpList { first: pc, last: pc }
    }
}

/// In `JtSet` and `JfSet`: the register is not known yet.
const NO_REGISTER: u8 = u8::MAX;

/// Code longer than this could hold jumps that do not fit their field.
const MAX_CODE_WORDS: usize = 1 << 23;

/// A function that is within the language but beyond what the bytecode can express.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooComplex {
    pub(super) line: u32,
    pub(super) what: &'static str,
}

/// The function being compiled.
pub(super) struct Emitter {
    pub(super) out: FunctionCode,
    /// The line of the last token passed, which new instructions get.
    pub(super) line: u32,
    /// The first free register. It may run away beyond what exists; then there is a failure.
    pub(super) free: u32,
    max_free: u32,
    /// The jumps that lead to the next instruction.
    pending: JumpList,
    /// Something may lead here: the instruction before must not be altered.
    barrier: u32,
    /// Where PUC Lua's code begins, as long as nothing can jump here: before it are the header and nils for locals, whose
    /// registers it finds clean.
    clean_end: u32,
    last_instruction: u32,
    /// For each symbol, the function that last used it as a constant, and the constant's index there.
    symbol_constants: Vec<(u32, u32)>,
    number_constants: HashMap<u64, u32>,
    /// The first constant of the function that is a zero, of either sign.
    zero: Option<f64>,
    /// How many functions have been started.
    serial: u32,
    pub(super) failure: Option<TooComplex>,
}

impl Emitter {
    pub(super) fn new(symbol_count: usize) -> Emitter {
        Emitter {
            out: FunctionCode::default(),
            line: 0,
            free: 0,
            max_free: 0,
            pending: JumpList::EMPTY,
            barrier: 0,
            clean_end: 0,
            last_instruction: 0,
            symbol_constants: vec![(0, 0); symbol_count],
            number_constants: HashMap::new(),
            zero: None,
            serial: 0,
            failure: None,
        }
    }

    /// Begins a function: its header is the first instruction.
    pub(super) fn start(&mut self, line: u32) {
        self.serial += 1;
        self.number_constants.clear();
        self.zero = None;
        self.free = 0;
        self.max_free = 1;
        self.pending = JumpList::EMPTY;
        self.out.needs_arg = false;
        self.line = line;
        self.barrier = 0;
        self.emit_words(Instr::abc(Op::Func, 0, 0, 0), &[0]);
        self.barrier = self.pc().0;
        self.clean_end = self.barrier;
    }

    /// Ends the function and hands out its code. The buffers stay, for the next one.
    pub(super) fn finish(&mut self) -> FunctionCode {
        let out = &mut self.out;
        let header = if out.is_vararg { Op::FuncV } else { Op::Func };
        out.frame_size = self.max_free.min(MAX_REGISTERS as u32) as u8;
        out.code[0] = Instr::abc(header, out.frame_size, out.num_params, 0).0;
        let finished = FunctionCode {
            children: std::mem::take(&mut out.children),
            templates: std::mem::take(&mut out.templates),
            upvalues: Vec::new(),
            upvalue_names: std::mem::take(&mut out.upvalue_names),
            code: out.code.to_vec(),
            lines: out.lines.to_vec(),
            constants: out.constants.to_vec(),
            locals: out.locals.to_vec(),
            ..*out
        };
        out.code.clear();
        out.lines.clear();
        out.constants.clear();
        out.locals.clear();
        finished
    }

    /// Notes the first thing that is too big. Compilation goes on, and its result is thrown away.
    #[cold]
    pub(super) fn fail(&mut self, what: &'static str) {
        let line = self.line;
        self.failure.get_or_insert(TooComplex { line, what });
    }

    // ---- registers -------------------------------------------------------------------------

    /// Takes `n` registers.
    pub(super) fn reserve(&mut self, n: u32) {
        self.need(n);
        self.free += n;
    }

    /// Makes sure that `n` more registers exist, without taking them.
    pub(super) fn need(&mut self, n: u32) {
        let top = self.free + n;
        if top > self.max_free {
            if top > MAX_REGISTERS as u32 {
                self.fail("function or expression too complex");
            }
            self.max_free = top;
        }
    }

    // ---- instructions ----------------------------------------------------------------------

    /// Where the next instruction will be.
    pub(super) fn pc(&self) -> Pc {
        Pc(self.out.code.len() as u32)
    }

    fn emit_words(&mut self, instr: Instr, extra: &[u32]) -> Pc {
        let pc = self.pc();
        self.last_instruction = pc.0;
        self.out.code.push(instr.0);
        self.out.code.extend_from_slice(extra);
        self.out.lines.resize(self.out.code.len(), self.line);
        if self.out.code.len() > MAX_CODE_WORDS {
            self.fail("control structure too long");
        }
        pc
    }

    /// Adds an instruction.
    pub(super) fn emit(&mut self, instr: Instr, extra: &[u32]) -> Pc {
        debug_assert_eq!(extra.len(), instr.op().extra_words());
        let pending = std::mem::replace(&mut self.pending, JumpList::EMPTY);
        let here = self.pc();
        self.patch(pending, here, None, here);
        self.emit_words(instr, extra)
    }

    pub(super) fn emit_abc(&mut self, op: Op, a: u32, b: u32, c: u32) -> Pc {
        self.emit(Instr::abc(op, a as u8, b as u8, c as u8), &[])
    }

    pub(super) fn emit_ad(&mut self, op: Op, a: u32, d: u32) -> Pc {
        self.emit(Instr::ad(op, a as u8, d as u16), &[])
    }

    pub(super) fn instr(&self, pc: Pc) -> Instr {
        Instr(self.out.code[pc.0 as usize])
    }

    pub(super) fn set_instr(&mut self, pc: Pc, instr: Instr) {
        self.out.code[pc.0 as usize] = instr.0;
    }

    /// Sets an extra word of an instruction.
    pub(super) fn set_word(&mut self, pc: Pc, n: u32, value: u32) {
        self.out.code[(pc.0 + 1 + n) as usize] = value;
    }

    /// Changes where an instruction puts its result.
    pub(super) fn set_a(&mut self, pc: Pc, register: u32) {
        let word = &mut self.out.code[pc.0 as usize];
        *word = *word & !0xFF00 | (register & 0xFF) << 8;
    }

    /// Gives the last instruction another line.
    pub(super) fn fix_line(&mut self, line: u32) {
        self.out.lines[self.last_instruction as usize..].fill(line);
    }

    /// Takes back the last instruction, which is at `pc`, and says which line it had. Jumps to it will lead
    /// to what comes instead.
    pub(super) fn take_back(&mut self, pc: Pc) -> u32 {
        debug_assert_eq!(pc.0, self.last_instruction);
        let line = self.out.lines[pc.0 as usize];
        self.out.code.truncate(pc.0 as usize);
        self.out.lines.truncate(pc.0 as usize);
        self.barrier = pc.0;
        line
    }

    /// `R[from], ... := nil`, joined with such an instruction right before. Where PUC Lua needs none, because the registers
    /// `are_new` and the function has just begun, the instruction is on line 0: no debugger sees it.
    pub(super) fn emit_nil(&mut self, from: u32, n: u32, are_new: bool) {
        let last = from + n - 1;
        let at_start = self.pc().0 == self.clean_end;
        let unseen = at_start && are_new;
        if self.pc().0 > self.barrier && self.pending.is_empty() && unseen == at_start {
            let before = Pc(self.last_instruction);
            let i = self.instr(before);
            let (first, end) = match i.op() {
                Op::LoadNil => (i.a() as u32, i.d() as u32 + 1),
                Op::LoadPri if i.d() == 0 => (i.a() as u32, i.a() as u32 + 1),
                _ => (u32::MAX, 0),
            };
            if first <= from && from <= end {
                let joined = Instr::ad(Op::LoadNil, first as u8, last.max(end - 1) as u16);
                self.set_instr(before, joined);
                return;
            }
        }
        if n == 1 {
            self.emit_ad(Op::LoadPri, from, 0);
        } else {
            self.emit_ad(Op::LoadNil, from, last);
        }
        if unseen {
            self.fix_line(0);
            self.clean_end = self.pc().0;
        }
    }

    // ---- jumps -----------------------------------------------------------------------------

    /// A conditional jump; the target is to be patched.
    pub(super) fn emit_branch(&mut self, op: Op, a: u32, d: u32) -> Pc {
        self.emit(Instr::ad(op, a as u8, d as u16), &[0])
    }

    /// `if R[register] is truthy (or not) then jump`, which may yet become one that keeps the value.
    pub(super) fn emit_test(&mut self, register: u32, jump_if: bool) -> Pc {
        let op = if jump_if { Op::JtSet } else { Op::JfSet };
        self.emit_branch(op, u32::from(NO_REGISTER), register)
    }

    /// A jump; what was about to lead here will lead where it does.
    pub(super) fn emit_jump(&mut self) -> JumpList {
        let held = std::mem::replace(&mut self.pending, JumpList::EMPTY);
        let pc = self.emit_words(Instr::abc(Op::Jmp, 0, 0, 0), &[]);
        let mut list = JumpList::from(pc);
        self.concat(&mut list, held);
        list
    }

    /// A jump back to `target`, with a hot counter.
    pub(super) fn emit_jump_back(&mut self, target: Pc) {
        let offset = target.0 as i32 - (self.pc().0 as i32 + Op::JmpBack.words() as i32);
        match Instr::jump(Op::JmpBack, offset) {
            Some(instr) => _ = self.emit(instr, &[0]),
            None => self.fail("control structure too long"),
        }
    }

    /// The offset from the end of the instruction at `from` to `target`.
    pub(super) fn offset(&self, from: Pc, target: Pc) -> i32 {
        target.0 as i32 - (from.0 as i32 + self.instr(from).op().words() as i32)
    }

    /// A place that something may lead to: where the next instruction will be.
    pub(super) fn label(&mut self) -> Pc {
        self.barrier = self.pc().0;
        self.clean_end = 0;
        self.pc()
    }

    /// The jumps of `list` lead to the next instruction.
    pub(super) fn patch_to_here(&mut self, list: JumpList) {
        self.label();
        let mut pending = self.pending;
        self.concat(&mut pending, list);
        self.pending = pending;
    }

    /// The same, even if the next instruction is a jump itself.
    pub(super) fn land_here(&mut self, list: JumpList) {
        let here = self.label();
        self.patch(list, here, None, here);
    }

    /// Appends `more` to `list`.
    pub(super) fn concat(&mut self, list: &mut JumpList, more: JumpList) {
        if more.is_empty() {
            return;
        }
        if list.is_empty() {
            *list = more;
            return;
        }
        match self.instr(list.last).op() {
            Op::Jmp => self.set_instr(list.last, Instr(Op::Jmp as u32 | more.first.0 << 8)),
            _ => self.set_word(list.last, 0, more.first.0),
        }
        list.last = more.last;
    }

    /// The jump behind the one at `pc` in its list; [`Pc::HEADER`] if that is the last.
    fn next_in_list(&self, pc: Pc) -> Pc {
        match self.instr(pc).op() {
            Op::Jmp => Pc(self.instr(pc).0 >> 8),
            _ => Pc(self.out.code[pc.0 as usize + 1]),
        }
    }

    fn set_target(&mut self, pc: Pc, target: Pc) {
        let offset = self.offset(pc, target);
        debug_assert!(offset >= 0);
        match self.instr(pc).op() {
            Op::Jmp => match Instr::jump(Op::Jmp, offset) {
                Some(instr) => self.set_instr(pc, instr),
                None => self.fail("control structure too long"),
            },
            _ => self.set_word(pc, 0, offset as u32),
        }
    }

    /// Whether a jump of the list does not bring the tested value along.
    pub(super) fn needs_value(&self, list: JumpList) -> bool {
        let mut pc = list.first;
        while pc != Pc::HEADER {
            if !matches!(self.instr(pc).op(), Op::JtSet | Op::JfSet) {
                return true;
            }
            pc = self.next_in_list(pc);
        }
        false
    }

    /// No jump of the list has to bring the tested value along.
    pub(super) fn drop_values(&mut self, list: JumpList) {
        let mut pc = list.first;
        while pc != Pc::HEADER {
            self.set_test_register(pc, None);
            pc = self.next_in_list(pc);
        }
    }

    /// Says where a test puts the value it passes on; false if the jump at `pc` is no such test.
    fn set_test_register(&mut self, pc: Pc, register: Option<u32>) -> bool {
        let i = self.instr(pc);
        let plain = match i.op() {
            Op::JtSet => Op::Jt,
            Op::JfSet => Op::Jf,
            _ => return false,
        };
        match register {
            Some(register) if register as usize != i.d() => self.set_a(pc, register),
            _ => self.set_instr(pc, Instr::ad(plain, i.d() as u8, 0)),
        }
        true
    }

    /// Resolves a list: tests that bring their value along into `register` lead to `with_value`, other
    /// jumps to `without`.
    pub(super) fn patch(&mut self, list: JumpList, with_value: Pc, register: Option<u32>, without: Pc) {
        let mut pc = list.first;
        while pc != Pc::HEADER {
            let next = self.next_in_list(pc);
            let target = if self.set_test_register(pc, register) { with_value } else { without };
            self.set_target(pc, target);
            pc = next;
        }
    }

    /// Makes the comparison or test at `pc` jump in the opposite case.
    pub(super) fn invert(&mut self, pc: Pc) {
        let i = self.instr(pc);
        let op = match i.op() {
            Op::JltRR => Op::JnltRR,
            Op::JnltRR => Op::JltRR,
            Op::JleRR => Op::JnleRR,
            Op::JnleRR => Op::JleRR,
            Op::JltRK => Op::JnltRK,
            Op::JnltRK => Op::JltRK,
            Op::JleRK => Op::JnleRK,
            Op::JnleRK => Op::JleRK,
            Op::JltKR => Op::JnltKR,
            Op::JnltKR => Op::JltKR,
            Op::JleKR => Op::JnleKR,
            Op::JnleKR => Op::JleKR,
            Op::JeqRR => Op::JneRR,
            Op::JneRR => Op::JeqRR,
            Op::JeqRK => Op::JneRK,
            Op::JneRK => Op::JeqRK,
            Op::JeqRP => Op::JneRP,
            Op::JneRP => Op::JeqRP,
            other => unreachable!("{} is no comparison", other.name()),
        };
        self.set_instr(pc, Instr(i.0 & !0xFF | op as u32));
    }

    // ---- constants -------------------------------------------------------------------------

    /// The index of a string constant.
    pub(super) fn string_constant(&mut self, symbol: Symbol) -> u32 {
        let (serial, index) = self.symbol_constants[symbol.index()];
        if serial == self.serial {
            return index;
        }
        let index = self.out.constants.len() as u32;
        self.out.constants.push(Constant::String(symbol));
        self.symbol_constants[symbol.index()] = (self.serial, index);
        index
    }

    /// The number that a function gets when it names `number`: all its zeros have the sign of the first one, because 0 and -0 are one
    /// key of the table in which PUC Lua looks its constants up (`addk` in `lcode.c`).
    pub(super) fn as_constant(&mut self, number: f64) -> f64 {
        if number == 0.0 { *self.zero.get_or_insert(number) } else { number }
    }

    /// The index of a number constant.
    pub(super) fn number_constant(&mut self, number: f64) -> u32 {
        let number = self.as_constant(number);
        let next = self.out.constants.len() as u32;
        let index = *self.number_constants.entry(number.to_bits()).or_insert(next);
        if index == next {
            self.out.constants.push(Constant::Number(number));
        }
        index
    }
}
