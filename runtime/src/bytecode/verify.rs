//! The verifier: whether code from outside keeps the rules that the interpreter relies on.
//!
//! The interpreter and native code check nothing of what the compiler guarantees, so a binary chunk is run only after it
//! passed here. Checked are the prototype's own shape, each instruction by itself, and how instructions follow one
//! another:
//!
//! 1. Word 0 is a header that agrees with the prototype; the last instruction does not fall through.
//! 2. Every register, constant, upvalue, template and prototype that is named exists and is of the right kind.
//! 3. Jumps lead to instructions, never to the header; only loop instructions lead back, so that every loop is one
//!    that counts and can be interrupted.
//! 4. "Up to the end of the multiple results" stands directly behind what sets that end, and nothing jumps between.
//! 5. The instructions of a `for` loop come in their set, loops nest, nothing jumps into one, and a loop's body leaves
//!    the loop's hidden registers alone.
//! 6. A variable captured by cell is closed on every way out of the function.
//! 7. What a list of elements is put into has just been made by a constructor.
//! 8. Caches are empty, and instructions that only the running system writes do not occur.
//!
//! Not checked is that registers are written before they are read: the collector keeps every slot of a stack a
//! valid value, so an early read gives some value and no worse.

mod flow;

use super::words::{At, ExtraWord, instructions};
use super::{Flow, MAX_REGISTERS, Op, Operand, list::field};
use crate::proto::{Proto, UpvalueSource};

/// Which rule a prototype breaks, and at which word of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defect {
    pub rule: &'static str,
    pub word: usize,
}

/// Checks a prototype and those nested in it.
///
/// # Errors
///
/// The first [`Defect`] found.
pub fn verify(proto: &Proto) -> Result<(), Defect> {
    verify_function(proto)?;
    for &nested in &proto.protos {
        // SAFETY: a prototype's nested prototypes live as long as it does.
        verify(unsafe { &*nested })?;
    }
    Ok(())
}

/// Checks a prototype whose nested ones have been checked.
///
/// # Errors
///
/// The first [`Defect`] found.
pub fn verify_function(proto: &Proto) -> Result<(), Defect> {
    let code: Vec<At> = instructions(proto.code()).collect();
    check_shape(proto, &code)?;
    for at in &code {
        demand(!at.instr.is_marked(), "no instruction is marked", at.word)?;
        check_operands(proto, at)?;
        check_extra_words(proto, at)?;
        check_ranges(proto, at)?;
    }
    let jumps = Jumps::check(proto, &code)?;
    check_multiple_results(&code, &jumps)?;
    flow::check_loops(&code, &jumps)?;
    flow::check_cells(proto, &code)?;
    flow::check_lists(&code)
}

/// `Err` with `rule` unless `holds`.
fn demand(holds: bool, rule: &'static str, word: usize) -> Result<(), Defect> {
    if holds { Ok(()) } else { Err(Defect { rule, word }) }
}

/// What concerns the prototype as a whole.
fn check_shape(proto: &Proto, code: &[At]) -> Result<(), Defect> {
    let size = usize::from(proto.frame_size);
    let words = proto.code().len();
    let end = code.last().map_or(0, At::end);
    demand(end == words, "the code consists of whole instructions", end)?;
    demand(proto.lines.len() == words, "each word has a line", 0)?;
    demand((1..=MAX_REGISTERS).contains(&size), "the frame size is in range", 0)?;
    let hidden = usize::from(proto.is_vararg);
    demand(usize::from(proto.num_params) + hidden <= size, "the parameters fit the frame", 0)?;
    demand(proto.is_vararg || !proto.needs_arg, "only a vararg function has `arg`", 0)?;
    let (Some(first), Some(last)) = (code.first(), code.last()) else {
        return demand(false, "there is code", 0);
    };
    let header = if proto.is_vararg { Op::FuncV } else { Op::Func };
    demand(first.op == header, "the first instruction is the right header", 0)?;
    demand(
        first.instr.a() == size && first.instr.b() == usize::from(proto.num_params),
        "the header agrees with the prototype",
        0,
    )?;
    demand(last.op.flow() == Flow::Exit, "the last instruction does not fall through", last.word)?;
    for l in &proto.locals {
        let word = l.start_pc as usize;
        let sane = !l.name.is_null() && usize::from(l.register) < size;
        demand(sane && l.start_pc <= l.end_pc && l.end_pc as usize <= words, "a local is sane", word)?;
    }
    let names = proto.upvalue_names.len();
    demand(names == 0 || names == proto.upvalues.len(), "all upvalues have names or none", 0)?;
    demand(proto.upvalues.len() <= 255, "there are at most 255 upvalues", 0)?;
    for template in &proto.templates {
        let mut keys = template.keys.to_vec();
        demand(keys.iter().all(|&k| is_key(proto, k)), "a template's keys are interned strings", 0)?;
        keys.sort_by_key(|&k| proto.constants()[k as usize].to_bits());
        let bits = |k: u32| proto.constants()[k as usize];
        demand(keys.windows(2).all(|w| bits(w[0]) != bits(w[1])), "a template's keys are distinct", 0)?;
    }
    proto.protos.iter().try_for_each(|&nested| check_captures(proto, nested))
}

