//! Where the Rust value of a userdata lies, and the guards that lend it.
//!
//! The cell is counted and outside the Lua heap: a guard may outlive the Lua object. Borrowing is checked as by
//! `RefCell`. In a scope the value stays where the embedder has it, and the cell holds a pointer until the scope ends.
//!
//! # Rules
//!
//! 1. `borrows` counts the shared guards, or is -1 while there is an exclusive one; data is touched only through a guard.
//! 2. A pointer in a cell is good until [`Data::Gone`] takes its place, which happens before its lifetime ends. No guard that can
//!    outlive a call is made of such data.

use std::any::type_name;
use std::cell::{Cell, UnsafeCell};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use crate::error::{Error, Result};

/// The value of a userdata.
pub(crate) struct DataCell<T> {
    borrows: Cell<isize>,
    data: UnsafeCell<Data<T>>,
}

enum Data<T> {
    Owned(T),
    /// A scope's `&T`.
    Shared(*const T),
    /// A scope's `&mut T`.
    Exclusive(*mut T),
    /// Taken, destroyed, or its scope has ended.
    Gone,
}

const EXCLUSIVE: isize = -1;

impl<T> DataCell<T> {
    fn of(data: Data<T>) -> Rc<DataCell<T>> {
        Rc::new(DataCell { borrows: Cell::new(0), data: UnsafeCell::new(data) })
    }

    pub(crate) fn owned(value: T) -> Rc<DataCell<T>> {
        Self::of(Data::Owned(value))
    }

    /// # Safety
    ///
    /// `value` may be read until [`DataCell::clear`] has been called.
    pub(crate) unsafe fn shared(value: *const T) -> Rc<DataCell<T>> {
        Self::of(Data::Shared(value))
    }

    /// # Safety
    ///
    /// `value` may be read and written, by nobody else, until [`DataCell::clear`] has been called.
    pub(crate) unsafe fn exclusive(value: *mut T) -> Rc<DataCell<T>> {
        Self::of(Data::Exclusive(value))
    }

    /// What is in the cell, for a look that touches no borrowed value.
    fn data(&self) -> &Data<T> {
        // SAFETY: the variant itself is changed only while nothing is borrowed (`remove`, `clear`).
        unsafe { &*self.data.get() }
    }

    fn is_scoped(&self) -> bool {
        matches!(self.data(), Data::Shared(_) | Data::Exclusive(_))
    }

    /// A shared guard that lives no longer than the call that asks for it.
    #[inline]
    pub(crate) fn borrow(self: Rc<Self>) -> Result<UserDataRef<T>> {
        let value: *const T = match self.data() {
            Data::Gone => return Err(Error::UserDataDestructed),
            _ if self.borrows.get() == EXCLUSIVE => return Err(Error::UserDataBorrowError),
            Data::Owned(value) => value,
            Data::Shared(value) => *value,
            Data::Exclusive(value) => *value,
        };
        self.borrows.set(self.borrows.get() + 1);
        Ok(UserDataRef { value, cell: self })
    }

    /// An exclusive guard that lives no longer than the call that asks for it.
    #[inline]
    pub(crate) fn borrow_mut(self: Rc<Self>) -> Result<UserDataRefMut<T>> {
        if matches!(self.data(), Data::Gone) {
            return Err(Error::UserDataDestructed);
        }
        if self.borrows.get() != 0 || matches!(self.data(), Data::Shared(_)) {
            return Err(Error::UserDataBorrowMutError);
        }
        // SAFETY: rule 1: nothing is borrowed.
        let value: *mut T = match unsafe { &mut *self.data.get() } {
            Data::Owned(value) => value,
            Data::Exclusive(value) => *value,
            Data::Shared(_) | Data::Gone => unreachable!("dealt with above"),
        };
        self.borrows.set(EXCLUSIVE);
        Ok(UserDataRefMut { value, cell: self })
    }

    /// A shared guard without such a bound, which data of a scope has none of (rule 2).
    pub(crate) fn borrow_free(self: Rc<Self>) -> Result<UserDataRef<T>> {
        if self.is_scoped() { Err(Error::UserDataTypeMismatch) } else { self.borrow() }
    }

    /// The same, exclusive.
    pub(crate) fn borrow_mut_free(self: Rc<Self>) -> Result<UserDataRefMut<T>> {
        if self.is_scoped() { Err(Error::UserDataTypeMismatch) } else { self.borrow_mut() }
    }

    /// Takes an owned value out.
    pub(crate) fn take(&self) -> Result<T> {
        if self.is_scoped() {
            return Err(Error::UserDataTypeMismatch);
        }
        match self.remove()? {
            Data::Owned(value) => Ok(value),
            _ => Err(Error::UserDataDestructed),
        }
    }

