//! App data: Rust values that belong to a state, one of each type.

use std::any::{Any, TypeId, type_name};
use std::cell::{BorrowError, BorrowMutError, Cell, Ref, RefCell, RefMut};
use std::collections::HashMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::result::Result as StdResult;

use crate::Lua;

type Slot = Rc<RefCell<Box<dyn Any>>>;

/// The app data of a state.
#[derive(Default)]
pub(crate) struct AppData {
    values: RefCell<HashMap<TypeId, Slot>>,
    /// How many guards there are: while there is one, nothing is added or removed.
    borrows: Rc<Cell<usize>>,
}

impl Lua {
    /// Keeps `data`, and gives back what was there of this type.
    ///
    /// # Panics
    ///
    /// If any app data is borrowed.
    #[track_caller]
    pub fn set_app_data<T: 'static>(&self, data: T) -> Option<T> {
        match self.try_set_app_data(data) {
            Ok(old) => old,
            Err(_) => panic!("cannot mutably borrow app data container"),
        }
    }

    /// As [`Lua::set_app_data`]; gives `data` back if any app data is borrowed.
    ///
    /// # Errors
    ///
    /// `data`.
    pub fn try_set_app_data<T: 'static>(&self, data: T) -> StdResult<Option<T>, T> {
        let app_data = &self.state.app_data;
        if app_data.borrows.get() > 0 {
            return Err(data);
        }
        let old =
            app_data.values.borrow_mut().insert(TypeId::of::<T>(), Rc::new(RefCell::new(Box::new(data))));
        Ok(old.and_then(unwrap))
    }

    /// The app data of type `T`.
    ///
    /// # Panics
    ///
    /// If it is borrowed mutably.
    #[track_caller]
    pub fn app_data_ref<T: 'static>(&self) -> Option<AppDataRef<T>> {
        self.try_app_data_ref().unwrap_or_else(|e| panic!("already mutably borrowed: {e:?}"))
    }

    /// As [`Lua::app_data_ref`].
    ///
    /// # Errors
    ///
    /// If it is borrowed mutably.
    pub fn try_app_data_ref<T: 'static>(&self) -> StdResult<Option<AppDataRef<T>>, BorrowError> {
        let Some(guard) = self.guard::<T>() else { return Ok(None) };
        let data = guard.slot.try_borrow()?;
        // SAFETY: the slot that the borrow is of is kept by the guard, which is dropped after it (see the field order).
        let data = unsafe { std::mem::transmute::<Ref<'_, Box<dyn Any>>, Ref<'static, Box<dyn Any>>>(data) };
        Ok(Some(AppDataRef {
            data: Ref::map(data, |d| d.downcast_ref().expect("one value of each type")),
            _guard: guard,
        }))
    }

    /// The app data of type `T`, to be changed.
    ///
    /// # Panics
    ///
    /// If it is borrowed.
    #[track_caller]
    pub fn app_data_mut<T: 'static>(&self) -> Option<AppDataRefMut<T>> {
        self.try_app_data_mut().unwrap_or_else(|e| panic!("already borrowed: {e:?}"))
    }

    /// As [`Lua::app_data_mut`].
    ///
    /// # Errors
    ///
    /// If it is borrowed.
    pub fn try_app_data_mut<T: 'static>(&self) -> StdResult<Option<AppDataRefMut<T>>, BorrowMutError> {
        let Some(guard) = self.guard::<T>() else { return Ok(None) };
        let data = guard.slot.try_borrow_mut()?;
        // SAFETY: as in `try_app_data_ref`.
        let data =
            unsafe { std::mem::transmute::<RefMut<'_, Box<dyn Any>>, RefMut<'static, Box<dyn Any>>>(data) };
        let data = RefMut::map(data, |d| d.downcast_mut().expect("one value of each type"));
        Ok(Some(AppDataRefMut { data, _guard: guard }))
    }

    /// Removes the app data of type `T`.
    ///
    /// # Panics
    ///
    /// If any app data is borrowed.
    #[track_caller]
    pub fn remove_app_data<T: 'static>(&self) -> Option<T> {
        let app_data = &self.state.app_data;
        assert!(app_data.borrows.get() == 0, "cannot mutably borrow app data container");
        let old = app_data.values.borrow_mut().remove(&TypeId::of::<T>());
        old.and_then(unwrap)
    }

    fn guard<T: 'static>(&self) -> Option<Guard> {
        let slot = self.state.app_data.values.borrow().get(&TypeId::of::<T>())?.clone();
        let borrows = &self.state.app_data.borrows;
        borrows.set(borrows.get() + 1);
        Some(Guard { slot, lua: self.clone() })
    }
}

/// What was in a slot that nobody borrows.
fn unwrap<T: 'static>(slot: Slot) -> Option<T> {
    let data = Rc::try_unwrap(slot).ok()?.into_inner();
    data.downcast().ok().map(|data| *data)
}

/// Keeps a slot, the state, and the count of borrows.
struct Guard {
    slot: Slot,
    lua: Lua,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let borrows = &self.lua.state.app_data.borrows;
        borrows.set(borrows.get() - 1);
    }
}

/// App data, borrowed.
pub struct AppDataRef<T: 'static> {
    /// Declared, and so dropped, before the guard that keeps what it borrows from.
    data: Ref<'static, T>,
    _guard: Guard,
}

/// App data, borrowed mutably.
pub struct AppDataRefMut<T: 'static> {
    /// As in [`AppDataRef`].
    data: RefMut<'static, T>,
    _guard: Guard,
}

impl<T> Deref for AppDataRef<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.data
    }
}

impl<T> Deref for AppDataRefMut<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.data
    }
}

impl<T> DerefMut for AppDataRefMut<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.data
    }
}

impl<T: fmt::Debug> fmt::Debug for AppDataRef<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Debug> fmt::Debug for AppDataRefMut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for AppDataRef<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl fmt::Debug for AppData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", type_name::<AppData>(), self.values.borrow().len())
    }
}