/// That what a nested function captures exists.
fn check_captures(proto: &Proto, nested: *mut Proto) -> Result<(), Defect> {
    demand(!nested.is_null(), "a nested prototype exists", 0)?;
    // SAFETY: a prototype's nested prototypes live as long as it does.
    let nested = unsafe { &*nested };
    for u in &nested.upvalues {
        let exists = match u.source {
            UpvalueSource::Local(r) => r < proto.frame_size,
            UpvalueSource::Upvalue(n) => {
                proto.upvalues.get(usize::from(n)).is_some_and(|outer| outer.by_value == u.by_value)
            }
            UpvalueSource::Itself => u.by_value,
        };
        demand(exists, "a captured variable exists", 0)?;
    }
    Ok(())
}

fn is_number(proto: &Proto, k: usize) -> bool {
    proto.constants().get(k).is_some_and(|v| v.is_number())
}

fn is_key(proto: &Proto, k: u32) -> bool {
    proto.constants().get(k as usize).and_then(|v| v.as_string()).is_some_and(|s| s.is_interned())
}

/// The operand fields, by their kinds.
fn check_operands(proto: &Proto, at: &At) -> Result<(), Defect> {
    let word = at.word;
    demand(at.op == at.op.plain(), "no instruction is quickened", word)?;
    demand(!at.op.is_landing(), "there are no landings", word)?;
    demand(!is_header(at.op) || word == 0, "there is one header", word)?;
    let size = usize::from(proto.frame_size);
    for (place, kind) in at.op.operands().into_iter().enumerate() {
        // Jumps are the only negative fields besides numbers that are meant literally.
        let n = field(at, place).unwrap_or(0);
        let index = n as usize;
        match kind {
            Operand::Dst | Operand::Reg | Operand::Base | Operand::RegD => {
                demand(index < size, "a register exists", word)?;
            }
            Operand::Num | Operand::NumD => {
                demand(is_number(proto, index), "a number constant is one", word)?
            }
            Operand::ConstD => demand(index < proto.constants().len(), "a constant exists", word)?,
            Operand::ProtoD => demand(index < proto.protos.len(), "a nested prototype exists", word)?,
            Operand::Upv => demand(index < proto.upvalues.len(), "an upvalue exists", word)?,
            Operand::None | Operand::Imm | Operand::ImmD | Operand::SImmD | Operand::Jump => {}
        }
    }
    Ok(())
}

fn is_header(op: Op) -> bool {
    matches!(op, Op::Func | Op::FuncV)
}

/// The extra words, by their kinds. Jumps are looked at later.
fn check_extra_words(proto: &Proto, at: &At) -> Result<(), Defect> {
    let word = at.word;
    for (&value, kind) in at.extra.iter().zip(at.op.extra_kinds()) {
        let index = value as usize;
        match kind {
            ExtraWord::Constant => demand(index < proto.constants().len(), "a constant exists", word)?,
            ExtraWord::Key => demand(is_key(proto, value), "a key is an interned string", word)?,
            ExtraWord::Template => demand(index < proto.templates.len(), "a template exists", word)?,
            ExtraWord::Cache => demand(value == 0, "caches are empty", word)?,
            // No list is longer than what the code could put into it.
            ExtraWord::Size => demand(index <= proto.code().len() * 256, "a table's size is sane", word)?,
            ExtraWord::Jump | ExtraWord::Counter => {}
        }
    }
    Ok(())
}