    /// Drops an owned value, or forgets a scope's.
    pub(crate) fn destroy(&self) -> Result<()> {
        match self.remove()? {
            Data::Gone => Err(Error::UserDataDestructed),
            _ => Ok(()),
        }
    }

    fn remove(&self) -> Result<Data<T>> {
        if self.borrows.get() != 0 {
            return Err(Error::UserDataBorrowMutError);
        }
        // SAFETY: rule 1: nothing is borrowed.
        Ok(std::mem::replace(unsafe { &mut *self.data.get() }, Data::Gone))
    }

    /// The end of a scope: empties the cell. Gives the value back if it was the cell's own.
    pub(crate) fn clear(&self) -> Option<T> {
        // By rule 2 nobody has a guard of a pointer; a value that is the cell's own is of a type without guards for others.
        match self.remove() {
            Ok(Data::Owned(value)) => Some(value),
            Ok(_) => None,
            Err(_) => unreachable!("a guard has outlived its call"),
        }
    }
}

/// A userdata's value, borrowed. Keeps the value alive, not the Lua object.
pub struct UserDataRef<T> {
    value: *const T,
    cell: Rc<DataCell<T>>,
}

impl<T> Drop for UserDataRef<T> {
    fn drop(&mut self) {
        self.cell.borrows.set(self.cell.borrows.get() - 1);
    }
}

impl<T> Deref for UserDataRef<T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: rule 1; the cell keeps the value, or rule 2 does.
        unsafe { &*self.value }
    }
}

/// A userdata's value, borrowed mutably. Keeps the value alive, not the Lua object.
pub struct UserDataRefMut<T> {
    value: *mut T,
    cell: Rc<DataCell<T>>,
}

impl<T> Drop for UserDataRefMut<T> {
    fn drop(&mut self) {
        self.cell.borrows.set(0);
    }
}

impl<T> Deref for UserDataRefMut<T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: as in `UserDataRef`.
        unsafe { &*self.value }
    }
}

impl<T> DerefMut for UserDataRefMut<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: rule 1: this guard is the only one.
        unsafe { &mut *self.value }
    }
}

/// A userdata's value, taken out of it: an argument that moves.
pub struct UserDataOwned<T>(pub T);

impl<T> Deref for UserDataOwned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for UserDataOwned<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

macro_rules! show {
    ($( $guard:ident )*) => { $(
        impl<T: fmt::Debug> fmt::Debug for $guard<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: fmt::Display> fmt::Display for $guard<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )* };
}
show!(UserDataRef UserDataRefMut UserDataOwned);

/// The name of a type as messages show it: without paths.
pub(crate) fn short_type_name<T: ?Sized>() -> String {
    let mut short = String::new();
    let mut word = String::new();
    for c in type_name::<T>().chars() {
        if c.is_alphanumeric() || c == '_' || c == ':' {
            word.push(c);
        } else {
            short.push_str(word.rsplit("::").next().unwrap_or_default());
            word.clear();
            short.push(c);
        }
    }
    short.push_str(word.rsplit("::").next().unwrap_or_default());
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borrows_are_checked() {
        let cell = DataCell::owned(1);
        let a = cell.clone().borrow().unwrap();
        let b = cell.clone().borrow().unwrap();
        assert!(matches!(cell.clone().borrow_mut(), Err(Error::UserDataBorrowMutError)));
        assert!(matches!(cell.take(), Err(Error::UserDataBorrowMutError)));
        drop((a, b));
        *cell.clone().borrow_mut().unwrap() += 1;
        let held = cell.clone().borrow_mut().unwrap();
        assert!(matches!(cell.clone().borrow(), Err(Error::UserDataBorrowError)));
        drop(held);
        assert_eq!(cell.take().unwrap(), 2);
        assert!(matches!(cell.clone().borrow(), Err(Error::UserDataDestructed)));
        assert!(matches!(cell.destroy(), Err(Error::UserDataDestructed)));
    }

    #[test]
    fn scoped_data_is_not_given_away() {
        let mut value = 5;
        // SAFETY: `value` outlives the cell.
        let cell = unsafe { DataCell::exclusive(&mut value) };
        *cell.clone().borrow_mut().unwrap() += 1;
        assert!(cell.clone().borrow_free().is_err() && cell.take().is_err());
        assert!(cell.clear().is_none() && cell.clone().borrow().is_err());
        assert_eq!(value, 6);
    }

    #[test]
    fn type_names() {
        assert_eq!(short_type_name::<Vec<Option<String>>>(), "Vec<Option<String>>");
        assert_eq!(short_type_name::<&str>(), "&str");
    }
}
