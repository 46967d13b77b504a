//! The text form of a trace, out. [`super::parse`] reads it back.
//!
//! | text | means |
//! |---|---|
//! | `%7` | value of instruction 7 |
//! | `1.5` `inf` `nan` | double |
//! | `+3` `-3` | integer |
//! | `nil` `true` `false` | themselves |
//! | `tab:0x10` `ptr:0x10` | object, address |
//! | `shape:4` | shape number |
//! | `#2` `@2` | stack slot, literal |
//! | `!2` | leaves by snapshot 2 |
//! | `sunk` | done by exits only |

use std::fmt;

use super::op::{Op, Operand, Res};
use super::trace::{Const, ExitKind, IrRef, SnapEntry, SnapId, Tail, Trace};
use super::ty::Ty;

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for index in 0..self.instrs.len() {
            self.fmt_instr(f, index)?;
        }
        for id in (0..self.snaps.len()).map(|index| SnapId(index as u16)) {
            let snap = self.snap(id);
            write!(f, "snap {} {} pc {} base {} ", id.0, snap.kind.name(), snap.pc, snap.base)?;
            self.fmt_entries(f, id)?;
        }
        match self.tail {
            Tail::Open => Ok(()),
            Tail::Again(snap) => writeln!(f, "tail again !{}", snap.0),
            Tail::Loop => writeln!(f, "tail loop"),
            Tail::Link(trace, snap) => writeln!(f, "tail link {} !{}", trace.0, snap.0),
            Tail::Leave(snap) => writeln!(f, "tail leave !{}", snap.0),
        }
    }
}

impl ExitKind {
    pub const ALL: [ExitKind; 5] =
        [ExitKind::Guard, ExitKind::Branch, ExitKind::Start, ExitKind::Interrupt, ExitKind::Leave];

    pub const fn name(self) -> &'static str {
        match self {
            ExitKind::Guard => "guard",
            ExitKind::Branch => "branch",
            ExitKind::Start => "start",
            ExitKind::Interrupt => "interrupt",
            ExitKind::Leave => "leave",
        }
    }
}

impl Trace {
    fn fmt_instr(&self, f: &mut fmt::Formatter<'_>, index: usize) -> fmt::Result {
        let instr = self.instrs[index];
        write!(f, "%{index} {}", instr.op.name())?;
        if matches!(instr.op.result(), Res::Arith | Res::Poly) {
            write!(f, ".{}", instr.ty)?;
        }
        if let Some(args) = instr.list() {
            let callee = if instr.op == Op::Call { instr.call().1.name() } else { "" };
            write!(f, " {callee}(")?;
            for (nth, arg) in self.args(args).iter().enumerate() {
                write!(f, "{}{}", if nth == 0 { "" } else { ", " }, self.text(*arg))?;
            }
            f.write_str(")")?;
        } else {
            let mut sep = " ";
            for (kind, field) in instr.op.operands().into_iter().zip([instr.a, instr.b]) {
                match kind {
                    Operand::No => continue,
                    Operand::Lit => write!(f, "{sep}@{}", field.raw())?,
                    Operand::Slot => write!(f, "{sep}#{}", field.raw() as i32)?,
                    _ => write!(f, "{sep}{}", self.text(field))?,
                }
                sep = ", ";
            }
        }
        if instr.snap != SnapId::NONE {
            write!(f, " !{}", instr.snap.0)?;
        }
        if self.is_sunk(IrRef::instr(index)) {
            f.write_str(" sunk")?;
        }
        writeln!(f)
    }

    fn fmt_entries(&self, f: &mut fmt::Formatter<'_>, id: SnapId) -> fmt::Result {
        f.write_str("{")?;
        for (nth, entry) in self.snap_entries(id).iter().enumerate() {
            let separator = if nth == 0 { "" } else { "," };
            match entry.slot {
                SnapEntry::TOP => write!(f, "{separator} top: {}", self.text(entry.val))?,
                slot => write!(f, "{separator} #{slot}: {}", self.text(entry.val))?,
            }
        }
        f.write_str(" }\n")
    }

    /// The text of one value.
    pub fn text(&self, r: IrRef) -> String {
        match self.const_of(r) {
            Some(k) => k.to_string(),
            None => format!("{r:?}"),
        }
    }
}

impl fmt::Display for Const {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ty {
            Ty::Num if f64::from_bits(self.bits).is_nan() => f.write_str("nan"),
            Ty::Num => write!(f, "{:?}", f64::from_bits(self.bits)),
            Ty::Int => write!(f, "{:+}", self.bits as i64),
            Ty::Nil | Ty::False | Ty::True => f.write_str(self.ty.name()),
            Ty::Shape => write!(f, "shape:{}", self.bits),
            Ty::None | Ty::Any | Ty::Str | Ty::Tab | Ty::Func | Ty::Udata | Ty::Thread | Ty::Ptr => {
                write!(f, "{}:{:#x}", self.ty, self.bits)
            }
        }
    }
}
