//! Everything, under names that start with `Lua`: `use ferrous_lua::prelude::*`.

#[doc(no_inline)]
pub use crate::{
    AnyUserData as LuaAnyUserData, AppDataRef as LuaAppDataRef, AppDataRefMut as LuaAppDataRefMut,
    AsChunk as AsLuaChunk, BorrowedBytes as LuaBorrowedBytes, BorrowedStr as LuaBorrowedStr,
    Chunk as LuaChunk, ChunkMode as LuaChunkMode, Either as LuaEither, Error as LuaError,
    ErrorContext as LuaErrorContext, ExternalError as LuaExternalError, ExternalResult as LuaExternalResult,
    FromLua, FromLuaMulti, Function as LuaFunction, FunctionInfo as LuaFunctionInfo,
    HookTriggers as LuaHookTriggers, Integer as LuaInteger, IntoLua, IntoLuaMulti, JitMode as LuaJitMode,
    LightUserData as LuaLightUserData, Lua, LuaOptions, LuaString, MaybeSend as LuaMaybeSend,
    MaybeSync as LuaMaybeSync, MetaMethod as LuaMetaMethod, MultiValue as LuaMultiValue, Nil as LuaNil,
    Number as LuaNumber, ObjectLike as LuaObjectLike, RegistryKey as LuaRegistryKey, Result as LuaResult,
    Scope as LuaScope, StdLib as LuaStdLib, Table as LuaTable, TablePairs as LuaTablePairs,
    TableSequence as LuaTableSequence, Thread as LuaThread, ThreadStatus as LuaThreadStatus,
    UserData as LuaUserData, UserDataFields as LuaUserDataFields, UserDataMetatable as LuaUserDataMetatable,
    UserDataMethods as LuaUserDataMethods, UserDataOwned as LuaUserDataOwned, UserDataRef as LuaUserDataRef,
    UserDataRefMut as LuaUserDataRefMut, UserDataRegistry as LuaUserDataRegistry, Value as LuaValue,
    Variadic as LuaVariadic, VmState as LuaVmState, WeakLua as LuaWeakLua,
};
