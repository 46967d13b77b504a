//! Arithmetic on doubles, integers and bits, and the conversion between them.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::body::{Body, Emitted};
use crate::ir::{Helper, Instr, Op, SnapId, Ty};
use crate::opt::exact_reciprocal;

impl Body<'_, '_> {
    pub fn arith(&mut self, instr: Instr) -> Emitted<Value> {
        let int = instr.ty == Ty::Int;
        let a = self.val(instr.a)?;
        match instr.op {
            Op::Neg => return Ok(if int { self.builder.ins().ineg(a) } else { self.builder.ins().fneg(a) }),
            Op::Abs => return Ok(if int { self.builder.ins().iabs(a) } else { self.builder.ins().fabs(a) }),
            Op::Mod if int => {
                let divisor = self.trace.int_of(instr.b).expect("verified");
                return Ok(self.int_mod(a, divisor));
            }
            _ => {}
        }
        let b = self.val(instr.b)?;
        let ins = self.builder.ins();
        Ok(match instr.op {
            Op::Add if int => ins.iadd(a, b),
            Op::Add => ins.fadd(a, b),
            Op::Sub if int => ins.isub(a, b),
            Op::Sub => ins.fsub(a, b),
            Op::Mul if int => ins.imul(a, b),
            Op::Mul => ins.fmul(a, b),
            Op::Div => ins.fdiv(a, b),
            Op::Min if int => ins.smin(a, b),
            Op::Max if int => ins.smax(a, b),
            Op::Min => {
                let less = ins.fcmp(FloatCC::LessThan, b, a);
                self.builder.ins().select(less, b, a)
            }
            Op::Max => {
                let less = ins.fcmp(FloatCC::LessThan, a, b);
                self.builder.ins().select(less, b, a)
            }
            Op::Mod => {
                // By a power of two a product gives the same, sooner.
                let reciprocal = self.trace.num_of(instr.b).and_then(exact_reciprocal);
                let quotient = match reciprocal {
                    Some(reciprocal) => {
                        let reciprocal = self.builder.ins().f64const(reciprocal);
                        self.builder.ins().fmul(a, reciprocal)
                    }
                    None => ins.fdiv(a, b),
                };
                let quotient = self.round(Op::Floor, quotient)?;
                let product = self.builder.ins().fmul(quotient, b);
                self.builder.ins().fsub(a, product)
            }
            op => unreachable!("{} is not arithmetic", op.name()),
        })
    }

    /// `a` modulo a positive constant of 32 bits, floored, for `|a| <= 2^53`.
    ///
    /// A multiple of `d` makes `a` positive and less than `2^55`. The quotient then is the high part of a product: with
    /// `2^(l-1) < d <= 2^l` and `m = floor(2^(62+l) / d) + 1`, which fits 64 bits, `floor(a * m / 2^(62+l))` is `floor(a / d)`.
    /// (Hacker's Delight, 10: `m` is at most `d` parts in `2^(62+l)` too great, so that the product is too great by less than
    /// `a / 2^(62+l) < 1 / d`.)
    fn int_mod(&mut self, a: Value, divisor: i64) -> Value {
        if divisor & (divisor - 1) == 0 {
            return self.builder.ins().band_imm_s(a, divisor - 1);
        }
        let bits = 64 - (divisor - 1).leading_zeros();
        let above = i64::from(bits) - 2;
        let multiplier = ((1u128 << (64 + above)) / divisor as u128 + 1) as u64;
        let offset = self.int_const((1u64 << 53).next_multiple_of(divisor as u64));
        let a = self.builder.ins().iadd(a, offset);
        let multiplier = self.int_const(multiplier);
        let high = self.builder.ins().umulhi(a, multiplier);
        let quotient = self.builder.ins().ushr_imm_s(high, above);
        let multiple = self.builder.ins().imul_imm_s(quotient, divisor);
        self.builder.ins().isub(a, multiple)
    }

