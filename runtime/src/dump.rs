//! Binary chunks: functions as bytes, for `string.dump` and `load`.
//!
//! ```text
//!   chunk     ESC "FLua" | version u8 | fingerprint of the instruction set u32 | function
//!   function  chunk name? | lines u32 x 2 | parameters, frame size, flags u8 | code | constants | templates | upvalues
//!             | nested functions | lines, as runs | locals | upvalue names
//! ```
//!
//! All numbers are little-endian; counts and lengths are `u32`. The same function always gives the same bytes:
//! caches and hot counters are written empty, quickened instructions as what they were. A chunk is loaded only by
//! a build with the same instruction set, and only if [`verify_function`] finds nothing wrong: what comes from
//! outside is not trusted.
//!
//! The format is ours; PUC Lua's chunks are refused by their signature.

use crate::bytecode::{ExtraWord, Op, instructions, verify_function};
use crate::load::CompileError;
use crate::object::LuaString;
use crate::proto::{LocalInfo, Proto, ProtoParts, Template, UpvalueDesc, UpvalueSource};
use crate::{Value, Vm};

/// What every binary chunk starts with; the first byte alone tells it from source text.
pub const SIGNATURE: &[u8] = b"\x1bFLua";

const VERSION: u8 = 1;

/// A string that is absent.
const NONE: u32 = u32::MAX;

/// How deep functions may be nested.
const MAX_DEPTH: u32 = 200;

/// A number that changes when the instruction set does: FNV-1a of the names, the words and the operand kinds.
fn fingerprint() -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    let mut add = |byte: u8| hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    for op in Op::ALL {
        op.name().bytes().for_each(&mut add);
        add(op.words() as u8);
        op.operands().into_iter().for_each(|kind| add(kind as u8));
    }
    hash
}

/// Kinds of constants.
mod constant {
    pub const NIL: u8 = 0;
    pub const FALSE: u8 = 1;
    pub const TRUE: u8 = 2;
    pub const NUMBER: u8 = 3;
    pub const STRING: u8 = 4;
}

/// Bits of a function's flags.
mod flag {
    pub const VARARG: u8 = 1;
    pub const NEEDS_ARG: u8 = 2;
}

/// The chunk of a function. With `strip` lines and the names of variables are left out.
pub fn dump(proto: &Proto, strip: bool) -> Vec<u8> {
    let mut w = Writer { bytes: SIGNATURE.to_vec(), strip };
    w.u8(VERSION);
    w.u32(fingerprint());
    w.function(proto, std::ptr::null());
    w.bytes
}

struct Writer {
    bytes: Vec<u8>,
    strip: bool,
}

impl Writer {
    fn u8(&mut self, n: u8) {
        self.bytes.push(n);
    }

    fn u32(&mut self, n: u32) {
        self.bytes.extend(n.to_le_bytes());
    }

    fn count(&mut self, n: usize) {
        self.u32(n as u32);
    }

    fn string(&mut self, s: *const LuaString) {
        if s.is_null() {
            return self.u32(NONE);
        }
        // SAFETY: the strings of a live prototype are live.
        let content = unsafe { LuaString::bytes_of(s) };
        self.count(content.len());
        self.bytes.extend_from_slice(content);
    }

    fn function(&mut self, proto: &Proto, enclosing_name: *const LuaString) {
        let name: *const LuaString = proto.chunk_name;
        self.string(if name == enclosing_name { std::ptr::null() } else { name });
        self.u32(proto.line_defined);
        self.u32(proto.last_line_defined);
        self.u8(proto.num_params);
        self.u8(proto.frame_size);
        let vararg = if proto.is_vararg { flag::VARARG } else { 0 };
        self.u8(vararg | if proto.needs_arg { flag::NEEDS_ARG } else { 0 });
        self.code(proto);
        self.count(proto.constants().len());
        proto.constants().iter().for_each(|&v| self.constant(v));
        self.count(proto.templates.len());
        for template in &proto.templates {
            self.count(template.keys.len());
            template.keys.iter().for_each(|&k| self.u32(k));
        }
        self.count(proto.upvalues.len());
        for u in &proto.upvalues {
            let (kind, index) = match u.source {
                UpvalueSource::Local(r) => (0, r),
                UpvalueSource::Upvalue(n) => (1, n),
                UpvalueSource::Itself => (2, 0),
            };
            self.bytes.extend([kind, index, u.by_value.into()]);
        }
        self.count(proto.protos.len());
        for &nested in &proto.protos {
            // SAFETY: a prototype's nested prototypes live as long as it does.
            self.function(unsafe { &*nested }, name);
        }
        self.debug_information(proto);
    }