/// Instructions whose operands stand for more registers than they name, or that fit only some functions.
fn check_ranges(proto: &Proto, at: &At) -> Result<(), Defect> {
    let (a, b, c, d) = (at.instr.a(), at.instr.b(), at.instr.c(), at.instr.d());
    let size = usize::from(proto.frame_size);
    let word = at.word;
    let last_register = |r: usize| demand(r < size, "a range of registers exists", word);
    let in_vararg = |vararg| demand(proto.is_vararg == vararg, "returns and calls fit the function", word);
    let by_value = |n: usize| proto.upvalues[n].by_value;
    match at.op {
        Op::LoadPri | Op::JeqRP | Op::JneRP => demand(d <= 2, "a primitive exists", word),
        Op::LoadNil => demand(a <= d, "a range of registers is in order", word),
        Op::Concat => demand(b < c, "a range of registers is in order", word),
        Op::SelfField => last_register(a + 2),
        Op::GetUpvalV => demand(by_value(d), "an upvalue is captured as its use says", word),
        Op::GetUpval => demand(!by_value(d), "an upvalue is captured as its use says", word),
        Op::SetUpval => demand(!by_value(a), "an upvalue is captured as its use says", word),
        Op::JeqRK | Op::JneRK => {
            let k = proto.constants()[d];
            demand(k.is_number() || k.is_string(), "a constant compared with is a number or string", word)
        }
        Op::NewObject => {
            let keys = proto.templates[at.extra[0] as usize].keys.len();
            demand(keys == d, "a constructor agrees with its template", word)?;
            last_register(a + d)
        }
        Op::SetList => last_register(a + d.saturating_sub(1)),
        Op::Call => {
            last_register(a + b.max(1))?;
            last_register((a + c).saturating_sub(2))
        }
        Op::TailCall | Op::TailCallV => {
            in_vararg(at.op == Op::TailCallV)?;
            last_register(a + b.max(1))
        }
        Op::Vararg => {
            in_vararg(true)?;
            demand(c == usize::from(proto.num_params), "varargs follow the fixed parameters", word)?;
            last_register((a + b).saturating_sub(2))
        }
        Op::MoveUp => last_register(a + 1),
        Op::Return | Op::ReturnV => {
            in_vararg(at.op == Op::ReturnV)?;
            last_register((a + b).saturating_sub(2))
        }
        Op::Return0 | Op::Return1 => in_vararg(false),
        Op::ForPrep | Op::ForLoop | Op::ForLoopUp => last_register(a + 3),
        Op::TForPrep => last_register(a + 2),
        Op::TForCall => {
            demand(a >= 3 && c >= 2, "a generic for has its registers", word)?;
            last_register(a + 3.max(c - 2))
        }
        Op::TForLoop => demand(a >= 3, "a generic for has its registers", word),
        _ => Ok(()),
    }
}

/// Where jumps lead, after they have been found in order.
struct Jumps {
    /// For each word: whether some instruction jumps there.
    target: Vec<bool>,
}

impl Jumps {
    fn check(proto: &Proto, code: &[At]) -> Result<Jumps, Defect> {
        let words = proto.code().len();
        let mut starts = vec![false; words];
        code.iter().skip(1).for_each(|at| starts[at.word] = true);
        let mut target = vec![false; words];
        for at in code {
            let Some(to) = at.target() else { continue };
            let lands = usize::try_from(to).ok().filter(|&to| starts.get(to) == Some(&true));
            let Some(to) = lands else {
                return demand(false, "a jump leads to an instruction", at.word).map(|()| Jumps { target });
            };
            demand(
                (to < at.end()) == at.op.ends_loop(),
                "loop instructions lead back and no others do",
                at.word,
            )?;
            target[to] = true;
        }
        Ok(Jumps { target })
    }
}

