//! Values from bytes: see [`super::encode`] for the format. Any bytes may come: they give a value or an error.

use super::Dictionaries;
use super::encode::{MAX_DEPTH, ONE_BYTE, table_bit, tag};
use crate::error::Throw;
use crate::object::{Gc, Table};
use crate::{Value, Vm};

/// Reads values.
pub(super) struct Decoder<'a> {
    rest: &'a [u8],
    dictionaries: Dictionaries,
    depth: u32,
}

/// What the bytes say wrongly.
enum Fault {
    End,
    Tag(u8),
    Dictionary(u32),
    Depth,
    DuplicateKey,
    Raised(Throw),
}

impl From<Throw> for Fault {
    fn from(throw: Throw) -> Fault {
        Fault::Raised(throw)
    }
}

impl<'a> Decoder<'a> {
    pub fn new(bytes: &'a [u8], dictionaries: Dictionaries) -> Decoder<'a> {
        Decoder { rest: bytes, dictionaries, depth: 0 }
    }

    /// What has not been read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next value.
    ///
    /// # Errors
    ///
    /// If the bytes are no value; "not enough memory".
    pub fn value(&mut self, vm: &mut Vm) -> Result<Value, Throw> {
        let text = match self.read(vm) {
            Ok(v) => return Ok(v),
            Err(Fault::Raised(throw)) => return Err(throw),
            Err(Fault::End) => "unexpected end of buffer".into(),
            Err(Fault::Tag(tag)) => format!("cannot deserialize tag 0x{tag:02x}"),
            Err(Fault::Dictionary(n)) => format!("invalid dictionary index {n}"),
            Err(Fault::Depth) => "too deep to serialize".into(),
            Err(Fault::DuplicateKey) => "duplicate table key".into(),
        };
        Err(vm.runtime_error(text.as_bytes()))
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(Fault::End)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        Ok(self.take(N)?.try_into().expect("as many bytes as were taken"))
    }

    fn number(&mut self) -> Result<u32, Fault> {
        let [first] = self.array()?;
        self.number_after(first)
    }

    fn number_after(&mut self, first: u8) -> Result<u32, Fault> {
        match u32::from(first) {
            0xff => self.array().map(u32::from_le_bytes),
            n if n < ONE_BYTE => Ok(n),
            n => {
                let [low] = self.array()?;
                Ok(((n & 0x1f) << 8 | u32::from(low)) + ONE_BYTE)
            }
        }
    }

    fn read(&mut self, vm: &mut Vm) -> Result<Value, Fault> {
        let [first] = self.array()?;
        Ok(match first {
            tag::NIL => Value::NIL,
            tag::FALSE => Value::FALSE,
            tag::TRUE => Value::TRUE,
            tag::NULL => light(first, 0)?,
            tag::LIGHT_32 => light(first, self.array().map(u32::from_le_bytes)?.into())?,
            tag::LIGHT_64 => light(first, u64::from_le_bytes(self.array()?))?,
            tag::INTEGER => Value::number(i32::from_le_bytes(self.array()?).into()),
            tag::NUMBER => Value::number(f64::from_le_bytes(self.array()?)),
            tag::TABLE..=tag::TABLE_END => self.table(vm, first, None)?,
            tag::METATABLE => {
                let metatable = self.entry(vm, self.dictionaries.metatables, Value::is_table)?;
                let [first] = self.array()?;
                if !(tag::TABLE..=tag::TABLE_END).contains(&first) {
                    return Err(Fault::Tag(first));
                }
                self.table(vm, first, metatable.as_table())?
            }
            tag::DICTIONARY_STRING => self.entry(vm, self.dictionaries.strings, Value::is_string)?,
            _ if u32::from(first) >= tag::STRING => {
                let len = self.number_after(first)? - tag::STRING;
                let content = self.take(len as usize)?;
                vm.new_string(content)?
            }
            _ => return Err(Fault::Tag(first)),
        })
    }

    /// The value in a dictionary whose number comes next.
    fn entry(
        &mut self,
        vm: &Vm,
        dictionary: Option<Gc<Table>>,
        fits: fn(Value) -> bool,
    ) -> Result<Value, Fault> {
        let n = self.number()?;
        let found = dictionary.map(|dictionary| vm.table_get_int(dictionary, i64::from(n) + 1));
        found.filter(|&v| fits(v)).ok_or(Fault::Dictionary(n))
    }

    fn table(&mut self, vm: &mut Vm, table_tag: u8, metatable: Option<Gc<Table>>) -> Result<Value, Fault> {
        if self.depth == MAX_DEPTH {
            return Err(Fault::Depth);
        }
        self.depth += 1;
        let bits = table_tag - tag::TABLE;
        let has_array = bits >= table_bit::ARRAY_FROM_0;
        let elements = if has_array { self.number()? } else { 0 };
        let keys = if bits & table_bit::KEYS != 0 { self.number()? } else { 0 };
        // Each takes a byte at least: a count that is too great is found before much is allocated.
        let first = u32::from(bits >= table_bit::ARRAY_FROM_1);
        if elements.saturating_sub(first) as usize > self.rest.len() || keys as usize > self.rest.len() {
            return Err(Fault::End);
        }
        let t = vm.new_table(elements as usize, 0).map_err(|_| vm.throw_memory())?;
        for i in first..elements {
            let v = self.read(vm)?;
            vm.raw_set_int(t, i.into(), v)?;
        }
        for _ in 0..keys {
            let key = self.read(vm)?;
            if !vm.table_get(t, key).is_nil() {
                return Err(Fault::DuplicateKey);
            }
            let v = self.read(vm)?;
            vm.raw_set(t, key, v)?;
        }
        if metatable.is_some() {
            vm.table_set_metatable(t, metatable).map_err(|e| vm.throw_set_error(e.into()))?;
        }
        self.depth -= 1;
        Ok(Value::table(t))
    }
}

/// A light userdata. Programs have addresses of 47 bits; what is above is the VM's own (`crate::native::iterator_position`).
fn light(tag: u8, address: u64) -> Result<Value, Fault> {
    Value::light_userdata(address).filter(|_| address >> 47 == 0).ok_or(Fault::Tag(tag))
}