    /// The code as the compiler emitted it.
    fn code(&mut self, proto: &Proto) {
        self.count(proto.code().len());
        for at in instructions(proto.code()) {
            self.u32(at.instr.with_op(at.op.plain()).marked(false).0);
            for (&word, kind) in at.extra.iter().zip(at.op.extra_kinds()) {
                self.u32(if matches!(kind, ExtraWord::Cache | ExtraWord::Counter) { 0 } else { word });
            }
        }
    }

    fn constant(&mut self, v: Value) {
        if let Some(n) = v.as_number() {
            self.u8(constant::NUMBER);
            self.bytes.extend(n.to_le_bytes());
        } else if let Some(s) = v.as_string() {
            self.u8(constant::STRING);
            self.string(s.as_ptr());
        } else if v.is_nil() {
            self.u8(constant::NIL);
        } else {
            self.u8(if v.is_truthy() { constant::TRUE } else { constant::FALSE });
        }
    }

    fn debug_information(&mut self, proto: &Proto) {
        if self.strip {
            return (0..3).for_each(|_| self.count(0));
        }
        let runs: Vec<&[u32]> = proto.lines.chunk_by(|a, b| a == b).collect();
        self.count(runs.len());
        for run in runs {
            self.count(run.len());
            self.u32(run[0]);
        }
        self.count(proto.locals.len());
        for l in &proto.locals {
            self.string(l.name);
            self.u8(l.register);
            self.u32(l.start_pc);
            self.u32(l.end_pc);
        }
        self.count(proto.upvalue_names.len());
        proto.upvalue_names.iter().for_each(|&name| self.string(name));
    }
}

/// Why a chunk could not be loaded; the texts are PUC Lua's.
enum Fault {
    Header,
    End,
    Code,
    Constant,
    Memory,
}

impl From<crate::OutOfMemory> for Fault {
    fn from(_: crate::OutOfMemory) -> Fault {
        Fault::Memory
    }
}

/// Makes a prototype of a binary chunk that is called `chunk_name`.
///
/// # Errors
///
/// A message that ends in `in precompiled chunk` if the bytes are no chunk of this build, are cut off or break a
/// rule of the verifier; `Memory`.
pub fn undump(vm: &mut Vm, chunk: &[u8], chunk_name: &[u8]) -> Result<*mut Proto, CompileError> {
    let what = match read(vm, chunk) {
        Ok(proto) => return Ok(proto),
        Err(Fault::Memory) => return Err(CompileError::Memory),
        Err(Fault::Header) => "bad header",
        Err(Fault::End) => "unexpected end",
        Err(Fault::Code) => "bad code",
        Err(Fault::Constant) => "bad constant",
    };
    let name = match chunk_name.first() {
        Some(b'@' | b'=') => &chunk_name[1..],
        Some(0x1b) => b"binary string",
        _ => chunk_name,
    };
    let message = [name, b": ", what.as_bytes(), b" in precompiled chunk"].concat();
    Err(CompileError::Syntax { message, at_eof: false })
}

fn read(vm: &mut Vm, chunk: &[u8]) -> Result<*mut Proto, Fault> {
    let mut r = Reader { rest: chunk, depth: 0 };
    if r.take(SIGNATURE.len())? != SIGNATURE || r.u8()? != VERSION || r.u32()? != fingerprint() {
        return Err(Fault::Header);
    }
    r.function(vm, std::ptr::null_mut())
}