/// Rule 4. A tail call of a native function is an ordinary one, whose results the next instruction returns.
fn check_multiple_results(code: &[At], jumps: &Jumps) -> Result<(), Defect> {
    for (i, at) in code.iter().enumerate() {
        let (a, b, d) = (at.instr.a(), at.instr.b(), at.instr.d());
        if let Op::TailCall | Op::TailCallV = at.op {
            let returned = code.get(i + 1).is_some_and(|next| {
                matches!(next.op, Op::Return | Op::ReturnV) && next.instr.a() == a && next.instr.b() == 0
            });
            demand(returned, "a tail call's results are returned", at.word)?;
        }
        // The first register that the instruction takes with the rest.
        let first = match at.op {
            Op::Call | Op::TailCall | Op::TailCallV if b == 0 => a + 2,
            Op::Return | Op::ReturnV if b == 0 => a,
            Op::MoveUp => a,
            Op::SetList if d == 0 => a + 1,
            _ => continue,
        };
        // Variables may be closed between the two.
        let chain = code[..i].iter().rev().take_while(|before| before.op == Op::Close).count();
        let set = i.checked_sub(chain + 1).map(|before| &code[before]).is_some_and(|before| {
            let open = match before.op {
                Op::Call => before.instr.c() == 0,
                Op::Vararg => before.instr.b() == 0,
                Op::TailCall | Op::TailCallV | Op::MoveUp => true,
                _ => false,
            };
            let made = before.instr.a() + usize::from(before.op == Op::MoveUp);
            open && made >= first
        });
        let straight = code[i - chain..=i].iter().all(|between| !jumps.target[between.word]);
        demand(set && straight, "multiple results follow what makes them", at.word)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;
    use crate::bytecode::{Instr, test_proto};

    const HEADER: [u32; 2] = [Instr::abc(Op::Func, 3, 1, 0).0, 0];

    fn word(op: Op, a: u8, b: u8, c: u8) -> u32 {
        Instr::abc(op, a, b, c).0
    }

    /// Checks a function of three registers and one parameter: `Ok`, or the rule that `body` breaks.
    fn check(body: &[u32]) -> Result<(), &'static str> {
        let p = test_proto([&HEADER[..], body].concat(), vec![Value::number(1.5), Value::TRUE]);
        verify(&p).map_err(|d| d.rule)
    }

    const RETURN: u32 = word_const(Op::Return0);

    const fn word_const(op: Op) -> u32 {
        Instr::abc(op, 0, 0, 0).0
    }

    #[test]
    fn plain_code_passes() {
        assert_eq!(check(&[word(Op::AddRK, 1, 0, 0), word(Op::Return1, 1, 0, 0)]), Ok(()));
        // while R0 do end
        let back = Instr::jump(Op::JmpBack, -4).unwrap().0;
        assert_eq!(check(&[word(Op::Jf, 0, 0, 0), 2, back, 0, RETURN]), Ok(()));
        // return R0(R2...)
        assert_eq!(check(&[word(Op::Call, 0, 1, 0), word(Op::Return, 0, 0, 0)]), Ok(()));
    }

    #[test]
    fn operands_must_exist() {
        assert_eq!(check(&[word(Op::Return1, 3, 0, 0)]), Err("a register exists"));
        assert_eq!(check(&[word(Op::AddRK, 1, 0, 1), RETURN]), Err("a number constant is one"));
        assert_eq!(check(&[word(Op::LoadK, 1, 9, 0), RETURN]), Err("a constant exists"));
        assert_eq!(check(&[word(Op::Closure, 1, 0, 0), RETURN]), Err("a nested prototype exists"));
        assert_eq!(check(&[word(Op::GetUpval, 1, 0, 0), RETURN]), Err("an upvalue exists"));
        assert_eq!(check(&[word(Op::Call, 1, 3, 1), RETURN]), Err("a range of registers exists"));
        assert_eq!(check(&[word(Op::Call, 2, 1, 1), RETURN]), Err("a range of registers exists"));
        assert_eq!(check(&[word(Op::LoadPri, 2, 3, 0), RETURN]), Err("a primitive exists"));
    }

    #[test]
    fn control_must_stay_inside() {
        assert_eq!(check(&[]), Err("the last instruction does not fall through"));
        assert_eq!(check(&[word(Op::Move, 0, 1, 0)]), Err("the last instruction does not fall through"));
        assert_eq!(check(&[word(Op::Jt, 0, 0, 0)]), Err("the code consists of whole instructions"));
        assert_eq!(check(&[0xff]), Err("the code consists of whole instructions"));
        let jump = |j| Instr::jump(Op::Jmp, j).unwrap().0;
        assert_eq!(check(&[jump(1), RETURN]), Err("a jump leads to an instruction"));
        assert_eq!(check(&[jump(-3), RETURN]), Err("a jump leads to an instruction"));
        assert_eq!(check(&[jump(-1), RETURN]), Err("loop instructions lead back and no others do"));
        assert_eq!(check(&[word(Op::ReturnV, 0, 1, 0)]), Err("returns and calls fit the function"));
        assert_eq!(check(&[word(Op::HostReturn, 0, 0, 0)]), Err("there are no landings"));
        let quick = word(Op::GetFieldProto, 0, 0, 0);
        assert_eq!(check(&[quick, 0, 0, 0, 0, 0, 0, RETURN]), Err("no instruction is quickened"));
        assert_eq!(check(&[Instr(RETURN).marked(true).0]), Err("no instruction is marked"));
    }

    #[test]
    fn multiple_results_must_come_from_somewhere() {
        let rule = Err("multiple results follow what makes them");
        assert_eq!(check(&[word(Op::Return, 0, 0, 0)]), rule);
        assert_eq!(check(&[word(Op::Call, 0, 1, 0), word(Op::Return, 1, 0, 0)]), rule);
        assert_eq!(check(&[word(Op::Call, 0, 1, 2), word(Op::Return, 0, 0, 0)]), rule);
        assert_eq!(check(&[word(Op::TailCall, 0, 1, 0), word(Op::Return, 0, 0, 0)]), Ok(()));
        assert_eq!(check(&[word(Op::TailCall, 0, 1, 0), RETURN]), Err("a tail call's results are returned"));
        let nested = |inner, up, outer| {
            check(&[
                word(Op::Call, inner, 1, 0),
                word(Op::MoveUp, up, 0, 0),
                word(Op::Call, outer, 0, 1),
                RETURN,
            ])
        };
        assert_eq!(nested(1, 1, 0), Ok(()));
        assert_eq!(nested(1, 0, 0), rule, "the call's arguments would begin above what was moved");
        assert_eq!(nested(0, 1, 0), rule);
        assert_eq!(check(&[word(Op::MoveUp, 1, 0, 0), word(Op::Call, 0, 0, 1), RETURN]), rule);
    }

    #[test]
    fn loops_must_be_whole() {
        let looped = |at_end: [u32; 3], body: &[u32]| {
            let skip = body.len() as u32 + 3;
            let code = [
                &[word(Op::Func, 9, 1, 0), 0, word(Op::ForPrep, 1, 0, 0), skip][..],
                body,
                &at_end[..],
                &[RETURN],
            ]
            .concat();
            let mut p = test_proto(code, vec![Value::number(1.0)]);
            p.frame_size = 9;
            verify(&p).map_err(|d| d.rule)
        };
        let end = |body: i32| [word(Op::ForLoop, 1, 0, 0), (-3 - body) as u32, 0];
        assert_eq!(looped(end(0), &[]), Ok(()));
        assert_eq!(looped(end(1), &[word(Op::Move, 5, 4, 0)]), Ok(()));
        let hidden = Err("a loop's body leaves its hidden registers alone");
        assert_eq!(looped(end(1), &[word(Op::Move, 2, 4, 0)]), hidden);
        assert_eq!(looped(end(0), &[word(Op::Move, 5, 4, 0)]), Err("a numeric for has its entry"));
        assert_eq!(
            looped([word(Op::ForLoop, 2, 0, 0), -3i32 as u32, 0], &[]),
            Err("a numeric for has its entry")
        );
    }
}
