//! [`AnyUserData`]: a userdata of any kind.

use std::ffi::c_void;
use std::fmt;

use crate::error::{Error, Result};
use crate::failure::{self, Failure};
use crate::state::Handle;

/// A userdata of any kind.
#[derive(Clone, PartialEq)]
pub struct AnyUserData(pub(crate) Handle);

impl AnyUserData {
    /// The address, to tell the userdata from others.
    pub fn to_pointer(&self) -> *const c_void {
        self.0.address() as *const c_void
    }

    /// The text of a panic that a callback of Lua has caught.
    pub(crate) fn panic_text(&self) -> Result<String> {
        let lua = self.0.lua();
        lua.state.with(|vm| match failure::of_value(vm, vm.handles.get(self.0.id)) {
            Some(Failure::Panic(panic)) => match &*panic.borrow() {
                Some(payload) => Ok(failure::panic_text(payload)),
                None => Err(Error::PreviouslyResumedPanic),
            },
            _ => Err(Error::UserDataTypeMismatch),
        })
    }
}

impl fmt::Debug for AnyUserData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnyUserData({:?})", self.to_pointer())
    }
}