    pub fn round(&mut self, op: Op, a: Value) -> Emitted<Value> {
        match (op, self.rounds) {
            (Op::Floor, true) => Ok(self.builder.ins().floor(a)),
            (_, true) => Ok(self.builder.ins().ceil(a)),
            (op, false) => {
                let helper = if op == Op::Floor { Helper::Floor } else { Helper::Ceil };
                Ok(self.call_helper(helper, &[a])?.expect("rounding gives a number"))
            }
        }
    }

    pub fn checked_arith(&mut self, instr: Instr) -> Emitted<Value> {
        let (a, b) = self.vals(instr)?;
        let ins = self.builder.ins();
        // Operands fit 32 bits, so that the 64-bit result is exact.
        let result = match instr.op {
            Op::AddOv => ins.iadd(a, b),
            Op::SubOv => ins.isub(a, b),
            _ => ins.imul(a, b),
        };
        self.guard_fits_32(result, instr.snap)?;
        Ok(result)
    }

    pub fn guard_fits_32(&mut self, value: Value, snap: SnapId) -> Emitted<()> {
        let low = self.sign_extended(value);
        let same = self.builder.ins().icmp(IntCC::Equal, low, value);
        self.guard(same, snap);
        Ok(())
    }

    /// The low 32 bits, signed.
    fn sign_extended(&mut self, value: Value) -> Value {
        let low = self.builder.ins().ireduce(types::I32, value);
        self.builder.ins().sextend(types::I64, low)
    }

    pub fn bits_op(&mut self, instr: Instr) -> Emitted<Value> {
        let a = self.val(instr.a)?;
        match instr.op {
            Op::ToBit => {
                let low = self.low_bits(a);
                return Ok(self.builder.ins().sextend(types::I64, low));
            }
            Op::IntToBit => return Ok(self.sign_extended(a)),
            Op::BNot => return Ok(self.builder.ins().bnot(a)),
            Op::BSwap => {
                let low = self.builder.ins().ireduce(types::I32, a);
                let swapped = self.builder.ins().bswap(low);
                return Ok(self.builder.ins().sextend(types::I64, swapped));
            }
            _ => {}
        }
        let b = self.val(instr.b)?;
        // Operands and results are sign-extended, and these keep them so.
        match instr.op {
            Op::BAnd => return Ok(self.builder.ins().band(a, b)),
            Op::BOr => return Ok(self.builder.ins().bor(a, b)),
            Op::BXor => return Ok(self.builder.ins().bxor(a, b)),
            _ => {}
        }
        let a = self.builder.ins().ireduce(types::I32, a);
        let b = self.builder.ins().ireduce(types::I32, b);
        let ins = self.builder.ins();
        // CLIF takes shift counts modulo the width, as the `bit` library does.
        let result = match instr.op {
            Op::Shl => ins.ishl(a, b),
            Op::Shr => ins.ushr(a, b),
            Op::Sar => ins.sshr(a, b),
            Op::Rol => ins.rotl(a, b),
            _ => ins.rotr(a, b),
        };
        Ok(self.builder.ins().sextend(types::I64, result))
    }

    /// The integer modulo 2^32 of a double below 2^51: adding 1.5 * 2^52 moves it to the low bits.
    pub fn low_bits(&mut self, num: Value) -> Value {
        let magic = self.builder.ins().f64const(6_755_399_441_055_744.0);
        let sum = self.builder.ins().fadd(num, magic);
        let bits = self.bitcast(types::I64, sum);
        self.builder.ins().ireduce(types::I32, bits)
    }

    pub fn num_to_int(&mut self, instr: Instr) -> Emitted<Value> {
        let num = self.val(instr.a)?;
        // x86-64 has no saturating conversion, and CLIF no other; the addition is as fast.
        let low = if self.is_x64 {
            self.low_bits(num)
        } else {
            self.builder.ins().fcvt_to_sint_sat(types::I32, num)
        };
        // Compare bits: that refuses fractions, NaN, numbers out of range and -0 at once.
        let back = self.builder.ins().fcvt_from_sint(types::F64, low);
        let back = self.bitcast(types::I64, back);
        let bits = self.bitcast(types::I64, num);
        let exact = self.builder.ins().icmp(IntCC::Equal, back, bits);
        self.guard(exact, instr.snap);
        Ok(self.builder.ins().sextend(types::I64, low))
    }
}