struct Reader<'a> {
    rest: &'a [u8],
    depth: u32,
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(Fault::End)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        Ok(self.take(N)?.try_into().expect("as many bytes as were taken"))
    }

    fn u8(&mut self) -> Result<u8, Fault> {
        Ok(self.array::<1>()?[0])
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_le_bytes)
    }

    /// `n` things, `n` coming first, each made by `read`. Damaged counts end with the bytes, before much is allocated.
    fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
        let n = self.u32()? as usize;
        let mut list = Vec::with_capacity(n.min(self.rest.len()));
        for _ in 0..n {
            list.push(read(self)?);
        }
        Ok(list)
    }

    fn string(&mut self, vm: &mut Vm) -> Result<*mut LuaString, Fault> {
        match self.u32()? {
            NONE => Ok(std::ptr::null_mut()),
            len => {
                let content = self.take(len as usize)?;
                Ok(vm.intern(content)?.as_ptr())
            }
        }
    }

    fn constant(&mut self, vm: &mut Vm) -> Result<Value, Fault> {
        Ok(match self.u8()? {
            constant::NIL => Value::NIL,
            constant::FALSE => Value::FALSE,
            constant::TRUE => Value::TRUE,
            constant::NUMBER => Value::number(f64::from_le_bytes(self.array()?)),
            constant::STRING => {
                let s = self.string(vm)?;
                // SAFETY: null, or a string made just now.
                Value::string(unsafe { crate::object::Gc::from_nullable(s) }.ok_or(Fault::Constant)?)
            }
            _ => return Err(Fault::Constant),
        })
    }

    fn function(&mut self, vm: &mut Vm, enclosing_name: *mut LuaString) -> Result<*mut Proto, Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Fault::Code);
        }
        let mut chunk_name = self.string(vm)?;
        if chunk_name.is_null() {
            chunk_name = enclosing_name;
        }
        if chunk_name.is_null() {
            chunk_name = vm.intern(b"=?")?.as_ptr();
        }
        let (line_defined, last_line_defined) = (self.u32()?, self.u32()?);
        let (num_params, frame_size, flags) = (self.u8()?, self.u8()?, self.u8()?);
        let code = self.list(Self::u32)?;
        let constants = self.list(|r| r.constant(vm))?;
        let templates = self.list(|r| Ok(Template { keys: r.list(Self::u32)?.into() }))?;
        let upvalues = self.list(Self::upvalue)?;
        let protos = self.list(|r| r.function(vm, chunk_name))?;
        let lines = self.lines(code.len())?;
        let locals = self.list(|r| r.local(vm))?;
        let upvalue_names = self.list(|r| r.string(vm))?;
        self.depth -= 1;
        let proto = Proto::new(ProtoParts {
            code,
            constants,
            upvalues,
            protos,
            templates,
            frame_size,
            num_params,
            is_vararg: flags & flag::VARARG != 0,
            needs_arg: flags & flag::NEEDS_ARG != 0,
            lines,
            locals,
            upvalue_names,
            chunk_name,
            line_defined,
            last_line_defined,
        });
        // Checked before the state has it, for a state looks into all of its prototypes. Those nested in one that is
        // refused die at the next collection.
        verify_function(&proto).map_err(|_| Fault::Code)?;
        Ok(vm.add_proto(proto)?)
    }

    fn upvalue(&mut self) -> Result<UpvalueDesc, Fault> {
        let [kind, index, by_value] = self.array()?;
        let source = match kind {
            0 => UpvalueSource::Local(index),
            1 => UpvalueSource::Upvalue(index),
            2 => UpvalueSource::Itself,
            _ => return Err(Fault::Code),
        };
        Ok(UpvalueDesc { source, by_value: by_value != 0 })
    }

    /// One line for each of `words`; zero where the chunk says nothing.
    fn lines(&mut self, words: usize) -> Result<Vec<u32>, Fault> {
        let runs = self.list(|r| Ok((r.u32()?, r.u32()?)))?;
        let mut lines = Vec::with_capacity(words);
        for (count, line) in runs {
            if count as usize > words - lines.len() {
                return Err(Fault::Code);
            }
            lines.extend(std::iter::repeat_n(line, count as usize));
        }
        lines.resize(words, 0);
        Ok(lines)
    }

    fn local(&mut self, vm: &mut Vm) -> Result<LocalInfo, Fault> {
        let name = self.string(vm)?;
        let register = self.u8()?;
        Ok(LocalInfo { name, register, start_pc: self.u32()?, end_pc: self.u32()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::Instr;
    use crate::vm::Options;

    fn word(op: Op, a: u8, b: u8, c: u8) -> u32 {
        Instr::abc(op, a, b, c).0
    }

    /// `function(x) local y = x.name; return y + 1.5, function() return y end end`, whose cache has been filled.
    fn sample(vm: &mut Vm) -> *mut Proto {
        let [name, x, y, chunk] = ["name", "x", "y", "@test.lua"].map(|s| vm.intern(s.as_bytes()).unwrap());
        let local = |name: crate::object::Gc<LuaString>, register, start_pc| LocalInfo {
            name: name.as_ptr(),
            register,
            start_pc,
            end_pc: 15,
        };
        let inner = ProtoParts {
            code: vec![word(Op::Func, 1, 0, 0), 0, word(Op::GetUpvalV, 0, 0, 0), word(Op::Return1, 0, 0, 0)],
            constants: vec![],
            upvalues: vec![UpvalueDesc { source: UpvalueSource::Local(1), by_value: true }],
            protos: vec![],
            templates: vec![],
            frame_size: 1,
            num_params: 0,
            is_vararg: false,
            needs_arg: false,
            lines: vec![3; 4],
            locals: vec![],
            upvalue_names: vec![y.as_ptr()],
            chunk_name: chunk.as_ptr(),
            line_defined: 3,
            last_line_defined: 3,
        };
        let inner = vm.add_proto(Proto::new(inner)).unwrap();
        let mut code = vec![word(Op::Func, 4, 1, 0), 77, word(Op::GetFieldProto, 1, 0, 0)];
        code.extend([0, 11, 12, 13, 14, 15]);
        code.extend([word(Op::AddRK, 2, 1, 1), word(Op::Closure, 3, 0, 0), word(Op::Return, 2, 3, 0)]);
        vm.add_proto(Proto::new(ProtoParts {
            lines: [vec![1; 2], vec![2; 7], vec![3; 3]].concat(),
            code,
            constants: vec![Value::string(name), Value::number(1.5), Value::TRUE],
            upvalues: vec![],
            protos: vec![inner],
            templates: vec![Template { keys: [0].into() }],
            frame_size: 4,
            num_params: 1,
            is_vararg: false,
            needs_arg: false,
            locals: vec![local(x, 0, 2), local(y, 1, 9)]
                .into_iter()
                .map(|l| LocalInfo { end_pc: 12, ..l })
                .collect(),
            upvalue_names: vec![],
            chunk_name: chunk.as_ptr(),
            line_defined: 1,
            last_line_defined: 4,
        }))
        .unwrap()
    }

    fn message(vm: &mut Vm, chunk: &[u8]) -> String {
        match undump(vm, chunk, b"=x") {
            Err(CompileError::Syntax { message, .. }) => String::from_utf8(message).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_dumped_comes_back() {
        let mut vm = Vm::new(Options::default()).unwrap();
        // SAFETY: no collection happens here, so prototypes stay alive.
        let original = unsafe { &*sample(&mut vm) };
        for strip in [false, true] {
            let chunk = dump(original, strip);
            // SAFETY: as above.
            let copy = unsafe { &*undump(&mut vm, &chunk, b"=x").unwrap() };
            assert_eq!(dump(copy, strip), chunk, "the same bytes again");
            assert_eq!(copy.locals.len(), if strip { 0 } else { 2 });
            assert_eq!(copy.lines[9], if strip { 0 } else { 3 });
        }
        let list = crate::bytecode::list(original);
        let plain =
            list.replace("GetFieldProto", "GetField  ").replace("cache 11 12 13 14 15", "cache 0 0 0 0 0");
        let chunk = dump(original, false);
        // SAFETY: as above.
        let copy = unsafe { &*undump(&mut vm, &chunk, b"=x").unwrap() };
        assert_eq!(crate::bytecode::list(copy), plain.replace("counter 77", "counter 0"));
    }

    #[test]
    fn damaged_chunks_are_refused() {
        let mut vm = Vm::new(Options::default()).unwrap();
        // SAFETY: no collection happens here, so prototypes stay alive.
        let chunk = dump(unsafe { &*sample(&mut vm) }, false);
        assert_eq!(message(&mut vm, b"\x1bLua"), "x: unexpected end in precompiled chunk");
        assert_eq!(message(&mut vm, b"\x1bLuaQ and more"), "x: bad header in precompiled chunk");
        for end in 0..chunk.len() {
            message(&mut vm, &chunk[..end]);
        }
        // Any one byte changed gives a function or a message, and never worse.
        for at in 0..chunk.len() {
            let mut damaged = chunk.clone();
            damaged[at] ^= 0x55;
            let _ = undump(&mut vm, &damaged, b"=x");
        }
    }
}
